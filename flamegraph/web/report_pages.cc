#include "flamegraph/web/report_pages.h"

#include "libprof/report/disasm.h"
#include "libprof/report/tree.h"
#include "libprof/report/weblist.h"

namespace prof::flame::web {
namespace {

template <typename Report>
Result<std::string> printed(const Result<Report>& report) {
  if (!report) return tl::unexpected(report.error());
  return print(*report);
}

}  // namespace

void for_text(report::Options& options) { options.terminal_names = true; }

void for_lines(report::Options& options) {
  for_text(options);
  options.granularity = "lines";
}

void for_source(report::Options& options) {
  options.granularity = "addresses";
  options.trim = false;
}

void for_instructions(report::Options& options) {
  for_text(options);
  for_source(options);
  options.noinlines = true;
}

Result<std::string> callers_and_callees(const report::View& view) { return print(report::tree(view)); }

Result<std::string> peek(const report::View& view) {
  return printed(report::peek(view, view.options().focus));
}

Result<std::string> disassembly(const report::View& view) {
  return printed(report::disasm(view, view.options().focus));
}

Result<std::string> source_page(const report::View& view) {
  return printed(report::weblist(view, view.options().focus));
}

}  // namespace prof::flame::web
