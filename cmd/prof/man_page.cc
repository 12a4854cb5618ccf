#include "cmd/common/man.h"
#include "cmd/common/output.h"
#include "cmd/prof/cli.h"

namespace prof::cmd {

void register_man_page(Cli& cli) {
  auto* sub = cli.app.add_subcommand("man-page", "print the manual page, made from the options above");
  sub->group("");  // for the build, not for people
  sub->callback([&cli] {
    cli.run = [&cli] {
      const ManPage page{
          "prof",
          "record and read CPU, heap and lock profiles of native programs",
          "prof record runs a program with a sampling agent preloaded and writes profiles in pprof's format. "
          "The "
          "other commands read such profiles, its own or any other tool's, and answer where the time, the "
          "memory or "
          "the waiting went.\n\n"
          "The program needs no recompilation, no root and no perf; build it with -g to see source lines and "
          "inlined "
          "functions. Its output, exit code and signals are its own.",
          "0 success\n1 the work could not be done\n2 wrong command line\n130 interrupted\n"
          "N prof record: the exit code of the recorded program; where a signal ended it, that signal ends "
          "prof too",
          "Where does the time go?\n  prof record ./app arguments\n  prof top cpu.prof\n"
          "Memory and lock contention in the same run:\n  prof record -e cpu,heap,mutex -o profiles/ ./app\n"
          "A flame graph in one file, or in the browser:\n  prof flame cpu.prof -o app.html\n  prof web "
          "cpu.prof\n"
          "The hot lines of a function:\n  prof list parse cpu.prof",
          "benchcmp(1), https://github.com/google/pprof for the format"};
      add_all_options(cli);
      return finish(print(man_page(cli.app, page)));
    };
  });
}

}  // namespace prof::cmd
