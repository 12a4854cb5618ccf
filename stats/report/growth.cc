#include "stats/report/growth.h"

#include <fmt/format.h>

namespace bench {

std::string title_of(const Explanation& explanation) {
  return (explanation.benchmark.empty() ? "the whole program" : explanation.benchmark) +
         (explanation.functions.empty() ? ": no function whose cost grew was sampled"
                                        : ": functions whose cost grew, in percent of all that old costs");
}

std::string change_of(double before, double after) {
  return fmt::format("{:.1f}% to {:.1f}%", before * 100, after * 100);
}

std::string render_growth(const std::vector<Explanation>& explanations) {
  std::string text;
  for (const Explanation& explanation : explanations) {
    text += title_of(explanation) + "\n";
    for (const Growth& growth : explanation.functions) {
      text += fmt::format("  {:>+7.1f}%  {:<17} (with callees {})  {}\n",
                          (growth.flat_after - growth.flat_before) * 100,
                          change_of(growth.flat_before, growth.flat_after),
                          change_of(growth.cum_before, growth.cum_after), growth.function);
    }
    if (!explanation.flame_graph.empty())
      text += "  flame graph of new minus old: " + explanation.flame_graph + "\n";
  }
  return text.empty() ? text : text + "\n";
}

}  // namespace bench
