#include <fmt/format.h>
#include <unistd.h>

#include "cmd/common/output.h"
#include "cmd/prof/commands.h"
#include "cmd/prof/progress.h"
#include "cmd/prof/record_summary.h"

namespace prof::cmd {
namespace {

struct Arguments {
  record::CollectOptions options;
  int report_fd = -1;
};

// For the process that records itself: what went wrong, or nothing; then a zero byte, which a killed
// collector owes it.
void tell(int fd, const std::string& text) {
  if (fd < 0) return;
  [[maybe_unused]] const ssize_t written = ::write(fd, text.c_str(), text.size() + 1);
  ::close(fd);
}

int run(const Arguments& arguments) {
  record::CollectOptions options = arguments.options;
  options.remove = arguments.report_fd >= 0;  // prof_start made it
  if (arguments.report_fd < 0) options.progress = terminal_progress("prof: reading symbols:");
  const auto recording = record::collect(options);
  options.progress = nullptr;
  const Error* error = !recording                     ? &recording.error()
                       : recording->error.has_value() ? &*recording->error
                                                      : nullptr;
  if (error != nullptr) {
    tell(arguments.report_fd, error->message());
    return arguments.report_fd < 0 ? report(*error) : static_cast<int>(ExitCode::kFailure);
  }
  if (arguments.report_fd < 0) {
    show(recording->warnings);
    say("{}", record_summary(*recording));
  }
  tell(arguments.report_fd, recording->saved_elsewhere ? recording->warnings.back() : "");
  return static_cast<int>(recording->saved_elsewhere ? ExitCode::kFailure : ExitCode::kOk);
}

}  // namespace

void register_collect(Cli& cli) {
  auto* sub = cli.app.add_subcommand("collect", "make profiles of what a killed prof record left");
  const auto arguments = std::make_shared<Arguments>();
  sub->add_option("DIRECTORY", arguments->options.directory, "the directory of the spools: /tmp/prof-XXXXXX")
      ->required();
  sub->add_option("--output-dir", arguments->options.output_directory,
                  "where the profiles go; default: the working directory")
      ->type_name("DIR");
  sub->add_flag("--follow", arguments->options.follow, "until the recorded processes end or stop recording");
  sub->add_option("--report-fd", arguments->report_fd,
                  "descriptor that gets the error, if any, and a zero byte; nothing is printed")
      ->type_name("FD");
  accept_one_dash(cli, *sub);
  sub->callback([&cli, arguments] { cli.run = [arguments] { return run(*arguments); }; });
}

}  // namespace prof::cmd
