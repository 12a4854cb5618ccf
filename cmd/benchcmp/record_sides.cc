#include "cmd/benchcmp/record_sides.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <map>

#include "cmd/benchcmp/explain.h"
#include "stats/benchfmt/go_writer.h"

namespace bench::cmd {
namespace {

constexpr size_t kMostProfiled = 5;  // benchmarks, each of which is run twice more
constexpr int kHz = 999;

// Beside this program, else on PATH.
std::string find_prof() {
  char self[PATH_MAX] = {};
  if (::readlink("/proc/self/exe", self, sizeof self - 1) > 0) {
    std::string beside = self;
    beside = beside.substr(0, beside.rfind('/')) + "/prof";
    if (::access(beside.c_str(), X_OK) == 0) return beside;
  }
  return "prof";
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// A "_" may have been a blank (go_name).
std::string regex_of(const std::string& name) {
  std::string out = "^";
  for (const char c : name) {
    if (std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos) out += '\\';
    out += c == '_' ? '.' : c;
  }
  return out + "$";
}

// The benchmarks that a process ran, and how many iterations of each; 0 where it does not tell.
using Work = std::map<std::string, int64_t>;

class Worked : public Records {
 public:
  void result(const Result& result) override { work[go_name(result.name)] += result.iterations; }
  void problem(const std::string&) override {}
  Work work;
};

bool is_same(const Work& before, const Work& after) {
  return !before.empty() && before == after &&
         std::all_of(before.begin(), before.end(), [](const auto& one) { return one.second > 0; });
}

// A filter on the command line beats that in the environment, and the last one beats those before it.
std::string filtered(std::string command, const std::string& benchmark) {
  if (benchmark.empty() || command.find("--benchmark_filter") == std::string::npos) return command;
  command.erase(command.find_last_not_of(" \t\n") + 1);
  return command + " --benchmark_filter=" + quoted(regex_of(benchmark));
}

// Records one side: one benchmark, or all where none is named. Returns what it ran.
prof::Result<Work> record(const Measuring& measuring, size_t side, const std::string& benchmark,
                          const std::string& file) {
  const std::string command =
      (benchmark.empty() ? "" : "BENCHMARK_FILTER=" + quoted(regex_of(benchmark)) + " ") +
      fmt::format("exec {} record --quiet -F {} -o {} -- /bin/sh -c {}", quoted(find_prof()), kHz,
                  quoted(file), quoted(filtered(measuring.commands[side], benchmark)));
  const auto ran = run_shell(command, measuring.limits);
  if (!ran) return tl::unexpected(ran.error());
  if (ran->end == Ran::End::kInterrupted)
    return prof::fail(fmt::format("interrupted while the {} command was profiled", kSides[side]));
  if (ran->end != Ran::End::kExited || ran->code != 0) {
    return prof::fail(fmt::format("cannot profile the {} command: {}", kSides[side],
                                  ran->err.empty() ? "it did not end well" : ran->err),
                      "--profile needs prof beside benchcmp or on PATH");
  }
  Worked worked;
  UnitMetadata units;
  Source source{"", {}, units, worked};
  if (!measuring.time) (void)read_benchmarks(ran->out, source, measuring.format);
  return worked.work;
}

// Records both sides, and returns what each ran. Where the name is none of the program's (that of a row of
// several, say) the filter leaves nothing, and a command that ends in another program than the benchmark's
// may refuse it: all are run then.
prof::Result<std::array<Work, 2>> record_both(const Measuring& measuring, const std::string& benchmark,
                                              const ProfilePair& pair) {
  std::array<Work, 2> ran;
  for (size_t side = 0; side < kSides.size(); side++) {
    auto work = record(measuring, side, benchmark, side == 0 ? pair.old_file : pair.new_file);
    if (!benchmark.empty() && (!work || work->empty()) && !Interrupts::arrived())
      return record_both(measuring, "", pair);
    if (!work) return tl::unexpected(work.error());
    ran[side] = std::move(*work);
  }
  return ran;
}

struct Regressed {
  std::string name;
  double ratio;  // new to old, of the unit that regressed first
};

std::vector<Regressed> regressed(const Verdict& verdict, const Tables& tables) {
  std::vector<Regressed> found;
  for (const Judgement& judgement : verdict.judgements) {
    const std::string& name = tables.tables[judgement.table].rows[judgement.row].label;
    const bool is_new =
        std::none_of(found.begin(), found.end(), [&](const Regressed& r) { return r.name == name; });
    if (judgement.outcome != Outcome::kRegressed || !is_new) continue;
    // A rate that fell by half is twice the cost.
    const double ratio = 1 + judgement.change;
    const bool is_rate = tables.tables[judgement.table].better == Better::kHigher;
    found.push_back({name, is_rate && ratio > 0 ? 1 / ratio : ratio});
  }
  if (found.size() > kMostProfiled) found.resize(kMostProfiled);
  return found;
}

}  // namespace

prof::Result<std::vector<Explanation>> record_and_explain(const Measuring& measuring,
                                                          const std::string& directory,
                                                          const Verdict& verdict, const Tables& tables) {
  std::vector<Explanation> explanations;
  for (const Regressed& benchmark : regressed(verdict, tables)) {
    const std::string stem =
        directory + "/" + (explanations.empty() ? "" : fmt::format("{}.", explanations.size() + 1));
    ProfilePair pair{stem + "old.prof", stem + "new.prof", benchmark.name, benchmark.ratio,
                     stem + "diff.html"};
    const auto ran = record_both(measuring, measuring.time ? "" : benchmark.name, pair);
    if (!ran) return tl::unexpected(ran.error());
    const auto& [before, after] = *ran;
    const auto is_alone = [&](const Work& work) {
      return work.size() == 1 && work.begin()->first == benchmark.name;
    };
    const bool alone = is_alone(before) && is_alone(after);
    if (!alone) {
      // The whole programs ran. One benchmark's change is not theirs: what they took is compared as it is,
      // unless a harness chose the iterations so that both take as long.
      pair.benchmark.clear();
      pair.ratio.reset();
      pair.same_work = measuring.time || is_same(before, after);
    }
    auto explanation = explain(pair);
    if (!explanation) return tl::unexpected(explanation.error());
    explanations.push_back(std::move(*explanation));
    if (!alone) break;
  }
  return explanations;
}

}  // namespace bench::cmd
