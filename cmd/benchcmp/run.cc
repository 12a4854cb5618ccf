// benchcmp run: parse, measure, compare.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <random>

#include "cmd/benchcmp/compare.h"
#include "cmd/benchcmp/environment.h"
#include "cmd/benchcmp/measure.h"
#include "cmd/benchcmp/output.h"
#include "cmd/benchcmp/record_sides.h"
#include "cmd/benchcmp/sequential.h"
#include "cmd/benchcmp/subcommands.h"
#include "cmd/common/number_checks.h"
#include "libprof/base/exit_code.h"
#include "libprof/base/files.h"
#include "stats/benchfmt/go_writer.h"

namespace bench::cmd {
namespace {

struct RunOptions {
  Measuring measuring;
  std::string directory = "benchcmp-run";
  std::string cpus;
  bool sequential = false;
  bool profile = false;
};

void add_flags(CLI::App& app, RunOptions& options) {
  Measuring& measuring = options.measuring;
  const std::string group = "The runs";
  app.add_option("--old", measuring.commands[0], "the baseline: a shell command that prints benchmarks")
      ->type_name("COMMAND")
      ->required()
      ->group(group);
  app.add_option("--new", measuring.commands[1], "what is compared with it")
      ->type_name("COMMAND")
      ->required()
      ->group(group);
  app.add_option("-n,--pairs", measuring.pairs, "how often each is run, at most")
      ->capture_default_str()
      ->check(prof::cmd::whole_number(1, 100000))
      ->group(group);
  app.add_option("--warmup", measuring.warmup, "pairs that are run first and not counted")
      ->capture_default_str()
      ->check(prof::cmd::whole_number(0, 100000))
      ->group(group);
  app.add_flag("--interleave,!--no-interleave", measuring.interleave,
               "in pairs, in random order within each (default); otherwise all of one, then all of the other")
      ->group(group);
  app.add_flag("--sequential", options.sequential,
               "stop as soon as the answer is clear; --alpha holds over all looks at the runs")
      ->group(group);
  app.add_flag("--time", measuring.time,
               "measure the commands themselves: wall and CPU time, peak memory; what they print is ignored")
      ->group(group);
  app.add_option("--cpu", options.cpus, "the CPUs to run on, as in 2 or 0-3,8")
      ->type_name("LIST")
      ->group(group);
  app.add_option("--timeout", measuring.limits.timeout, "seconds after which a run is killed")
      ->type_name("S")
      ->check(prof::cmd::positive())
      ->group(group);
  app.add_flag("--profile", options.profile,
               "record both sides of each regression once more, and report the functions whose cost grew")
      ->group(group);
  app.add_option("--seed", measuring.seed, "of the order within pairs, so that it repeats")
      ->check(prof::cmd::whole_number(0, UINT64_MAX))
      ->group(group);
  app.add_option("-o,--output", options.directory, "where old.txt and new.txt go: Go benchmark text")
      ->type_name("DIR")
      ->capture_default_str()
      ->group(group);
  app.add_option("--raw", measuring.raw, "keep what each run prints, as DIR/old-1.out, ...")
      ->type_name("DIR")
      ->group(group);
}

std::string check(RunOptions& options) {
  if (options.sequential && !options.measuring.interleave)
    return "--sequential looks at pairs: it cannot go with --no-interleave";
  if (!options.cpus.empty()) {
    const auto cpus = parse_cpus(options.cpus);
    if (!cpus) return "--cpu: " + cpus.error().message();
    options.measuring.limits.cpus = *cpus;
  }
  return "";
}

// Which pair runs and how long the rest will take, on a terminal.
class Progress {
 public:
  explicit Progress(bool sequential) : sequential_(sequential) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  void show(int done, int all) {
    if (!on_terminal_) return;
    const double passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    const std::string left = done == 0 ? ""
                                       : fmt::format(", {}{:.0f} s left", sequential_ ? "at most " : "",
                                                     passed / done * (all - done));
    say_instead(fmt::format("benchcmp: run {} of {}{}", done + 1, all, left));
  }
  void clear() {
    if (on_terminal_) say_instead("");
  }

