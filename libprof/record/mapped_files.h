// The very files that a process has mapped. What lies at a mapping's path may be another: the program was
// built anew since, or has a mount namespace or a root of its own.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace prof::record {

struct FileMapping {
  uint64_t start = 0;
  uint64_t end = 0;
  uint64_t offset = 0;  // in the file
  uint64_t inode = 0;
  std::string path;  // as the kernel tells it, which may end in " (deleted)"
};

// A path without what the kernel adds where its file is deleted.
std::string name_of(const std::string& path);

class MappedFiles {
 public:
  MappedFiles() = default;
  MappedFiles(MappedFiles&& other) noexcept
      : found_(std::move(other.found_)), fds_(std::exchange(other.fds_, {})) {}
  MappedFiles& operator=(MappedFiles&&) = delete;
  ~MappedFiles();

  // A path under which this process can open that file for as long as this lives, even after process `pid`
  // has ended: the mapping's own where that is it. "" where none can be opened.
  const std::string& find(uint32_t pid, const FileMapping& mapping);

 private:
  std::string look(uint32_t pid, const FileMapping& mapping);
  std::string keep(const std::string& path);

  std::map<std::pair<std::string, uint64_t>, std::string> found_;  // by path and inode
  std::vector<int> fds_;
};

}  // namespace prof::record
