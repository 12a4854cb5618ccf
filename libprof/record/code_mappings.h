// Which files a process has code of, and which is its program: as perf's records and /proc tell. From
// outside.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libprof/record/mapped_files.h"
#include "libprof/record/perf_ring.h"
#include "libprof/spool/spool.h"

namespace prof::record {

// Of a PERF_RECORD_MMAP2.
FileMapping mapping_in(const PerfRecord& record);

// All that are executable now; none where /proc does not tell.
std::vector<FileMapping> code_of(uint32_t pid);

// Of a file system: code in shared or anonymous memory is a JIT compiler's, and belongs to no module.
bool is_file(const FileMapping& mapping);

// As far as it is known without its file.
spool::Module module_of(const FileMapping& mapping);

// The program's path; "" where it cannot be seen.
std::string executable_of(uint32_t pid);

}  // namespace prof::record
