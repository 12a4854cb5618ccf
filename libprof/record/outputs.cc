#include "libprof/record/outputs.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "libprof/base/files.h"
#include "libprof/record/spool_directory.h"

namespace prof::record {

namespace fs = std::filesystem;

namespace {

bool names_directory(const std::string& output) {
  std::error_code ignored;
  return output.ends_with('/') || fs::is_directory(output, ignored);
}

// out.prof and "cpu" make out.cpu.prof; out and "cpu" make out.cpu.prof as well.
std::string with_kind(const std::string& output, const char* kind) {
  fs::path path(output);
  const std::string extension = path.has_extension() ? path.extension().string() : ".prof";
  return path.replace_extension("." + std::string(kind) + extension).string();
}

}  // namespace

std::map<Kind, std::string> output_names(const std::string& output, const std::vector<Kind>& kinds) {
  std::map<Kind, std::string> names;
  for (const Kind kind : kinds) {
    const KindInfo& info = kKinds[static_cast<size_t>(kind)];
    if (output.empty()) {
      names[kind] = info.file;
    } else if (names_directory(output)) {
      names[kind] = (fs::path(output) / info.file).lexically_normal().string();
    } else {
      names[kind] = kinds.size() == 1 ? output : with_kind(output, info.name);
    }
  }
  return names;
}

Result<void> check_outputs(const std::string& output, const std::map<Kind, std::string>& names) {
  if (output == "-") {
    return fail("cannot write the profile to standard output: that is the program's", "name a file with -o");
  }
  if (output.ends_with('/')) {
    std::error_code error;
    fs::create_directories(output, error);
    if (error) return fail("cannot make directory " + output + ": " + error.message(), "name another one");
  }
  for (const auto& [kind, name] : names) {
    if (const auto writable = check_writable(name); !writable) return writable;
  }
  return {};
}

Result<Written> write_output(const std::string& path, const std::string& bytes) {
  const auto written = write_file_atomically(path, bytes);
  if (written) return Written{path, {}, true};
  std::string directory = temporary_directory() + "/prof-saved-XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) return tl::unexpected<Error>(written.error());
  const std::string name = fs::path(path).filename().string();
  const std::string saved = directory + "/" + (name.find('.') != std::string::npos ? name : name + ".prof");
  if (!write_file_atomically(saved, bytes)) {
    ::rmdir(directory.c_str());
    return tl::unexpected<Error>(written.error());
  }
  return Written{saved, {written.error().what + "; the profile was saved as " + saved}, false};
}

}  // namespace prof::record
