// debuginfod: debug information and source from the servers that DEBUGINFOD_URLS names; without that variable
// nobody is asked. Through libdebuginfod, which is loaded then: its cache, its time limits and its other
// variables (DEBUGINFOD_TIMEOUT, DEBUGINFOD_PROGRESS, ...) are what users have set up already.
#pragma once

#include <string>

#include "libprof/base/error.h"

struct debuginfod_client;

namespace prof::symbols {

bool debuginfod_is_on();

// A wait of `connection` for a server ends where a signal that would end us is held back and has come: who
// records holds them back until profiles are made, and then has them without what was waited for. Null:
// nothing happens.
void heed_signals(debuginfod_client* connection);

// The path of a local copy. Blocks for as long as the download takes; heeds signals.
Result<std::string> debuginfod_debug_file(const std::string& build_id);
Result<std::string> debuginfod_executable(const std::string& build_id);
// `path`: absolute, as the debug information has it.
Result<std::string> debuginfod_source(const std::string& build_id, const std::string& path);

}  // namespace prof::symbols
