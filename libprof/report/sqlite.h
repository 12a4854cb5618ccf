// A profile as an SQLite database, for questions that no report answers. docs/sqlite.md names the tables and
// shows queries.
#pragma once

#include "libprof/base/file_parts.h"
#include "libprof/report/view.h"

namespace prof::report {

// Makes the database of what the filters of the view leave in a temporary file (ScratchFile) and, once all of
// it is there, puts its bytes. Memory beyond the view's: some 24 bytes a distinct stack.
Result<void> write_sqlite(const View& view, const Put& put);

}  // namespace prof::report
