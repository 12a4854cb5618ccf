#include "libprof/record/process_warnings.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <map>

namespace prof::record {
namespace {

void warn_of_refusals(const std::deque<ProcessRecord>& processes, std::vector<std::string>& warnings) {
  std::map<std::string, std::vector<uint32_t>> refused;
  for (const auto& process : processes) {
    if (!process.wall_refused.empty()) refused[process.wall_refused].push_back(process.pid);
  }
  for (const auto& [reason, pids] : refused) {
    warnings.push_back(fmt::format("what blocked threads wait in is not known of process {}{}: {}", pids[0],
                                   pids.size() > 1 ? fmt::format(" and {} more", pids.size() - 1) : "",
                                   reason));
  }
}

void warn_of_lost_children(const std::deque<ProcessRecord>& processes, const std::string& directory,
                           std::vector<std::string>& warnings) {
  std::map<int, uint64_t> lost;
  for (const auto& process : processes) {
    if (process.lost_children > 0) lost[process.lost_children_errno] += process.lost_children;
  }
  for (const auto& [code, times] : lost) {
    const bool is_permission = code == EACCES || code == EPERM;
    warnings.push_back(fmt::format(
        "{} not recorded: {} {}: {}; sample {} from outside: prof record -p PID",
        times == 1 ? "a process forked by a recorded one was"
                   : fmt::format("{} processes forked by recorded ones were", times),
        is_permission ? "as another user than the recorder's they may not write to" : "cannot write to",
        directory.empty() ? "the recording's directory" : directory, std::strerror(code),
        times == 1 ? "it" : "them"));
  }
}

}  // namespace

std::vector<std::string> process_warnings(const std::deque<ProcessRecord>& processes,
                                          const std::string& directory) {
  std::vector<std::string> warnings;
  warn_of_refusals(processes, warnings);
  warn_of_lost_children(processes, directory, warnings);
  return warnings;
}

}  // namespace prof::record
