// `prof merge`: several profiles as one profile.proto.
#include <fmt/format.h>

#include <memory>

#include "cmd/common/output.h"
#include "cmd/prof/commands.h"
#include "cmd/prof/source_options.h"
#include "cmd/prof/sources.h"
#include "cmd/prof/symbol_options.h"
#include "libprof/base/files.h"
#include "libprof/profile/codec.h"

namespace prof::cmd {

void register_merge(Cli& cli) {
  struct Request {
    Sources sources;
    std::string output = "merged.prof";
  };
  const auto request = std::make_shared<Request>();
  CLI::App& app = *cli.app.add_subcommand("merge", "several profiles as one: equal stacks are added up");
  app.add_option("FILE", request->sources.files, "profiles, by path or pattern")->required();
  app.add_option("-o,--output", request->output, "the file to write")
      ->capture_default_str()
      ->type_name("FILE");
  add_symbol_options(app, request->sources.symbols);
  add_source_options(app, request->sources);
  app.footer("Example: prof merge -o all.prof 'run*.prof'; - is standard output");
  accept_one_dash(cli, app);
  app.callback([&cli, request] {
    cli.run = [request] {
      const auto profile = load(request->sources);
      if (!profile) return report(profile.error());
      const std::string encoded = encode_profile(*profile);
      if (request->output == "-") return finish(print(encoded));
      const auto done = write_file_atomically(request->output, encoded);
      if (done) say("Wrote {}\n", request->output);
      return finish(done);
    };
  });
}

}  // namespace prof::cmd
