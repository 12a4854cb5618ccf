#include "flamegraph/chart.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "libprof/base/paths.h"
#include "libprof/report/units.h"

namespace prof::flame {
namespace {

std::string title_of(const Profile& profile, const std::string& type) {
  if (profile.mappings().empty()) return type;
  const std::string_view binary = base_name(profile.string(profile.mappings()[0].file));
  return binary.empty() ? type : fmt::format("{} {}", binary, type);
}

// How many samples what is shown was made of, where the profile counts them: what it calls a sample is all of
// one stack. Of "cycles" among several events of perf, "samples:cycles" counts.
std::optional<int64_t> samples_behind(const report::View& view) {
  const Profile& profile = view.profile();
  const auto types = profile.sample_types();
  const size_t shown = view.value().index;
  const std::string of_event = fmt::format("samples:{}", profile.string(types[shown].type));
  const auto counts = std::find_if(types.begin(), types.end(), [&](const ValueType& type) {
    const std::string_view name = profile.string(type.type);
    return (name == "samples" || name == of_event) && profile.string(type.unit) == "count";
  });
  const auto index = static_cast<size_t>(counts - types.begin());
  if (index == types.size() || index == shown) return std::nullopt;
  report::Sum sum;
  for (size_t i = 0; i < profile.sample_count(); i++) {
    if (view.keeps(i)) sum.add(report::magnitude(profile.values(i)[index]), 0);
  }
  return sum.value;
}

std::vector<std::string> facts_of(const report::View& view, const Chart& chart) {
  const Profile& profile = view.profile();
  const int64_t shown = chart.tree.nodes[0].total;
  std::string amount = (chart.tree.has_negative ? "net " : "") + report::amount(shown, chart.unit);
  if (shown != chart.whole) amount += " of " + report::amount(chart.whole, chart.unit);
  std::vector<std::string> facts{fmt::format("{} {}", chart.type, amount)};
  if (const auto samples = samples_behind(view)) {
    facts[0] += fmt::format(" in {} sample{}", *samples, *samples == 1 ? "" : "s");
  }
  if (profile.duration_ns > 0) facts.push_back("over " + report::amount(profile.duration_ns, "nanoseconds"));
  constexpr int64_t kLatest = 253402300799;  // the end of 9999: what gmtime certainly takes
  const int64_t seconds = profile.time_ns / 1'000'000'000;
  if (seconds > 0 && seconds <= kLatest) {
    facts.push_back(fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(static_cast<time_t>(seconds))));
  }
  return facts;
}

// "net/http" of "net/http.(*conn).serve", "ns" of "ns::Class<a::b>::method(int)".
std::string package_of(std::string_view name) {
  if (name.starts_with('<')) name.remove_prefix(1);
  const size_t colons = name.find("::"), bracket = name.find_first_of("<( ");
  if (colons != std::string_view::npos && colons < bracket) return std::string(name.substr(0, colons));
  const size_t slash = name.substr(0, bracket).rfind('/');
  const size_t dot = name.find('.', slash == std::string_view::npos ? 0 : slash);
  if (dot != std::string_view::npos && dot < bracket) return std::string(name.substr(0, dot));
  return "no package";
}

}  // namespace

Chart make_chart(const report::View& view, const ChartOptions& options) {
  const Profile& profile = view.profile();
  Chart chart;
  chart.type = view.value().type;
  chart.unit = view.value().unit;
  chart.title = options.title.empty() ? title_of(profile, chart.type) : options.title;
  chart.icicle = options.icicle;
  chart.min_fraction = options.stack.min_fraction;
  chart.tree = make_stack_tree(view, options.stack);
  // The tree has sums, the mean is none.
  chart.whole = view.value().mean ? chart.tree.nodes[0].weight : view.total();
  chart.facts = facts_of(view, chart);
  chart.notes = view.warnings();
  for (const StringId comment : profile.comments) chart.notes.emplace_back(profile.string(comment));
  return chart;
}

std::string label(const StackTree& tree, const StackNode& node) {
  if (node.merged > 0) return fmt::format("(other: {} frame{})", node.merged, node.merged == 1 ? "" : "s");
  return node.frame == kNoIndex ? "all" : tree.frames[node.frame].name;
}

Groups group_frames(const StackTree& tree) {
  bool one_module = true;
  for (const StackFrame& frame : tree.frames) one_module &= frame.module == tree.frames[0].module;

  struct Group {
    double self = 0;
    uint32_t place = 0;
  };
  std::map<std::string, Group> groups;
  std::vector<std::pair<const std::string, Group>*> of_frame;
  for (const StackFrame& frame : tree.frames) {
    std::string name = one_module ? package_of(frame.name) : frame.module.empty() ? "unknown" : frame.module;
    auto& group = *groups.try_emplace(std::move(name)).first;
    group.second.self += static_cast<double>(frame.self);
    of_frame.push_back(&group);
  }
  std::vector<std::pair<const std::string, Group>*> order;
  for (auto& group : groups) order.push_back(&group);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) { return a->second.self > b->second.self; });
  Groups out;
  for (auto* group : order) {
    group->second.place = static_cast<uint32_t>(out.names.size());
    out.names.push_back(group->first);
  }
  for (const auto* group : of_frame) out.of_frame.push_back(group->second.place);
  return out;
}

std::string change_class(int64_t total, int64_t weight) {
  constexpr double kSteps = 5;
  if (total == 0 || weight == 0) return "other";
  const double share = std::abs(static_cast<double>(total)) / static_cast<double>(weight);
  const auto step = static_cast<int>(std::min(std::ceil(kSteps * std::sqrt(share)), kSteps));
  return fmt::format("{}{}", total > 0 ? "grew" : "shrank", step);
}

}  // namespace prof::flame
