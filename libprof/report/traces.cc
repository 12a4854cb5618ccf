#include "libprof/report/traces.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <thread>

#include "libprof/base/in_order.h"
#include "libprof/report/header.h"
#include "libprof/report/nodes.h"
#include "libprof/report/units.h"

namespace prof::report {
namespace {

constexpr const char* kRule = "-----------+-------------------------------------------------------\n";

// "       key:  value value", text labels before numbers, each group in the order of its lines, so that a
// longer key, which has fewer blanks before it, comes later.
std::string label_lines(const View& view, size_t sample) {
  const Profile& p = view.profile();
  if (p.labels(sample).empty()) return "";
  std::map<std::string_view, std::string> texts, numbers;
  for (const Label& label : p.labels(sample)) {
    if (!view.shows_tag(label)) continue;
    const auto add = [&](std::string& values, std::string_view value) {
      if (!values.empty()) values += ' ';
      values += value;
    };
    if (is_text(label)) add(texts[p.string(label.key)], p.string(label.str));
    if (is_number(label)) add(numbers[p.string(label.key)], amount(label.num, view.units().of(label.key)));
  }
  std::string text;
  for (const auto* group : {&texts, &numbers}) {
    std::vector<std::string> lines;
    for (const auto& [key, values] : *group) lines.push_back(fmt::format("{:>10}:  {}\n", key, values));
    std::sort(lines.begin(), lines.end());
    for (const std::string& line : lines) text += line;
  }
  return text;
}

// pprof trims no path here, nor does it heed -trim_path.
Nodes nodes_of(const View& view) { return Nodes(view, granularity_of(view.options()), false, Paths::kWhole); }

int64_t shown_value(const View& view, size_t sample) {
  Sum sum;
  sum.add(view.value().of(view.profile(), sample), view.value().divisor(view.profile(), sample));
  return sum.shown();
}

std::vector<std::string> names_of(const Nodes& nodes) {
  std::vector<std::string> names(nodes.size());
  for (uint32_t node = 0; node < names.size(); node++) names[node] = nodes.name(node);
  return names;
}

// The lines of stacks in print, with a margin that the first one's value takes the place of.
class Printer {
 public:
  explicit Printer(const View& view) : view_(view), nodes_(nodes_of(view)), lines_(names_of(nodes_)) {
    for (std::string& line : lines_) line = fmt::format("{:{}}{}\n", "", kMargin, line);
  }

  void append(size_t sample, std::string& text) const {
    const size_t begin = text.size();
    for (const uint32_t location : view_.stack(sample)) {
      const auto at = nodes_.at(location);
      for (size_t k = 0; k < at.size(); k++) {
        std::string_view line = lines_[at[k]];
        if (text.size() == begin) {
          text += kRule + label_lines(view_, sample);
          text += fmt::format("{:>{}}   ", view_.value().format(shown_value(view_, sample)), kMargin - 3);
          line.remove_prefix(kMargin);
        }
        text += line;
        if (k + 1 != at.size()) text.replace(text.size() - 1, 1, " (inline)\n");
      }
    }
  }

 private:
  static constexpr size_t kMargin = 13;

  const View& view_;
  const Nodes nodes_;
  std::vector<std::string> lines_;  // by node; made once: stacks repeat them many times
};

}  // namespace

void for_each_trace(const View& view, const std::function<void(const Trace&)>& visit) {
  const Nodes nodes = nodes_of(view);
  const std::vector<std::string> names = names_of(nodes);
  Trace trace;
  for (size_t i = 0; i < view.profile().sample_count(); i++) {
    if (!view.keeps(i)) continue;
    trace.sample = i;
    trace.value = shown_value(view, i);
    trace.frames.clear();
    for (const uint32_t location : view.stack(i)) {
      const auto at = nodes.at(location);
      for (size_t k = 0; k < at.size(); k++) trace.frames.push_back({names[at[k]], k + 1 != at.size()});
    }
    visit(trace);
  }
}

// On all cores, in pieces: the text is many times as long as the profile.
void print_traces(const View& view, const Sink& sink) {
  constexpr size_t kPiece = 256;                  // samples: their text stays in the nearer caches
  constexpr size_t kUsualText = size_t{2} << 10;  // bytes of a sample's
  sink(join_lines(profile_header(view, view.value())));
  const Printer printer(view);
  const size_t samples = view.profile().sample_count();
  for_each_in_order((samples + kPiece - 1) / kPiece, std::max(1u, std::thread::hardware_concurrency()),
                    [&](size_t piece) {
                      std::string text;
                      text.reserve(kPiece * kUsualText);
                      const size_t end = std::min(samples, (piece + 1) * kPiece);
                      for (size_t i = piece * kPiece; i < end; i++) {
                        if (view.keeps(i)) printer.append(i, text);
                      }
                      return text;
                    },
                    [&](size_t, const std::string& text) {
                      sink(text);
                      return true;
                    });
  sink(kRule);
}

}  // namespace prof::report
