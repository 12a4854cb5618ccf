#include "cmd/prof/report_commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cmd/prof/cli.h"
#include "libprof/base/files.h"
#include "libprof/profile/codec.h"
#include "libprof/report/callgrind.h"
#include "libprof/report/dot.h"
#include "libprof/report/list.h"
#include "libprof/report/proto.h"
#include "libprof/report/raw.h"
#include "libprof/report/tags.h"
#include "libprof/report/top.h"
#include "libprof/report/tree.h"

namespace prof::cmd {
namespace {

using report::Sink;
using report::View;

Result<void> write_top(const View& view, const std::string&, const Sink& sink) {
  sink(report::print(report::top(view)));
  return {};
}

Result<void> write_tree(const View& view, const std::string&, const Sink& sink) {
  sink(report::print(report::tree(view)));
  return {};
}

Result<void> write_peek(const View& view, const std::string& regex, const Sink& sink) {
  const auto tree = report::peek(view, regex);
  if (!tree) return tl::unexpected(tree.error());
  sink(report::print(*tree));
  return {};
}

Result<void> write_list(const View& view, const std::string& regex, const Sink& sink) {
  const auto listing = report::list(view, regex);
  if (!listing) return tl::unexpected(listing.error());
  sink(report::print(*listing));
  const bool is_whole = std::all_of(listing->routines.begin(), listing->routines.end(),
                                    [](const report::Routine& routine) { return routine.error.empty(); });
  if (!is_whole) {
    show(
        {"some source files were not found; --source_path=DIR says where they are, --trim_path=PREFIX what "
         "to "
         "cut from their names"});
  }
  return {};
}

Result<void> write_traces(const View& view, const std::string&, const Sink& sink) {
  report::print_traces(view, sink);
  return {};
}

Result<void> write_raw(const View& view, const std::string&, const Sink& sink) {
  report::print_raw(view, sink);
  return {};
}

Result<void> write_tags(const View& view, const std::string&, const Sink& sink) {
  sink(report::print_tags(report::tags(view), view));
  return {};
}

Result<void> write_comments(const View& view, const std::string&, const Sink& sink) {
  for (const StringId comment : view.profile().comments) {
    sink(fmt::format("{}\n", view.profile().string(comment)));
  }
  return {};
}

Result<void> write_dot(const View& view, const std::string&, const Sink& sink) {
  sink(report::print_dot(view));
  return {};
}

Result<void> write_callgrind(const View& view, const std::string&, const Sink& sink) {
  sink(report::print_callgrind(view));
  return {};
}

Result<void> write_proto(const View& view, const std::string&, const Sink& sink) {
  sink(encode_profile(report::filtered_profile(view)));
  return {};
}

Result<void> write_topproto(const View& view, const std::string&, const Sink& sink) {
  sink(encode_profile(report::top_profile(view)));
  return {};
}

constexpr ReportCommand kCommands[] = {
    {"top", "text", false, "the functions that cost most, by their own value (flat) or with callees (--cum)",
     write_top},
    {"tree", nullptr, false, "each function between its callers and its callees", write_tree},
    {"peek", nullptr, true, "callers and callees of the functions that match a regular expression",
     write_peek},
    {"list", nullptr, true, "the source of the functions that match, with the cost of each line", write_list},
    {"traces", nullptr, false, "every sample with its stack and its tags", write_traces},
    {"tags", nullptr, false, "what each tag (label) of the samples accounts for", write_tags},
    {"raw", nullptr, false, "everything the profile has, as text", write_raw, "addresses"},
    {"comments", nullptr, false, "the profile's comments", write_comments},
    {"dot", nullptr, false, "the call graph for Graphviz: `prof dot cpu.prof | dot -Tsvg`", write_dot},
    {"callgrind", nullptr, false, "the call graph for KCachegrind", write_callgrind, "addresses",
     "callgraph.out"},
    {"proto", nullptr, false, "what the filters leave, as a profile", write_proto, "addresses", "pb.gz"},
    {"topproto", nullptr, false, "the rows of top, as a profile", write_topproto, nullptr, "pb.gz"},
};

// The first of profile001.EXT, ... that is not there.
Result<std::string> free_name(const char* extension) {
  for (int number = 1; number < 1000; number++) {
    std::string name = fmt::format("profile{:03}.{}", number, extension);
    if (::access(name.c_str(), F_OK) != 0) return name;
  }
  return fail(
      fmt::format("cannot find a name for the report: profile001.{0} to profile999.{0} are taken", extension),
      "name one with --output=FILE");
}

}  // namespace

std::span<const ReportCommand> report_commands() { return kCommands; }

const ReportCommand* find_report(std::string_view name) {
  const auto found = std::find_if(std::begin(kCommands), std::end(kCommands), [&](const ReportCommand& c) {
    return name == c.name || (c.alias != nullptr && name == c.alias);
  });
  return found == std::end(kCommands) ? nullptr : found;
}

Result<void> write_report(const ReportCommand& command, const Profile& profile, report::Options options,
                          const std::string& regex, const std::string& output) {
  if (command.granularity != nullptr) {
    options.granularity = command.granularity;
    options.trim = false;
  }
  const auto view = View::make(profile, options);
  if (!view) return tl::unexpected(view.error());
  show(view->warnings());

  std::string file = output;
  if (file.empty() && command.extension != nullptr && ::isatty(STDOUT_FILENO) != 0) {
    auto name = free_name(command.extension);
    if (!name) return tl::unexpected(name.error());
    file = std::move(*name);
  }
  if (!file.empty()) {
    std::string text;
    const auto done = command.write(*view, regex, [&](std::string_view part) { text += part; });
    if (!done) return done;
    fmt::print(stderr, "Generating report in {}\n", file);
    return write_file_atomically(file, text);
  }
  bool is_written = true;
  const auto done = command.write(*view, regex, [&](std::string_view text) {
    is_written = is_written && std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  });
  if (!done) return done;
  if (!is_written || std::fflush(stdout) != 0) {
    return fail(fmt::format("cannot write standard output: {}", std::strerror(errno)), "free some space");
  }
  return {};
}

}  // namespace prof::cmd
