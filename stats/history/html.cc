// The page of a history: a plot for each series, those that changed first.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stats/gate/describe.h"
#include "stats/history/history.h"
#include "stats/report/report.h"
#include "stats/text/number.h"

namespace bench {
namespace {

constexpr const char* kHead = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>History of benchmarks</title>
<style>
:root{color-scheme:light dark;--line:#8884;--worse:#c2410c;--better:#0369a1;--dot:#888c}
@media(prefers-color-scheme:dark){:root{--worse:#fb923c;--better:#7dd3fc}}
body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}
h1{font-size:1.2rem}figure{margin:1.5rem 0}figcaption{font-weight:600;overflow-wrap:anywhere}
svg{display:block;width:100%;height:auto}circle{fill:var(--dot)}circle:hover{fill:currentColor}
text{font-size:11px;fill:currentColor}.axis{stroke:var(--line)}.level{stroke:currentColor;stroke-width:2}
.worse{stroke:var(--worse);color:var(--worse)}.better{stroke:var(--better);color:var(--better)}
.undirected{stroke:currentColor}path{fill:none;stroke-width:1.5}ul{margin:.2rem 0}li{stroke:none}
</style></head><body>
)";

// By Direction.
constexpr const char* kClasses[] = {"worse", "better", "undirected"};

// Left to right in the order of the columns; a dot a point, a bar for each level, a line where it changes.
class Plot {
 public:
  Plot(const History& history, const Series& series) : history_(history), series_(series) {
    for (const HistoryPoint& point : series.points) {
      lo_ = std::min(lo_, point.center);
      hi_ = std::max(hi_, point.center);
    }
  }

  std::string draw() const {
    std::string svg = fmt::format(R"(<svg viewBox="0 0 {} {}" role="img" aria-label="{}">)", kWidth, kHeight,
                                  escape_markup(series_.name + " " + series_.unit));
    const Scale scale = common_scale({lo_, hi_}, class_of(series_.unit));
    for (const double value : {lo_, hi_}) {
      svg += fmt::format(R"(<path class="axis" d="M{} {:.1f}H{}"/><text x="0" y="{:.1f}">{}</text>)", kLeft,
                         y(value), kWidth, y(value) + 4, escape_markup(scale.format(value)));
      if (lo_ == hi_) break;
    }
    svg += levels();
    for (size_t i = 0; i < series_.points.size(); i++) {
      const HistoryPoint& point = series_.points[i];
      svg += fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="2.5"><title>{}: {}</title></circle>)", x(i),
                         y(point.center), escape_markup(history_.columns[point.column]),
                         escape_markup(scale.format(point.center)));
    }
    return svg + "</svg>";
  }

 private:
  static constexpr double kWidth = 900, kHeight = 140, kLeft = 60, kMargin = 14;

  double x(size_t point) const {
    const auto all = static_cast<double>(std::max<size_t>(history_.columns.size(), 2) - 1);
    return kLeft + kMargin +
           static_cast<double>(series_.points[point].column) / all * (kWidth - kLeft - 2 * kMargin);
  }
  double y(double value) const {
    const double share = hi_ > lo_ ? (value - lo_) / (hi_ - lo_) : 0.5;
    return kHeight - kMargin - share * (kHeight - 2 * kMargin);
  }

  std::string levels() const {
    std::string svg;
    for (size_t i = 0; i < series_.changes.size(); i++) {
      const ChangePoint& change = series_.changes[i];
      if (i == 0) svg += bar(level_of(series_, 0), change.before);
      svg += bar(level_of(series_, i + 1), change.after);
      svg += fmt::format(R"(<path class="{}" d="M{:.1f} 4V{}"/>)",
                         kClasses[static_cast<size_t>(direction_of(series_, change))],
                         (x(change.index - 1) + x(change.index)) / 2, kHeight - 4);
    }
    return svg;
  }
  std::string bar(const Level& level, double value) const {
    return fmt::format(R"(<path class="level" d="M{:.1f} {:.1f}H{:.1f}"/>)", x(level.begin), y(value),
                       x(level.end - 1));
  }

  const History& history_;
  const Series& series_;
  double lo_ = INFINITY, hi_ = -INFINITY;
};

std::string figure(const History& history, const Series& series) {
  std::string text =
      "<figure><figcaption>" +
      escape_markup(series.name + " · " + series.unit + (series.place.empty() ? "" : " · " + series.place)) +
      "</figcaption>\n" + Plot(history, series).draw() + "\n";
  if (series.changes.empty()) return text + "</figure>\n";
  text += "<ul>";
  for (size_t i = 0; i < series.changes.size(); i++) {
    const ChangePoint& change = series.changes[i];
    const std::string machine = describe(machine_changes(history, series, i));
    text += fmt::format("<li class=\"{}\">{} from {} on (p={}){}</li>",
                        kClasses[static_cast<size_t>(direction_of(series, change))], percent(size_of(change)),
                        escape_markup(history.columns[series.points[change.index].column]),
                        format_fixed(change.p, 3), machine.empty() ? "" : "; " + escape_markup(machine));
  }
  return text + "</ul></figure>\n";
}

}  // namespace

std::string render_history_html(const History& history, const HistoryOptions& options) {
  std::string text = kHead;
  text += "<h1>" + escape_markup(headline(history, options)) + "</h1>\n";
  if (!history.columns.empty()) {
    text += "<p>From " + escape_markup(history.columns.front()) + " to " +
            escape_markup(history.columns.back()) + ".</p>\n";
  }
  for (const bool changed : {true, false}) {
    for (const Series& series : history.series) {
      if (series.changes.empty() != changed) text += figure(history, series);
    }
  }
  return text + "</body></html>\n";
}

}  // namespace bench
