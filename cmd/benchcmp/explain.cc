#include "cmd/benchcmp/explain.h"

#include <algorithm>
#include <map>

#include "flamegraph/html.h"
#include "libprof/base/files.h"
#include "libprof/profile/codec.h"
#include "libprof/profile/merge.h"
#include "libprof/report/top.h"
#include "libprof/report/units.h"

namespace bench::cmd {
namespace {

using prof::report::Top;
using prof::report::View;

constexpr double kLeast = 0.005;  // of old's cost: less is noise of sampling
constexpr size_t kMost = 8;

prof::Result<Top> functions_of(const prof::Profile& profile, const std::string& file) {
  prof::report::Options options;
  options.nodecount = 0;
  options.trim = false;
  const auto view = View::make(profile, options);
  if (!view) return tl::unexpected(view.error());
  Top top = prof::report::top(*view);
  if (top.total <= 0) return prof::fail(file + " has no samples", "let the benchmark run for longer");
  return top;
}

// The sum of pprof's type "samples", which profiles of time have; else 0.
int64_t samples_of(const prof::Profile& profile) {
  const auto types = profile.sample_types();
  const auto type = std::find_if(types.begin(), types.end(),
                                 [&](const auto& one) { return profile.string(one.type) == "samples"; });
  if (type == types.end()) return 0;
  int64_t sum = 0;
  for (size_t i = 0; i < profile.sample_count(); i++)
    sum += profile.values(i)[static_cast<size_t>(type - types.begin())];
  return sum;
}

std::vector<Growth> growths(const Top& before, const Top& after, double ratio) {
  std::map<std::string, Growth> by_name;
  const double unit = 1 / static_cast<double>(before.total), now = ratio / static_cast<double>(after.total);
  for (const auto& row : before.rows) {
    Growth& growth = by_name[row.name];
    growth.flat_before += static_cast<double>(row.flat) * unit;
    growth.cum_before += static_cast<double>(row.cum) * unit;
  }
  for (const auto& row : after.rows) {
    Growth& growth = by_name[row.name];
    growth.flat_after += static_cast<double>(row.flat) * now;
    growth.cum_after += static_cast<double>(row.cum) * now;
  }
  std::vector<Growth> grown;
  for (auto& [name, growth] : by_name) {
    growth.function = name;
    if (growth.flat_after - growth.flat_before >= kLeast) grown.push_back(growth);
  }
  std::stable_sort(grown.begin(), grown.end(), [](const Growth& a, const Growth& b) {
    return a.flat_after - a.flat_before > b.flat_after - b.flat_before;
  });
  if (grown.size() > kMost) grown.resize(kMost);
  return grown;
}

// New, scaled to what it costs, minus old.
prof::Result<void> draw(const prof::Profile& before, const prof::Profile& after, double factor,
                        const ProfilePair& pair) {
  prof::Merger merger(prof::report::unit_ratio);
  prof::Merger::How plus, minus;
  plus.factors.assign(after.sample_types().size(), factor);
  minus.is_negative = true;
  minus.mark = prof::report::kBaseTag;
  (void)merger.add(after, plus);  // the first always fits
  if (const auto added = merger.add(before, minus); !added) return tl::unexpected(added.error());
  const prof::Profile difference = std::move(merger).finish();
  const auto view = View::make(difference, {});
  if (!view) return tl::unexpected(view.error());
  prof::flame::ChartOptions options;
  options.stack.min_fraction = prof::flame::kHtmlLimits.min_percent / 100;
  options.stack.max_nodes = prof::flame::kHtmlLimits.max_nodes;
  options.title = pair.same_work ? "new minus old" : "new minus old, as if both took as long";
  return prof::write_file_atomically(pair.flame_graph,
                                     prof::flame::to_html(prof::flame::make_chart(*view, options)));
}

}  // namespace

prof::Result<Explanation> explain(const ProfilePair& pair) {
  const auto before = prof::read_profile(pair.old_file), after = prof::read_profile(pair.new_file);
  if (!before) return tl::unexpected(before.error());
  if (!after) return tl::unexpected(after.error());
  return explain(*before, *after, pair);
}

prof::Result<Explanation> explain(const prof::Profile& before, const prof::Profile& after,
                                  const ProfilePair& pair) {
  const auto old_top = functions_of(before, pair.old_file), new_top = functions_of(after, pair.new_file);
  if (!old_top) return tl::unexpected(old_top.error());
  if (!new_top) return tl::unexpected(new_top.error());
  const double totals = static_cast<double>(new_top->total) / static_cast<double>(old_top->total);
  const double ratio = pair.same_work ? pair.ratio.value_or(totals) : 1;
  Explanation explanation{pair.benchmark,    growths(*old_top, *new_top, ratio),
                          pair.flame_graph,  samples_of(before),
                          samples_of(after), pair.same_work};
  if (pair.flame_graph.empty()) return explanation;
  if (const auto drawn = draw(before, after, ratio / totals, pair); !drawn)
    return tl::unexpected(drawn.error());
  return explanation;
}

}  // namespace bench::cmd
