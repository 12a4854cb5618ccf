#include "cmd/benchcmp/environment.h"

#include <sys/utsname.h>

#include <sstream>

#include "cmd/benchcmp/shell.h"
#include "libprof/base/files.h"
#include "stats/benchfmt/formats.h"
#include "stats/benchfmt/go_writer.h"

namespace bench::cmd {
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string line_of(const char* path) {
  const auto text = prof::read_file(path);
  return text ? first_line(*text) : "";
}

std::string cpu_model() {
  const auto text = prof::read_file("/proc/cpuinfo");
  std::istringstream lines(text ? *text : "");
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("model name") && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
  }
  return "";
}

std::string turbo() {
  const std::string intel = line_of("/sys/devices/system/cpu/intel_pstate/no_turbo");
  if (!intel.empty()) return intel == "0" ? "on" : "off";
  const std::string other = line_of("/sys/devices/system/cpu/cpufreq/boost");
  return other.empty() ? "" : other == "0" ? "off" : "on";
}

std::string aslr() {
  const std::string level = line_of("/proc/sys/kernel/randomize_va_space");
  return level.empty() ? "" : level == "0" ? "off" : "on";
}

std::string commit() {
  const auto ran = run_shell("git rev-parse HEAD && git status --porcelain -uno", {});
  if (!ran || ran->end != Ran::End::kExited || ran->code != 0) return "";
  const std::string hash = first_line(ran->out);
  return ran->out.size() > hash.size() + 1 ? hash + "-dirty" : hash;
}

}  // namespace

std::string environment_lines() {
  utsname name = {};
  ::uname(&name);
  const std::pair<const char*, std::string> entries[] = {
      {"goos", "linux"},
      {"goarch", std::string(name.machine) == "x86_64" ? "amd64" : name.machine},
      {"cpu", cpu_model()},
      {"kernel", name.release},
      {"governor", line_of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")},
      {"turbo", turbo()},
      {"aslr", aslr()},
      {"hostname", name.nodename},
      {"commit", commit()},
      {"# load", line_of("/proc/loadavg")},
  };
  std::string text;
  for (const auto& [key, value] : entries) {
    if (!value.empty()) text += std::string(key) + ": " + value + "\n";
  }
  return text;
}

Configuration environment_of(const std::string& lines) {
  RunCollector nothing;
  UnitMetadata units;
  Source source{"", {}, units, nothing};
  (void)read_go_text(lines, source);
  return source.config;
}

}  // namespace bench::cmd
