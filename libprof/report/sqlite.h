// A profile as an SQLite database, for questions that no report answers. docs/sqlite.md names the tables and
// shows queries.
#pragma once

#include <string>

#include "libprof/report/view.h"

namespace prof::report {

// Writes what the filters of the view leave to `path`, replacing a file there once all is written.
Result<void> write_sqlite(const View& view, const std::string& path);

}  // namespace prof::report