 private:
  bool sequential_;
  bool on_terminal_ = ::isatty(STDERR_FILENO) == 1;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// What stands above the runs of a side.
std::string heading(const RunOptions& options, const std::string& environment, size_t side) {
  std::string command = options.measuring.commands[side];
  for (char& c : command) c = c == '\n' ? ' ' : c;
  return fmt::format("# {} of benchcmp run, seed {}: {}\n{}", kSides[side], options.measuring.seed, command,
                     environment);
}

class Files {
 public:
  Files(const RunOptions& options, std::string environment)
      : options_(options), environment_(std::move(environment)) {}
  std::string path(size_t side) const { return options_.directory + "/" + kSides[side] + ".txt"; }
  prof::Result<void> write(const Measured& measured) const {
    const size_t pairs = std::min(measured.runs[0].size(), measured.runs[1].size());
    for (size_t side = 0; side < kSides.size(); side++) {
      std::string text = heading(options_, environment_, side) + unit_lines(measured.units[side]);
      for (size_t i = 0; i < pairs; i++) text += pair_line(i + 1) + measured.runs[side][i];
      if (auto written = prof::write_file_atomically(path(side), text); !written) return written;
    }
    return {};
  }

 private:
  const RunOptions& options_;
  std::string environment_;
};

prof::Result<void> make_directory(const std::string& path) {
  if (path.empty() || ::mkdir(path.c_str(), 0777) == 0 || errno == EEXIST) return {};
  return prof::fail("cannot make the directory " + path + ": " + std::strerror(errno));
}

int run(const RunOptions& options, Command command) {
  if (const auto good = check_comparison(command); !good) return report(good.error().message());
  for (const std::string& directory : {options.directory, options.measuring.raw}) {
    if (const auto made = make_directory(directory); !made) return report(made.error().message());
  }
  for (const std::string& directory : {options.directory, options.measuring.raw}) {
    if (directory.empty()) continue;
    const auto good = prof::check_writable(directory + "/" + kSides[0] + ".txt");
    if (!good) return report(good.error().message());
  }
  if (!command.junit.empty()) {  // it may be in one of these
    if (const auto good = prof::check_writable(command.junit); !good) return report(good.error().message());
  }
  const Interrupts interrupts;
  const std::string environment = environment_lines();
  const Files files(options, environment);
  Measuring measuring = options.measuring;
  measuring.around = environment_of(environment);
  // What this writes, whatever the commands that stand above it look like.
  measuring.format = std::exchange(command.input_format, format_named("go"));
  for (size_t side = 0; side < kSides.size(); side++)
    command.inputs.push_back(std::string(kSides[side]) + "=" + files.path(side));

  Sequential sequential(command, measuring.pairs);
  Progress progress(options.sequential);
  const auto after_pair = [&](const Measured& measured) -> prof::Result<bool> {
    if (const auto written = files.write(measured); !written) return tl::unexpected(written.error());
    if (!options.sequential) return true;
    const auto clear = sequential.is_clear(static_cast<int>(measured.runs[0].size()));
    if (!clear) return tl::unexpected(clear.error());
    return !*clear;
  };
  const auto measured = measure(measuring, after_pair, [&](int done, int all) { progress.show(done, all); });
  progress.clear();
  if (!measured) return report(measured.error().message());

  say_problems(measured->problems);

  const int pairs = static_cast<int>(measured->runs[0].size());
  constexpr int kInterrupted = static_cast<int>(prof::ExitCode::kInterrupted);
  if (pairs == 0) {
    report("interrupted before a pair of runs was complete");
    return kInterrupted;
  }
  if (const auto written = files.write(*measured); !written) return report(written.error().message());
  if (options.sequential) {
    const auto level = sequential.final_level(pairs);
    if (!level) return report(level.error().message());
    command.options.alpha = *level;
  }
  say("benchcmp: {} of {} pairs, seed {}; {} and {}{}\n", pairs, measuring.pairs, measuring.seed,
      files.path(0), files.path(1), measured->interrupted ? "; interrupted" : "");
  Explain explain;
  if (options.profile && !measured->interrupted) {
    explain = [&](const Verdict& verdict, const Tables& tables) {
      return record_and_explain(measuring, options.directory, verdict, tables);
    };
  }
  const int code = compare(std::move(command), explain, measured->left_out);
  return measured->interrupted || Interrupts::arrived() ? kInterrupted : code;
}

}  // namespace

void describe_run(CLI::App& app) {
  static RunOptions unread;
  add_flags(app, unread);
  describe_comparison(app);
}

int run_main(int argc, const char* const* argv) {
  RunOptions options;
  options.measuring.seed = std::random_device()();
  const Extension extension = {
      "benchcmp run",
      "Run two builds in random interleaved pairs, and compare what they measure.\n"
      "Each is a shell command that prints benchmarks in any format that benchcmp reads.",
      "for example: benchcmp run --old './bench_a' --new './bench_b' (benchcmp run --help shows all flags)",
      [&](CLI::App& app) { add_flags(app, options); }, [&] { return check(options); }};
  auto command = parse(argc, argv, &extension);
  return command ? run(options, std::move(*command)) : show(command.error());
}

}  // namespace bench::cmd
