// Files that are found by their build id alone, where a program is gone or another build by now. What is
// found may be anything: who opens it compares its build id. "" where there is none.
#pragma once

#include <string>

namespace prof::symbols {

// perf's copy of the program, which `perf record` makes of each with samples:
// ~/.debug/.build-id/ab/cdef.../elf.
std::string program_by_build_id(const std::string& build_id);

// The debug file: in /usr/lib/debug/.build-id, else from debuginfod.
std::string debug_file_by_build_id(const std::string& build_id);

}  // namespace prof::symbols
