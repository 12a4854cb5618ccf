// benchcmp: a subcommand, or the comparison of inputs.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "cmd/benchcmp/compare.h"
#include "cmd/benchcmp/explain.h"
#include "cmd/benchcmp/output.h"
#include "cmd/benchcmp/subcommands.h"
#include "cmd/common/guarded.h"
#include "cmd/common/output.h"
#include "libprof/profile/codec.h"

namespace bench::cmd {
namespace {

// Of profiles that are there already: they are read before anything is compared, and once.
int compare_with_profiles(Command command) {
  const size_t comma = command.profiles.find(',');
  ProfilePair pair;
  pair.old_file = command.profiles.substr(0, comma);
  pair.new_file = command.profiles.substr(comma + 1);
  const auto before = prof::read_profile(pair.old_file), after = prof::read_profile(pair.new_file);
  for (const auto* profile : {&before, &after}) {
    if (!*profile) return report(profile->error().message());
  }
  return compare(std::move(command), [&](const Verdict& verdict, const Tables&) {
    prof::Result<std::vector<Explanation>> none;
    if (verdict.count(Outcome::kRegressed) == 0) return none;
    return explain(*before, *after, pair).map([](Explanation explanation) {
      return std::vector{std::move(explanation)};
    });
  });
}

int dispatch(int argc, const char* const* argv) {
  for (const Subcommand& subcommand : kSubcommands) {
    if (argc > 1 && argv[1] == subcommand.name) return subcommand.main(argc - 1, argv + 1);
  }
  auto command = parse(argc, argv);
  if (!command) return show(command.error());
  return command->profiles.empty() ? compare(std::move(*command))
                                   : compare_with_profiles(std::move(*command));
}

}  // namespace
}  // namespace bench::cmd

int main(int argc, char** argv) {
  if (argc < 2 || std::string_view(argv[1]) != "run") prof::cmd::end_when_nobody_reads();
  prof::cmd::reserve_standard_streams();
  prof::cmd::survive_file_limit();
  const int exit_code = prof::cmd::guarded("benchcmp", [&] { return bench::cmd::dispatch(argc, argv); });
  std::fflush(nullptr);
  // All is written: giving back the tables piece by piece takes longer than printing them.
  std::_Exit(exit_code);
}
