// What `perf record --threads` makes of a recording: a directory with `data`, a perf.data of what is mapped
// where, and one file of records alone (data.0, data.1, ...) for each thread that recorded.
#pragma once

#include <string>

#include "libprof/perf/perf_data.h"

namespace prof::perf {

bool is_perf_directory(const std::string& path);

// Fails where one of its files cannot be read: what it lacks would go unnoticed.
Result<Profile> read_perf_directory(const std::string& path, const Options& options = {});

}  // namespace prof::perf
