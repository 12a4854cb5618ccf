#include "libprof/record/snapshot.h"

#include <filesystem>

#include "cmd/common/output.h"
#include "cmd/prof/commands.h"
#include "libprof/base/files.h"

namespace prof::cmd {
namespace {

struct Arguments {
  uint32_t pid = 0;
  std::string output;
};

// `to` as -o takes it: a directory, or a file where there is one profile.
Result<std::string> copy_to(const std::string& to, const std::string& from) {
  const bool is_directory = to.ends_with('/') || std::filesystem::is_directory(to);
  const std::string path = is_directory ? to + "/" + from.substr(from.rfind('/') + 1) : to;
  std::error_code ignored;
  if (is_directory) std::filesystem::create_directories(to, ignored);
  const auto bytes = read_file(from);
  if (!bytes) return tl::unexpected<Error>(bytes.error());
  if (const auto written = write_file_atomically(path, *bytes); !written) {
    return tl::unexpected<Error>(written.error());
  }
  return std::filesystem::path(path).lexically_normal().string();
}

int run(const Arguments& arguments) {
  const auto files = record::snapshot(arguments.pid);
  if (!files) return report(files.error());
  std::string text;
  if (files->empty() && !arguments.output.empty()) {
    return report({"the recorder does not tell where it wrote the profiles: they cannot be copied",
                   "leave -o out; they are where the recorder writes its own"});
  }
  if (files->empty()) text = "written where the program's recorder writes\n";
  if (files->size() > 1 && !arguments.output.empty() && !arguments.output.ends_with('/') &&
      !std::filesystem::is_directory(arguments.output)) {
    return report({"several profiles are written, and -o names one file", "name a directory: -o DIR/"});
  }
  for (const auto& file : *files) {
    const auto path = arguments.output.empty() ? Result<std::string>(file) : copy_to(arguments.output, file);
    if (!path) return report(path.error());
    text += *path + "\n";
  }
  return finish(print(text));
}

}  // namespace

void register_snapshot(Cli& cli) {
  auto* sub = cli.app.add_subcommand("snapshot", "write the profiles of a running recording as of now");
  const auto arguments = std::make_shared<Arguments>();
  sub->footer("The recording goes on. Prints where the profiles are.");
  sub->add_option("-p,--pid", arguments->pid, "the recorded process, or its recorder")
      ->required()
      ->type_name("PID");
  sub->add_option("-o,--output", arguments->output,
                  "copy them to a file or directory/; default: where the recorder writes its own")
      ->type_name("FILE");
  accept_one_dash(cli, *sub);
  sub->callback([&cli, arguments] { cli.run = [arguments] { return run(*arguments); }; });
}

}  // namespace prof::cmd
