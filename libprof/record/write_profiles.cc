#include "libprof/record/write_profiles.h"

#include "libprof/profile/codec.h"
#include "libprof/record/outputs.h"

namespace prof::record {
namespace {

// Where it is now; "" where it could not be written.
std::string write_profile(Recording& recording, const Profile& profile, const std::string& name) {
  const auto written = write_output(name, encode_profile(profile));
  if (!written) {
    recording.error = written.error();
    return "";
  }
  recording.saved_elsewhere |= !written->as_asked;
  recording.warnings.insert(recording.warnings.end(), written->warnings.begin(), written->warnings.end());
  return written->path;
}

// out/cpu.prof is out/app-1234.cpu.prof for process 1234, or out/app-1.pidns-4026532201.cpu.prof.
std::string name_for(const ProcessProfiles& process, const std::string& name) {
  const size_t file = name.rfind('/') + 1;
  const std::string space =
      process.pid_namespace != 0 ? ".pidns-" + std::to_string(process.pid_namespace) : "";
  return name.substr(0, file) + process.name + "-" + std::to_string(process.pid) + space + "." +
         name.substr(file);
}

void write_profiles(Recording& recording, const std::map<Kind, std::string>& names, bool per_process) {
  for (const auto& kind : recording.profiles.kinds) {
    const auto name = names.find(kind.kind);
    if (per_process || name == names.end()) continue;
    const std::string path = write_profile(recording, kind.profile, name->second);
    if (!path.empty()) recording.files[kind.kind] = path;
  }
  for (const auto& process : recording.profiles.by_process) {
    for (const auto& kind : process.kinds) {
      const std::string path = write_profile(recording, kind.profile, name_for(process, names.at(kind.kind)));
      if (!path.empty()) recording.process_files.push_back(path);
    }
  }
}

}  // namespace

std::string command_line(const std::vector<std::string>& command) {
  std::string line;
  for (const auto& word : command) {
    if (!line.empty()) line += ' ';
    const bool plain =
        !word.empty() && word.find_first_of(" \t\n'\"\\$`&|;<>()*?[]#~!{}") == std::string::npos;
    if (plain) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char c : word) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return line;
}

void build_and_write(Recording& recording, const std::deque<ProcessRecord>& processes,
                     const Warnings& warnings, const BuildOptions& options,
                     const std::map<Kind, std::string>& names) {
  recording.profiles = build_profiles(processes, options);
  recording.warnings = warnings;
  auto& built = recording.profiles.warnings;
  recording.warnings.insert(recording.warnings.end(), built.begin(), built.end());
  write_profiles(recording, names, options.per_process);
}

}  // namespace prof::record
