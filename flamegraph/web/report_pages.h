// What pprof's web pages show beside the graph of flames and the table: reports of text, the annotated
// source, the profile itself. Expressions that name functions are the view's focus, as pprof's pages have
// them.
#pragma once

#include <string>

#include "libprof/base/error.h"
#include "libprof/report/view.h"

namespace prof::flame::web {

// How each page wants its view.
void for_text(report::Options& options);
void for_lines(report::Options& options);
void for_instructions(report::Options& options);
void for_source(report::Options& options);

Result<std::string> callers_and_callees(const report::View& view);  // text, as are
Result<std::string> peek(const report::View& view);
Result<std::string> disassembly(const report::View& view);
Result<std::string> source_page(const report::View& view);  // HTML

}  // namespace prof::flame::web
