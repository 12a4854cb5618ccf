// The text reports: one table, then parse, read, compute, print.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "cmd/prof/commands.h"
#include "cmd/prof/options.h"
#include "libprof/profile/codec.h"
#include "libprof/report/list.h"
#include "libprof/report/raw.h"
#include "libprof/report/tags.h"
#include "libprof/report/top.h"
#include "libprof/report/traces.h"
#include "libprof/report/tree.h"

namespace prof::cmd {
namespace {

using report::Sink;
using report::View;

struct Request {
  std::string regex;
  std::string file;
  report::Options options;
  DecodeOptions decode;
};

// Writes one report. Its Error is about the report, not about writing.
using Write = Result<void> (*)(const View& view, const Request& request, const Sink& sink);

Result<void> write_top(const View& view, const Request&, const Sink& sink) {
  sink(report::print(report::top(view)));
  return {};
}

Result<void> write_tree(const View& view, const Request&, const Sink& sink) {
  sink(report::print(report::tree(view)));
  return {};
}

Result<void> write_peek(const View& view, const Request& request, const Sink& sink) {
  const auto tree = report::peek(view, request.regex);
  if (!tree) return tl::unexpected(tree.error());
  sink(report::print(*tree));
  return {};
}

Result<void> write_list(const View& view, const Request& request, const Sink& sink) {
  const auto listing = report::list(view, request.regex);
  if (!listing) return tl::unexpected(listing.error());
  sink(report::print(*listing));
  for (const report::Routine& routine : listing->routines) {
    if (routine.error.empty()) continue;
    show(
        {"some source files were not found; --source_path=DIR says where they are, --trim_path=PREFIX what "
         "to "
         "cut from their names"});
    break;
  }
  return {};
}

Result<void> write_traces(const View& view, const Request&, const Sink& sink) {
  report::print_traces(view, sink);
  return {};
}

Result<void> write_raw(const View& view, const Request&, const Sink& sink) {
  report::print_raw(view, sink);
  return {};
}

Result<void> write_tags(const View& view, const Request&, const Sink& sink) {
  sink(report::print_tags(report::tags(view), view));
  return {};
}

Result<void> write_comments(const View& view, const Request&, const Sink& sink) {
  for (const StringId comment : view.profile().comments)
    sink(fmt::format("{}\n", view.profile().string(comment)));
  return {};
}

struct Command {
  const char* name;
  const char* alias;  // nullptr: none
  bool has_regex;
  const char* summary;
  Write write;
};

constexpr Command kCommands[] = {
    {"top", "text", false, "the functions that cost most, by their own value (flat) or with callees (--cum)",
     write_top},
    {"tree", nullptr, false, "each function between its callers and its callees", write_tree},
    {"peek", nullptr, true, "callers and callees of the functions that match a regular expression",
     write_peek},
    {"list", nullptr, true, "the source of the functions that match, with the cost of each line", write_list},
    {"traces", nullptr, false, "every sample with its stack and its tags", write_traces},
    {"tags", nullptr, false, "what each tag (label) of the samples accounts for", write_tags},
    {"raw", nullptr, false, "everything the profile has, as text", write_raw},
    {"comments", nullptr, false, "the profile's comments", write_comments},
};

int run(const Command& command, const Request& request) {
  if (request.file.empty() || (command.has_regex && request.regex.empty())) {
    return report(
        {fmt::format("`prof {}` needs {}a profile", command.name, command.has_regex ? "a function and " : ""),
         fmt::format("for example `prof {}{} cpu.prof`; `-` reads standard input, `prof record` makes one",
                     command.name, command.has_regex ? " main" : "")},
        ExitCode::kUsage);
  }
  const auto profile = read_profile(request.file, request.decode);
  if (!profile) return report(profile.error());
  show(profile->warnings);
  const auto view = View::make(*profile, request.options);
  if (!view) return report(view.error());
  show(view->warnings());
  bool is_written = true;
  const Sink sink = [&](std::string_view text) {
    is_written = is_written && std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  };
  const auto done = command.write(*view, request, sink);
  if (!done) return report(done.error());
  if (!is_written || std::fflush(stdout) != 0) {
    return report({fmt::format("cannot write standard output: {}", std::strerror(errno)), "free some space"});
  }
  return static_cast<int>(ExitCode::kOk);
}

}  // namespace

void register_reports(Cli& cli) {
  for (const Command& command : kCommands) {
    CLI::App& app = *cli.app.add_subcommand(command.name, command.summary);
    if (command.alias != nullptr) app.alias(command.alias);
    const auto request = std::make_shared<Request>();
    if (command.has_regex) app.add_option("REGEX", request->regex, "functions, by part of their name");
    app.add_option("FILE", request->file, "a pprof profile; - reads standard input");
    app.add_option("--max_inflated,--max-inflated", request->decode.max_inflated,
                   "largest decompressed size that is read (default: 100 times the file's, at least 64 MiB)")
        ->type_name("BYTES");
    add_report_options(app, request->options);
    app.footer(fmt::format(
        "Example: prof {}{} cpu.prof\nLong options also take one dash, as in pprof: -nodecount=20",
        command.name, command.has_regex ? " main" : ""));
    app.callback(
        [&cli, &command, request] { cli.run = [&command, request] { return run(command, *request); }; });
    accept_one_dash(cli, app);
  }
}

}  // namespace prof::cmd
