// Source files that are not here, from debuginfod, where DEBUGINFOD_URLS is set: by the build ids of the
// binaries that a profile's code is in.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "libprof/base/error.h"
#include "libprof/report/view.h"

namespace prof::report {

class RemoteSource {
 public:
  explicit RemoteSource(const View& view) : view_(view) {}

  // The path of a local copy. `file`: as reports name it (shown_path). Asks for each build that has it until
  // a server has one. An error of "" where nobody was asked.
  Result<std::string> find(const std::string& file);

 private:
  struct Origin {
    std::string path;  // as the debug information has it
    std::string build_id;
  };
  void find_origins();

  const View& view_;
  bool is_ready_ = false;
  std::map<std::string, std::vector<Origin>> origins_;  // by name in reports
};

}  // namespace prof::report
