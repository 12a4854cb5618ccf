#include "cmd/benchcmp/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <unordered_set>

#include "libprof/base/files.h"
#include "stats/benchfmt/go_writer.h"
#include "stats/text/number.h"

namespace bench::cmd {
namespace {

// The last lines of what a command printed, for a message about it.
std::string tail(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  constexpr size_t kLines = 10;
  size_t start = text.size();
  for (size_t line = 0; line < kLines && start != 0 && start != std::string::npos; line++)
    start = text.rfind('\n', start - 1);
  return text.empty() ? "" : ":\n" + (start == std::string::npos ? text : text.substr(start + 1));
}

prof::Result<void> check(const Ran& ran, const char* side, const Measuring& measuring) {
  const auto failed = [&](const std::string& how) {
    return prof::fail(
        fmt::format("the {} command {}{}", side, how, tail(ran.err.empty() ? ran.out : ran.err)));
  };
  if (ran.end == Ran::End::kTimedOut)
    return failed(fmt::format("was killed after {:g} s (--timeout)", measuring.limits.timeout));
  if (ran.end == Ran::End::kStopped)
    return failed(
        "was stopped by the terminal, which it reads or changes: it runs in the background, where it may "
        "not");
  if (ran.end == Ran::End::kSignalled) return failed(fmt::format("was ended by {}", ::strsignal(ran.code)));
  // A shell says 128 + N of a command of its own that signal N ended.
  if (ran.code > 128 && ran.code < 160)
    return failed(fmt::format("exited with {} ({})", ran.code, ::strsignal(ran.code - 128)));
  if (ran.code != 0) return failed(fmt::format("exited with {}", ran.code));
  return {};
}

std::string time_line(const Ran& ran) {
  return fmt::format("BenchmarkCommand 1 {} sec/op {} user-sec/op {} sys-sec/op {} peak-B\n",
                     format_shortest(ran.wall_seconds), format_shortest(ran.user_seconds),
                     format_shortest(ran.system_seconds), format_shortest(ran.peak_bytes));
}

using Tell = std::function<void(const std::string& problem)>;

prof::Result<std::string> text_of(const Ran& ran, size_t side, const Measuring& measuring, Measured& measured,
                                  const Tell& tell) {
  if (measuring.time) return time_line(ran);
  RunCollector collector;
  Source source{fmt::format("the {} command's output", kSides[side]), measuring.around, measured.units[side],
                collector};
  if (const auto read = read_benchmarks(ran.out, source, measuring.format); !read)
    return tl::unexpected(read.error());
  for (const std::string& problem : collector.problems()) tell(problem);
  measured.left_out.add(collector.left_out());
  for (const std::string& place : collector.not_numbers()) {
    const std::string problem = source.file + ": " + place + ": values that are NaN are left out";
    measured.left_out.add(problem);
    tell(problem);
  }
  for (const std::string& names : collector.merged())
    tell(source.file + ": " + names + " are one benchmark: a name has _ for each blank");
  if (collector.empty()) {
    return prof::fail(
        fmt::format("the {} command printed no benchmark that is read (docs/benchcmp.md lists the "
                    "formats; --time measures the command itself){}",
                    kSides[side], ran.out.empty() ? ", and nothing else" : tail(ran.out)));
  }
  return collector.text(measuring.around);
}

// Which side runs, run after run.
std::vector<size_t> schedule(const Measuring& measuring, int pairs, std::mt19937_64& random) {
  std::vector<size_t> sides;
  for (int pair = 0; pair < pairs; pair++) {
    const size_t first = random() >> 63;
    sides.insert(sides.end(), {first, 1 - first});
  }
  if (!measuring.interleave) std::sort(sides.begin(), sides.end());
  return sides;
}

}  // namespace

prof::Result<Measured> measure(const Measuring& measuring,
                               const std::function<prof::Result<bool>(const Measured&)>& after_pair,
                               const std::function<void(int done, int all)>& before_run) {
  std::mt19937_64 random(measuring.seed);
  std::vector<size_t> sides = schedule(measuring, measuring.warmup, random);
  const size_t discarded = sides.size();
  const auto counted = schedule(measuring, measuring.pairs, random);
  sides.insert(sides.end(), counted.begin(), counted.end());

  Measured measured;
  std::unordered_set<std::string> told;  // runs mostly have the same problems
  const Tell tell = [&](const std::string& problem) {
    if (told.insert(problem).second) measured.problems.push_back(problem);
  };
  const auto complete = [&] { return std::min(measured.runs[0].size(), measured.runs[1].size()); };
  for (size_t i = 0; i < sides.size() && !measured.interrupted; i++) {
    const size_t side = sides[i], pairs = complete();
    before_run(static_cast<int>(i), static_cast<int>(sides.size()));
    const auto ran = run_shell(measuring.commands[side], measuring.limits);
    if (!ran) return tl::unexpected(ran.error());
    measured.interrupted = ran->end == Ran::End::kInterrupted || Interrupts::arrived();
    if (ran->end == Ran::End::kInterrupted) break;
    if (const auto good = check(*ran, kSides[side], measuring); !good) return tl::unexpected(good.error());
    if (i < discarded) continue;
    if (!measuring.raw.empty()) {
      const std::string file =
          fmt::format("{}/{}-{}.out", measuring.raw, kSides[side], measured.runs[side].size() + 1);
      if (const auto written = prof::write_file_atomically(file, ran->out); !written)
        return tl::unexpected(written.error());
    }
    auto text = text_of(*ran, side, measuring, measured, tell);
    if (!text) return tl::unexpected(text.error());
    measured.runs[side].push_back(std::move(*text));
    if (complete() == pairs || measured.interrupted) continue;
    const auto go_on = after_pair(measured);
    if (!go_on) return tl::unexpected(go_on.error());
    if (!*go_on) break;
  }
  const size_t pairs = complete();
  for (auto& runs : measured.runs) runs.resize(pairs);
  return measured;
}

}  // namespace bench::cmd
