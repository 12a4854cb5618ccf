// Every address of a recording, symbolised once, whichever kinds and processes met it.
//
// First want() all of them, then resolve(), then ask. A file is one entry however many processes mapped it
// and wherever: addresses here are those in the file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "libprof/record/module_map.h"
#include "libprof/symbols/symbolizer.h"

namespace prof::record {

struct Place {
  uint32_t file = 0;     // index of SymbolBook::files()
  uint64_t address = 0;  // in the file; run-time where the code belongs to no module
};

class SymbolBook {
 public:
  struct File {
    std::string path;  // "" for code outside all modules
    std::string build_id;
    spool::Module mapping = {};  // where the first process that had it mapped it
    bool is_agent = false;       // libprof.so: frames of ours
  };

  // The file of a module (nullptr: of code of process `pid` outside all modules), in order of first mention.
  uint32_t file(const LoadedModule* module, uint32_t pid);
  void want(const Place& place) { requests_[place.file].addresses.push_back(place.address); }
  void resolve(const symbols::Progress& progress);

  const std::vector<File>& files() const { return files_; }
  // REQUIRES: resolve() after want(place).
  const symbols::Code& code(const Place& place) const;
  bool has_debug_info(uint32_t file) const { return answers_[file].has_debug_info; }
  const symbols::Answer& answer(uint32_t file) const { return answers_[file]; }
  Warnings warnings() const;

 private:
  std::map<std::string, uint32_t> index_;  // by path, build id and, without a module, process
  std::vector<File> files_;
  std::vector<symbols::Request> requests_;  // by file
  std::vector<symbols::Answer> answers_;    // by file
};

}  // namespace prof::record
