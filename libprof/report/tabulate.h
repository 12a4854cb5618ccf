// What each report is as tables: from its result struct, for table_writer.h. docs/report-formats.md names the
// tables and columns; changing one is a new version of that schema.
#pragma once

#include "libprof/report/disasm.h"
#include "libprof/report/list.h"
#include "libprof/report/table_writer.h"
#include "libprof/report/tags.h"
#include "libprof/report/top.h"
#include "libprof/report/tree.h"

namespace prof::report {

// Each calls begin(), any number of tables and rows, not end(). `name`: of the report.
void tabulate(std::string_view name, const View& view, const Top& top, TableWriter& out);
void tabulate(std::string_view name, const View& view, const Tree& tree, TableWriter& out);
void tabulate(std::string_view name, const View& view, const Listing& listing, TableWriter& out);
void tabulate(std::string_view name, const View& view, const Disassembly& disassembly, TableWriter& out);
void tabulate(std::string_view name, const View& view, const std::vector<Tag>& tags, TableWriter& out);
void tabulate_traces(std::string_view name, const View& view, TableWriter& out);
void tabulate_raw(std::string_view name, const View& view, TableWriter& out);
void tabulate_comments(std::string_view name, const View& view, TableWriter& out);

}  // namespace prof::report
