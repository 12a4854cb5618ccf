#include <fmt/format.h>

#include <algorithm>

#include "libprof/base/markup.h"
#include "libprof/report/units.h"
#include "libprof/report/weblist.h"

namespace prof::report {
namespace {

constexpr const char* kHead = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{0}</title>
<style>
:root {{ color-scheme: light dark; --hot: 255, 90, 0; }}
body {{ font: 14px/1.4 sans-serif; margin: 1em 2em; }}
h2 {{ font: bold 15px monospace; margin: 2em 0 .3em; overflow-wrap: anywhere; }}
.about, .error {{ opacity: .75; }}
.code {{ font: 12px/1.5 monospace; white-space: pre; overflow-x: auto; }}
.line.more {{ cursor: pointer; }}
.line:hover {{ outline: 1px solid rgba(127, 127, 127, .5); }}
.line.more .n::after {{ content: "\25B8"; }}
.line.open .n::after {{ content: "\25BE"; }}
.v {{ display: inline-block; width: 8em; text-align: right; }}
.n {{ display: inline-block; width: 6em; text-align: right; opacity: .6; margin-right: 1em; }}
.asm {{ display: none; opacity: .85; }}
.line.open + .asm {{ display: block; }}
.call {{ opacity: .6; font-style: italic; }}
</style></head><body>
<h1>{0}</h1>
)";

constexpr const char* kFoot = R"(<script>
for (const line of document.querySelectorAll('.more')) {
  line.addEventListener('click', () => line.classList.toggle('open'));
}
</script></body></html>
)";

class Page {
 public:
  explicit Page(const WebListing& listing) : listing_(listing) {}

  std::string write() {
    text_ = fmt::format(kHead, escape_markup(listing_.header.empty() ? "weblist" : listing_.header[0]));
    text_ += "<p class=\"about\">";
    for (const std::string& line : listing_.header) text_ += escape_markup(line) + "<br>\n";
    text_ += fmt::format("Total: {}</p>\n<p>Click a line for its instructions.</p>\n",
                         listing_.value.format(listing_.total));
    for (const std::string& warning : listing_.warnings)
      text_ += fmt::format("<p class=\"error\">{}</p>\n", escape_markup(warning));
    for (const WebRoutine& routine : listing_.routines) write(routine);
    return text_ + kFoot;
  }

 private:
  std::string cells(int64_t flat, int64_t cum) const {
    const auto cell = [&](int64_t value) { return value == 0 ? "." : listing_.value.format(value); };
    return fmt::format("<span class=\"v\">{}</span><span class=\"v\">{}</span>", cell(flat), cell(cum));
  }

  static std::string heat(int64_t part, int64_t most) {
    if (part == 0 || most == 0) return "";
    const double share = std::min(1.0, static_cast<double>(magnitude(part)) / static_cast<double>(most));
    return fmt::format(" style=\"background: rgba(var(--hot), {:.2f})\"", 0.08 + 0.5 * share);
  }

  void write(const WebRoutine& routine) {
    const Routine& source = routine.source;
    text_ += fmt::format("<h2>{}</h2>\n<p class=\"about\">{}<br>{} {} (flat, cum) {} of total</p>\n",
                         escape_markup(source.name), escape_markup(source.file),
                         listing_.value.format(source.flat), listing_.value.format(source.cum),
                         trim(percentage(source.cum, listing_.total)));
    if (!source.error.empty())
      text_ += fmt::format("<p class=\"error\">{}</p>\n", escape_markup(source.error));
    int64_t most = 0, most_code = 0;
    for (size_t i = 0; i < source.lines.size(); i++) {
      most = std::max(most, magnitude(source.lines[i].cum));
      for (const WebInstruction& one : routine.code[i]) most_code = std::max(most_code, magnitude(one.flat));
    }
    text_ += "<div class=\"code\">";
    for (size_t i = 0; i < source.lines.size(); i++) {
      const SourceLine& line = source.lines[i];
      const bool has_code = !routine.code[i].empty();
      text_ += fmt::format("<div class=\"line{}\"{}>{}<span class=\"n\">{} </span>{}</div>",
                           has_code ? " more" : "", heat(line.cum, most), cells(line.flat, line.cum),
                           line.number, escape_markup(line.text));
      if (!has_code) continue;
      text_ += "<div class=\"asm\">";
      std::vector<std::string> calls;
      for (const WebInstruction& one : routine.code[i]) write(one, calls, most_code);
      text_ += "</div>";
    }
    text_ += "</div>\n";
  }

  void write(const WebInstruction& one, std::vector<std::string>& calls, int64_t most) {
    const std::string margin = "<span class=\"v\"></span><span class=\"v\"></span><span class=\"n\"></span>";
    if (calls != one.inlined) {
      calls = one.inlined;
      for (size_t depth = 0; depth < calls.size(); depth++) {
        text_ += fmt::format("<div class=\"call\">{}{:{}}{}</div>", margin, "", 4 * (depth + 1),
                             escape_markup(calls[depth]));
      }
    }
    text_ += fmt::format("<div{}>{}<span class=\"n\"></span>{:{}}{:x}: {}</div>", heat(one.flat, most),
                         cells(one.flat, one.cum), "", 4 * (calls.size() + 1), one.address,
                         escape_markup(one.text));
  }

  const WebListing& listing_;
  std::string text_;
};

}  // namespace

std::string print(const WebListing& listing) { return Page(listing).write(); }

}  // namespace prof::report
