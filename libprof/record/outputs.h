// Where profiles go: names for each kind, checked before the program runs, and never lost at the end.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "libprof/base/error.h"
#include "libprof/spool/kinds.h"

namespace prof::record {

// The file of each kind. `output` as -o takes it: "" for the default names in the working directory; a
// directory (existing, or with a slash at its end: then it is made) for these names in it; else a file for
// one kind, and out.prof becomes out.cpu.prof, out.heap.prof, ... for several.
std::map<Kind, std::string> output_names(const std::string& output, const std::vector<Kind>& kinds);

// Makes a directory that -o names, and fails where any of the files could not be written now.
Result<void> check_outputs(const std::string& output, const std::map<Kind, std::string>& names);

struct Written {
  std::string path;  // where it is now
  Warnings warnings;
  bool as_asked = true;  // false: could not be written there, and lies in a directory of its own in $TMPDIR
};

// Writes one profile; where that fails, to a temporary place that is told. Fails where both do.
Result<Written> write_output(const std::string& path, const std::string& bytes);

}  // namespace prof::record
