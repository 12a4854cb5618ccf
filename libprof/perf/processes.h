// The processes of a recording at one moment: what each has mapped where, and what its threads are called.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libprof/perf/data_file.h"

namespace prof::perf {

inline constexpr uint32_t kKernelPid = UINT32_MAX;  // whose maps perf calls the kernel's

struct Map {
  uint64_t start = 0, limit = 0;
  uint64_t offset = 0;  // in the file
  uint32_t file = 0;    // of Processes::files
};

struct MappedFile {
  std::string path;
  std::string build_id;  // lower-case hex, or ""
  Map first;             // where a process first had it
};

class Processes {
 public:
  // `budget`: how many Maps may be copied where processes map and fork in turn, so that a small file cannot
  // ask for much memory or time; past that children begin without what their parents mapped last.
  explicit Processes(uint64_t budget) : budget_(budget) {}

  // Takes records of mappings, names, forks and ends; others change nothing.
  void take(const Record& record, const DataFile& data);

  const std::vector<MappedFile>& files() const { return files_; }
  // What `address` of `pid` is in, or nullptr.
  const Map* find(uint32_t pid, uint64_t address) const;
  std::vector<Map> maps(uint32_t pid) const;  // by start
  // Counts the changes of the process's maps: what was made of them holds while it stays the same.
  uint64_t version(uint32_t pid) const;
  // "" where unknown; a thread that was never named has its process's.
  const std::string& thread_name(uint32_t pid, uint32_t tid) const;
  const std::string& process_name(uint32_t pid) const { return thread_name(pid, pid); }
  // The file that its program is in, as far as can be told: the first that was mapped. kNone where there is
  // none.
  static constexpr uint32_t kNone = UINT32_MAX;
  uint32_t program(uint32_t pid) const;
  // How many processes began without some of their parents' maps.
  uint64_t incomplete() const { return incomplete_; }

 private:
  // Maps by start, none over another; they hide what is below. A fork makes a layer of them, which nobody
  // changes, for the parent and the child to map anew above it.
  struct Layer {
    std::vector<Map> maps;
    std::shared_ptr<const Layer> below;
    uint32_t depth = 0;  // how many are below
  };
  struct Process {
    Layer top;
    uint32_t program = kNone;
    uint64_t version = 0;
  };
  void take_map(const Record& record, const DataFile& data);
  void take_fork(const Record& record);
  void share(Process& process);
  static std::vector<Map> all_of(const Layer& top);
  uint32_t file(const std::string& path, const std::string& build_id);

  uint64_t budget_, incomplete_ = 0;
  std::vector<MappedFile> files_;
  std::map<std::pair<std::string, std::string>, uint32_t> file_index_;
  std::unordered_map<uint32_t, Process> processes_;
  std::unordered_map<uint64_t, std::string> names_;  // by pid and tid
};

}  // namespace prof::perf
