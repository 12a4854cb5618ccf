// Where the binaries of a profile lie here: pprof's search below the directories of PPROF_BINARY_PATH, which
// is for profiles that were recorded elsewhere, or before a rebuild.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libprof/base/error.h"

namespace prof::symbols {

// PPROF_BINARY_PATH, else ~/pprof/binaries; directories separated by colons.
std::string binary_path();

// What is looked for below `directory`, best first: $id/$name, $id/*, $path/$id, id[:2]/id[2:].debug,
// .build-id/id[:2]/id[2:]/elf (perf's), $name,
// $path, $path.debug, $dir/.debug/$name.debug, usr/lib/debug/$dir/$name.debug. `file`, `build_id`: of a
// mapping, either may be "".
std::vector<std::string> binary_candidates(const std::string& directory, const std::string& file,
                                           const std::string& build_id);

// The first candidate that is an object file with that build id ("": any); "" where there is none. Object
// files with another one are named in `warnings`.
std::string find_binary(std::string_view search_path, const std::string& file, const std::string& build_id,
                        Warnings& warnings);

}  // namespace prof::symbols
