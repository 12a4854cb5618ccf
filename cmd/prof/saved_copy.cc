#include "cmd/prof/saved_copy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "cmd/common/output.h"
#include "cmd/prof/cli.h"
#include "libprof/base/files.h"
#include "libprof/profile/codec.h"

namespace prof::cmd {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The first that is a directory of ours or can be made one.
std::string directory() {
  std::vector<std::string> candidates;
  const std::string own = variable("PPROF_TMPDIR");
  if (!own.empty()) candidates.push_back(own);
  if (const std::string home = variable("HOME"); !home.empty()) candidates.push_back(home + "/pprof");
  const std::string temporary = variable("TMPDIR");
  candidates.push_back(temporary.empty() ? "/tmp" : temporary);
  for (const std::string& candidate : candidates) {
    std::error_code error;
    std::filesystem::create_directories(candidate, error);
    if (!error && ::access(candidate.c_str(), W_OK) == 0) return candidate;
  }
  return candidates.back();
}

std::string name_of(const Profile& profile) {
  std::string name = "pprof.";
  if (!profile.mappings().empty()) {
    const std::string file(profile.string(profile.mappings()[0].file));
    if (!file.empty()) name += file.substr(file.rfind('/') + 1) + ".";
  }
  for (const ValueType type : profile.sample_types()) name.append(profile.string(type.type)).append(".");
  for (char& c : name) c = c == '/' || c == '\0' ? '_' : c;
  return name.substr(0, 200);  // of the 255 that file systems take
}

}  // namespace

void save_copy(const Profile& profile) {
  const std::string prefix = directory() + "/" + name_of(profile);
  for (int number = 1; number < 10000; number++) {
    const std::string path = fmt::format("{}{:03}.pb.gz", prefix, number);
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST) continue;
    if (fd < 0) return show({fmt::format("cannot save the profile as {}: {}", path, std::strerror(errno))});
    ::close(fd);  // the name is ours
    if (const auto written = write_file_atomically(path, encode_profile(profile)); !written) {
      ::unlink(path.c_str());
      return show({written.error().message()});
    }
    say("Saved profile in {}\n", path);
    return;
  }
}

}  // namespace prof::cmd
