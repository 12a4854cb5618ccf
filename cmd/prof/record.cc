#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <sstream>

#include "cmd/common/number_checks.h"
#include "cmd/common/output.h"
#include "cmd/prof/commands.h"
#include "cmd/prof/progress.h"
#include "cmd/prof/quantities.h"
#include "cmd/prof/record_summary.h"

namespace prof::cmd {
namespace {

struct Arguments {
  record::RecordOptions options;
  std::string kinds = "cpu";
  int hz = 100;
  std::string heap_interval = "512KiB";
  std::string mutex_threshold = "10us";
  std::string max_memory = "256MiB";
  bool quiet = false;
  std::vector<std::string> command;  // for --help and the manual: main() cuts it off before we parse
};

std::string kind_names() {
  std::string names;
  for (const KindInfo& info : kKinds) names += (names.empty() ? "" : ", ") + std::string(info.name);
  return names;
}

Result<std::vector<Kind>> parse_kinds(const std::string& text) {
  bool asked[kKindCount] = {};
  std::istringstream names(text);
  for (std::string name; std::getline(names, name, ',');) {
    int kind = 0;
    while (kind < kKindCount && name != kKinds[kind].name) kind++;
    if (kind == kKindCount)
      return fail("no event kind is called '" + name + "'", "there are " + kind_names());
    asked[kind] = true;
  }
  std::vector<Kind> kinds;
  for (int kind = 0; kind < kKindCount; kind++) {
    if (asked[kind]) kinds.push_back(static_cast<Kind>(kind));
  }
  if (kinds.empty()) return fail("-e names no event kind", "there are " + kind_names());
  return kinds;
}

// Checks one option with `parse`, which keeps what it makes of the text.
template <typename Parse>
auto validated(Parse parse) {
  return [parse](const std::string& text) {
    const auto parsed = parse(text);
    return parsed ? std::string() : parsed.error().message();
  };
}

Result<uint64_t> parse_max_memory(const std::string& text) {
  const auto bytes = parse_bytes(text);
  if (bytes && *bytes < spool::kMinMaxMemory) {
    return fail(text + " is too little: the recorder needs " + std::to_string(spool::kMinMaxMemory >> 20) +
                " MiB in each process");
  }
  return bytes;
}

// Dies as the program did, so that whoever waits for us sees it; without a core of ours on top of its own.
[[noreturn]] void die_by(int signal) {
  const rlimit none = {0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
  std::signal(signal, SIG_DFL);
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, signal);
  ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  ::raise(signal);
  ::_exit(128 + signal);
}

int run(const Arguments& arguments) {
  record::RecordOptions options = arguments.options;
  options.kinds = parse_kinds(arguments.kinds).value();
  options.periods[static_cast<size_t>(Kind::k_cpu)] = 1'000'000'000u / static_cast<unsigned>(arguments.hz);
  options.periods[static_cast<size_t>(Kind::k_wall)] = options.periods[static_cast<size_t>(Kind::k_cpu)];
  options.periods[static_cast<size_t>(Kind::k_heap)] = parse_bytes(arguments.heap_interval).value();
  options.periods[static_cast<size_t>(Kind::k_mutex)] = parse_duration(arguments.mutex_threshold).value();
  options.max_memory = parse_max_memory(arguments.max_memory).value();
  if (!arguments.quiet) options.progress = terminal_progress("prof: reading symbols:");
  const auto recording = record::record(options);
  options.progress = nullptr;
  if (!recording) return report(recording.error());
  show(recording->warnings);
  if (!arguments.quiet) say("{}", record_summary(*recording));
  if (recording->error) return report(*recording->error);
  if (recording->saved_elsewhere) return static_cast<int>(ExitCode::kFailure);
  if (WIFSIGNALED(recording->status)) die_by(WTERMSIG(recording->status));
  return WEXITSTATUS(recording->status);
}

}  // namespace

void register_record(Cli& cli) {
  auto* sub = cli.app.add_subcommand("record", "run a program and write its profiles");
  const auto arguments = std::make_shared<Arguments>();
  sub->footer(
      "Then the program and its arguments: prof record -F 1000 ./app -x 3. Options of ours come before it.");
  sub->add_option("PROGRAM", arguments->command, "what to run")->expected(0, 1);
  sub->add_option("ARGUMENTS", arguments->command, "of the program");
  sub->add_option("-e,--events", arguments->kinds, "what to record: a list of " + kind_names())
      ->capture_default_str()
      ->join(',')
      ->type_name("KINDS")
      ->check(validated(parse_kinds));
  sub->add_option("-F,--frequency", arguments->hz,
                  "samples per second of CPU time (wall: of wall-clock time) of each thread")
      ->capture_default_str()
      ->type_name("HZ")
      ->check(CLI::Range(1, 20000));
  sub->add_option("-o,--output", arguments->options.output,
                  "output file (of several kinds: out.prof makes out.cpu.prof, ...) or directory/")
      ->type_name("FILE");
  sub->add_option("--heap-interval", arguments->heap_interval, "mean bytes between heap samples")
      ->capture_default_str()
      ->type_name("BYTES")
      ->check(validated(parse_bytes));
  sub->add_option("--mutex-threshold", arguments->mutex_threshold,
                  "waits this long are all recorded, shorter ones in proportion")
      ->capture_default_str()
      ->type_name("TIME")
      ->check(validated(parse_duration));
  sub->add_option("--max-memory", arguments->max_memory,
                  "the most that the recorder may map in each process; what did not fit is counted")
      ->capture_default_str()
      ->type_name("SIZE")
      ->check(validated(parse_max_memory));
  sub->add_flag("--children,!--no-children", arguments->options.children,
                "record the processes that the program starts, too (default)");
  sub->add_flag("--per-process", arguments->options.per_process,
                "a profile for each process: NAME-PID.cpu.prof in the directory that -o names");
  sub->add_option("-p,--pid", arguments->options.pid,
                  "sample a running process from outside, until it ends, --duration or Ctrl-C")
      ->type_name("PID")
      ->check(positive());
  sub->add_option("--duration", arguments->options.duration,
                  "end the recording after so many seconds; the program goes on")
      ->type_name("S")
      ->check(positive());
  sub->add_option("--checkpoint", arguments->options.checkpoint,
                  "write the profiles every so many seconds meanwhile: all that a kill of prof can lose")
      ->capture_default_str()
      ->type_name("S")
      ->check(positive());
  sub->add_option("--seed", arguments->options.seed, "seed of the sampling decisions, so that a test repeats")
      ->group("");
  sub->add_flag("-q,--quiet", arguments->quiet, "no closing block, only warnings and errors");
  sub->callback([&cli, arguments] {
    if (cli.command.empty() && arguments->options.pid == 0) {
      throw CLI::ValidationError("PROGRAM", "which program? prof record ./app arguments");
    }
    if (!cli.command.empty() && arguments->options.pid != 0) {
      throw CLI::ValidationError("--pid", "it names a running process: no program can follow");
    }
    if (std::string& output = arguments->options.output; arguments->options.per_process) {
      if (output.empty() || output == "-")
        throw CLI::ValidationError("--per-process", "name the directory for the profiles with -o DIR");
      if (!output.ends_with('/')) output += '/';
    }
    arguments->options.command = cli.command;
    cli.run = [arguments] { return run(*arguments); };
  });
}

}  // namespace prof::cmd
