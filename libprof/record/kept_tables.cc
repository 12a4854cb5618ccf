#include "libprof/record/kept_tables.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "libprof/base/cache_directory.h"
#include "libprof/spool/spool.h"

namespace prof::record {

namespace fs = std::filesystem;

namespace {

constexpr mode_t kOthersMayWrite = S_IWGRP | S_IWOTH;

// Across file systems, too: a file gets its name when it is whole.
void move(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::rename(from, to, failed);
  if (!failed) return;
  const fs::path temporary = to.string() + "." + std::to_string(::getpid());
  fs::copy_file(from, temporary, fs::copy_options::overwrite_existing, failed);
  if (!failed) fs::rename(temporary, to, failed);
  if (failed) fs::remove(temporary, failed);
}

}  // namespace

std::string kept_tables_directory() {
  const std::string cache = default_cache_directory();
  if (cache.empty() || cache.find(';') != std::string::npos) return "";
  const std::string directory = cache + "/unwind";
  std::error_code ignored;
  fs::create_directories(directory, ignored);
  struct stat status = {};
  const bool is_ours = ::lstat(directory.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
                       status.st_uid == ::geteuid() && (status.st_mode & kOthersMayWrite) == 0;
  return is_ours ? directory : "";
}

void keep_tables(const std::string& recording, const std::string& kept, uint64_t max_bytes) {
  if (kept.empty()) return;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(recording, ignored)) {
    struct stat status = {};
    const bool is_ours = entry.path().extension() == spool::kTableSuffix &&
                         ::lstat(entry.path().c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
                         status.st_uid == ::geteuid();
    if (is_ours) move(entry.path(), fs::path(kept) / entry.path().filename());
  }
  shrink_cache(kept, "", max_bytes);
}

}  // namespace prof::record
