#include "libprof/report/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "libprof/report/graph_parts.h"
#include "libprof/report/nodes.h"
#include "libprof/report/sampling_noise.h"
#include "stats/benchmath/correction.h"
#include "stats/benchmath/rates.h"

namespace prof::report {
namespace {

using bench::Sampled;

void add(Sampled& to, const Sampled& one) {
  to.value += one.value;
  to.variance += one.variance;
}

// What one profile says: the total, and each function by name.
struct Account {
  Noise noise = Noise::kUnknown;
  double event = 1;
  Sampled total;
  std::map<std::string, Sampled> functions;
};

Account account_of(const View& view, bool cum) {
  const Nodes nodes(view, granularity_of(view.options()), false);
  const SamplingNoise noise(view);
  Account account{noise.kind(), noise.event(), {}, {}};
  std::vector<Sampled> sums(nodes.size());
  std::vector<size_t> seen(nodes.size());  // the last sample that counted this node, plus 1
  for (size_t i = 0; i < view.profile().sample_count(); i++) {
    const auto value = static_cast<double>(view.value().of(view.profile(), i));
    if (!view.keeps(i) || value == 0) continue;
    const Sampled one = noise.of(i);
    uint32_t leaf = kNoIndex;
    walk(view, nodes, i, [&](uint32_t node, bool) {
      leaf = node;
      if (cum && std::exchange(seen[node], i + 1) != i + 1) add(sums[node], one);
    });
    if (leaf == kNoIndex) continue;
    add(account.total, one);
    if (!cum) add(sums[leaf], one);
  }
  for (uint32_t node = 0; node < nodes.size(); node++) {
    if (sums[node].value != 0) {
      add(account.functions[nodes.name(node)], sums[node]);
    }
  }
  return account;
}

void scale_to(Account& account, double total) {
  if (account.total.value == 0) return;
  const double factor = total / account.total.value;
  const auto scale = [&](Sampled& one) { one = {one.value * factor, one.variance * factor * factor}; };
  scale(account.total);
  for (auto& [name, one] : account.functions) scale(one);
  account.event *= factor;
}

std::vector<Account> accounts_of(std::span<const View> views, bool cum) {
  std::vector<Account> accounts;
  for (const View& view : views) accounts.push_back(account_of(view, cum));
  return accounts;
}

double mean_total(const std::vector<Account>& accounts) {
  double sum = 0;
  for (const Account& account : accounts) sum += account.total.value;
  return sum / static_cast<double>(accounts.size());
}

Difference difference_of(std::string name, const bench::RateChange& change) {
  return {std::move(name), change.first, change.second, change.lo, change.hi, change.p, false};
}

// As it is shown: a negative ratio turns the interval around.
void scale(Difference& one, double ratio) {
  one.before *= ratio;
  one.after *= ratio;
  std::tie(one.lo, one.hi) = std::minmax({one.lo * ratio, one.hi * ratio});
}

// One amount, by run.
struct Amounts {
  std::string name;
  std::vector<Sampled> before, after;
  double old_event = 1, new_event = 1;
  bench::Runs runs() const { return {before, after, old_event, new_event}; }
};

template <typename Pick>
Amounts amounts_of(std::string name, const std::vector<Account>& before, const std::vector<Account>& after,
                   Pick pick) {
  Amounts amounts{std::move(name), {}, {}, before[0].event, after[0].event};
  for (const Account& account : before) amounts.before.push_back(pick(account));
  for (const Account& account : after) amounts.after.push_back(pick(account));
  return amounts;
}

std::vector<Amounts> functions_of(const std::vector<Account>& before, const std::vector<Account>& after) {
  std::set<std::string> names;
  for (const auto* side : {&before, &after}) {
    for (const Account& account : *side) {
      for (const auto& [name, one] : account.functions) names.insert(name);
    }
  }
  std::vector<Amounts> functions;
  for (const std::string& name : names) {
    functions.push_back(amounts_of(name, before, after, [&](const Account& account) {
      const auto found = account.functions.find(name);
      return found != account.functions.end() ? found->second : Sampled{};
    }));
  }
  return functions;
}

bench::Variation variation_of(const std::vector<Amounts>& functions, bool is_noise_known) {
  std::vector<bench::Runs> runs;
  for (const Amounts& function : functions) runs.push_back(function.runs());
  return bench::run_variation(runs, is_noise_known);
}

void compare_functions(const std::vector<Amounts>& functions, const bench::Variation& variation, double alpha,
                       Diff& diff) {
  std::vector<double> p;
  std::vector<size_t> tested;
  for (const Amounts& function : functions) {
    const auto change = bench::compare_rates(function.runs(), variation, alpha);
    diff.rows.push_back(difference_of(function.name, change));
    if (!change.is_testable) {
      diff.rows.back().q = 1;
      continue;
    }
    p.push_back(change.p);
    tested.push_back(diff.rows.size() - 1);
  }
  diff.tested = tested.size();
  const auto q = bench::adjust(p, bench::Correction::kBenjaminiHochberg);
  for (size_t i = 0; i < tested.size(); i++) {
    diff.rows[tested[i]].q = q[i];
    diff.rows[tested[i]].is_real = q[i] <= alpha;
  }
  std::stable_sort(diff.rows.begin(), diff.rows.end(), [](const Difference& a, const Difference& b) {
    if (a.is_real != b.is_real) return a.is_real;
    return std::abs(a.delta()) > std::abs(b.delta());
  });
}

}  // namespace

Result<Diff> diff(std::span<const View> before, std::span<const View> after, const DiffOptions& options) {
  const Value& value = before[0].value();
  for (const auto side : {before, after}) {
    for (const View& view : side) {
      if (view.value().type == value.type && view.value().unit == value.unit) continue;
      return fail(fmt::format("cannot compare {} ({}) with {} ({})", value.type, value.unit,
                              view.value().type, view.value().unit),
                  "name profiles of one kind, or say --sample_index=TYPE");
    }
  }
  auto old_accounts = accounts_of(before, options.cum), new_accounts = accounts_of(after, options.cum);
  Diff result;
  result.type = value.type;
  result.unit = value.unit;
  result.old_profiles = before.size();
  result.new_profiles = after.size();
  const auto is_unknown = [](const Account& account) { return account.noise == Noise::kUnknown; };
  const bool is_noise_known = std::none_of(old_accounts.begin(), old_accounts.end(), is_unknown) &&
                              std::none_of(new_accounts.begin(), new_accounts.end(), is_unknown);
  if (!result.between_runs() && !is_noise_known) {
    return fail(fmt::format("the noise of one profile of {} is not known", value.type),
                "give several profiles a side: prof diff 'old*.prof' 'new*.prof'");
  }
  if (options.normalize) {
    const double total = mean_total(old_accounts);
    for (Account& account : new_accounts) scale_to(account, total);
  }
  const std::vector<Amounts> functions = functions_of(old_accounts, new_accounts);
  const bench::Variation variation = variation_of(functions, is_noise_known);
  // The total is one test, which its own runs suffice for.
  const Amounts total =
      amounts_of("", old_accounts, new_accounts, [](const Account& account) { return account.total; });
  result.total =
      difference_of("", bench::compare_rates(total.runs(), {variation.sampling, 0}, options.alpha));
  result.total.is_real = result.total.q <= options.alpha;
  compare_functions(functions, variation, options.alpha, result);
  scale(result.total, value.ratio);
  for (Difference& one : result.rows) scale(one, value.ratio);
  return result;
}

bool has_grown(const Diff& diff, double percent) {
  const double least = percent / 100 * diff.total.before;
  const auto grown = [&](const Difference& one) {
    return one.is_real && one.delta() > 0 && one.delta() >= least;
  };
  return grown(diff.total) || std::any_of(diff.rows.begin(), diff.rows.end(), grown);
}

}  // namespace prof::report
