// A profile as an SQLite database, for questions that no report answers. docs/sqlite.md names the tables and
// shows queries.
#pragma once

#include <functional>
#include <string_view>

#include "libprof/report/view.h"

namespace prof::report {

// Makes the database of what the filters of the view leave in a temporary file (ScratchFile) and, once all of
// it is there, calls `write` with its bytes.
using DatabaseWriter = std::function<Result<void>(std::string_view database)>;
Result<void> write_sqlite(const View& view, const DatabaseWriter& write);

}  // namespace prof::report
