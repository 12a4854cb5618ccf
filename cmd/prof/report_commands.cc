#include "cmd/prof/report_commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "cmd/common/color.h"
#include "cmd/common/output.h"
#include "cmd/prof/cli.h"
#include "cmd/prof/graphviz.h"
#include "cmd/prof/viewer.h"
#include "libprof/base/files.h"
#include "libprof/profile/codec.h"
#include "libprof/report/callgrind.h"
#include "libprof/report/dot.h"
#include "libprof/report/proto.h"
#include "libprof/report/raw.h"
#include "libprof/report/tabulate.h"
#include "libprof/report/weblist.h"
#include "libprof/symbols/debuginfod.h"

namespace prof::cmd {
namespace {

using report::Sink;
using report::View;

// From a function that makes the result struct of a report: the two ways to write it.
template <auto compute>
Result<void> write(const View& view, const std::string& regex, const Sink& sink) {
  const auto result = compute(view, regex);
  if (!result) return tl::unexpected(result.error());
  sink(report::print(*result));
  return {};
}

template <auto compute>
Result<void> write_colored(const View& view, const std::string& regex, const Sink& sink) {
  const auto result = compute(view, regex);
  if (!result) return tl::unexpected(result.error());
  sink(report::print(*result, true));
  return {};
}

template <auto compute>
Result<void> tabulate(const char* name, const View& view, const std::string& regex,
                      report::TableWriter& out) {
  const auto result = compute(view, regex);
  if (!result) return tl::unexpected(result.error());
  report::tabulate(name, view, *result, out);
  return {};
}

template <void (*print)(std::string_view, const View&, report::TableWriter&)>
Result<void> tabulate_view(const char* name, const View& view, const std::string&, report::TableWriter& out) {
  print(name, view, out);
  return {};
}

Result<report::Top> top(const View& view, const std::string&) { return report::top(view); }
Result<report::Tree> tree(const View& view, const std::string&) { return report::tree(view); }
Result<std::vector<report::Tag>> tags(const View& view, const std::string&) { return report::tags(view); }

// Servers know source by its program's build id.
bool could_ask_debuginfod(const Profile& profile) {
  const auto mappings = profile.mappings();
  return !symbols::debuginfod_is_on() &&
         std::any_of(mappings.begin(), mappings.end(), [](const Mapping& m) { return m.build_id != 0; });
}

Result<report::Listing> list(const View& view, const std::string& regex) {
  auto listing = report::list(view, regex);
  const bool is_whole =
      !listing || std::all_of(listing->routines.begin(), listing->routines.end(),
                              [](const report::Routine& routine) { return routine.error.empty(); });
  if (!is_whole) {
    show({std::string("some source files were not found; --source_path=DIR says where they are, "
                      "--trim_path=PREFIX what to cut from their names") +
          (could_ask_debuginfod(view.profile())
               ? "; DEBUGINFOD_URLS, which is not set, names the servers that are asked for them"
               : "")});
  }
  return listing;
}

Result<report::Disassembly> disasm(const View& view, const std::string& regex) {
  auto disassembly = report::disasm(view, regex);
  if (disassembly) show(disassembly->warnings);
  return disassembly;
}

Result<report::WebListing> weblist(const View& view, const std::string& regex) {
  auto listing = report::weblist(view, regex);
  if (listing) show(listing->warnings);
  return listing;
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
  if (view.is_whole()) {
    encode_profile(view.profile(), sink);
  } else {
    encode_profile(report::filtered_profile(view), sink);
  }
  return {};
}

Result<void> write_topproto(const View& view, const std::string&, const Sink& sink) {
  sink(encode_profile(report::top_profile(view)));
  return {};
}

constexpr const char* kKcachegrind[] = {"kcachegrind"};
constexpr const char* kEog[] = {"eog"};
constexpr const char* kEvince[] = {"evince"};
constexpr const char* kGv[] = {"gv --noantialias"};
constexpr const char* kBrowsers[] = {kBrowser};

constexpr ReportCommand kCommands[] = {
    {"top", "text", false, "the functions that cost most, by their own value (flat) or with callees (--cum)",
     write<top>, tabulate<top>},
    {"tree", nullptr, false, "each function between its callers and its callees", write<tree>,
     tabulate<tree>},
    {"peek", nullptr, true, "callers and callees of the functions that match a regular expression",
     write<report::peek>, tabulate<report::peek>},
    {"list",
     nullptr,
     true,
     "the source of the functions that match, with the cost of each line",
     write<list>,
     tabulate<list>,
     nullptr,
     nullptr,
     nullptr,
     {},
     false,
     write_colored<list>,
     "lines"},
    {"disasm",
     nullptr,
     true,
     "the instructions of the functions that match, with the cost of each",
     write<disasm>,
     tabulate<disasm>,
     "addresses",
     nullptr,
     nullptr,
     {},
     true,
     write_colored<disasm>,
     "instructions"},
    {"weblist", nullptr, true, "the source with costs and instructions, as a page in a browser",
     write<weblist>, nullptr, "addresses", "html", nullptr, kBrowsers},
    {"traces", nullptr, false, "every sample with its stack and its tags", write_traces,
     tabulate_view<report::tabulate_traces>},
    {"tags", nullptr, false, "what each tag (label) of the samples accounts for", write_tags, tabulate<tags>},
    {"raw", nullptr, false, "everything the profile has, as text", write_raw,
     tabulate_view<report::tabulate_raw>, "addresses"},
    {"comments", nullptr, false, "the profile's comments", write_comments,
     tabulate_view<report::tabulate_comments>},
    {"dot", nullptr, false, "the call graph for Graphviz", write_dot},
    {"svg", nullptr, false, "the call graph as SVG, drawn by Graphviz", write_dot, nullptr, nullptr, "svg",
     "svg"},
    {"png", nullptr, false, "the call graph as PNG", write_dot, nullptr, nullptr, "png", "png"},
    {"pdf", nullptr, false, "the call graph as PDF", write_dot, nullptr, nullptr, "pdf", "pdf"},
    {"ps", nullptr, false, "the call graph as PostScript", write_dot, nullptr, nullptr, "ps", "ps"},
    {"gif", nullptr, false, "the call graph as GIF", write_dot, nullptr, nullptr, "gif", "gif"},
    {"callgrind", nullptr, false, "the call graph for KCachegrind", write_callgrind, nullptr, "addresses",
     "callgraph.out"},
    {"proto", nullptr, false, "what the filters leave, as a profile", write_proto, nullptr, "addresses",
     "pb.gz"},
    {"topproto", nullptr, false, "the rows of top, as a profile", write_topproto, nullptr, nullptr, "pb.gz"},
    {"web", nullptr, false, "the call graph in a browser", write_dot, nullptr, nullptr, "svg", "svg",
     kBrowsers},
    {"kcachegrind", nullptr, false, "the call graph in KCachegrind", write_callgrind, nullptr, "addresses",
     "grind", nullptr, kKcachegrind},
    {"evince", nullptr, false, "the call graph as PDF in evince", write_dot, nullptr, nullptr, "pdf", "pdf",
     kEvince},
    {"eog", nullptr, false, "the call graph as SVG in eog", write_dot, nullptr, nullptr, "svg", "svg", kEog},
    {"gv", nullptr, false, "the call graph as PostScript in gv", write_dot, nullptr, nullptr, "ps", "ps",
     kGv},
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

// Piece by piece: a report may be as long as the profile.
Result<void> compose(const ReportRequest& request, const View& view, bool is_colored, const Sink& sink) {
  const ReportCommand& command = *request.command;
  if (request.format == "text") {
    const auto write = is_colored && command.write_colored != nullptr ? command.write_colored : command.write;
    return write(view, request.regex, sink);
  }
  for (const report::TableFormat& format : report::table_formats()) {
    if (request.format != format.name) continue;
    const auto out = format.make(sink);
    const auto done = command.tabulate(command.name, view, request.regex, *out);
    if (done) out->end();
    return done;
  }
  return fail(fmt::format("there is no format '{}'", request.format));
}

Result<void> stream(const ReportRequest& request, const View& view) {
  Result<void> printed;
  const bool is_colored = wants_color();
  const auto done = compose(request, view, is_colored, [&](std::string_view text) {
    if (printed)
      printed = print_part(
          text, is_colored && request.command->write_colored != nullptr ? Colors::kOwn : Colors::kNone);
  });
  if (!done) return done;
  return printed ? print("") : printed;
}

}  // namespace

std::span<const ReportCommand> report_commands() { return kCommands; }

const ReportCommand* find_report(std::string_view name) {
  const auto found = std::find_if(std::begin(kCommands), std::end(kCommands), [&](const ReportCommand& c) {
    return name == c.name || (c.alias != nullptr && name == c.alias);
  });
  return found == std::end(kCommands) ? nullptr : found;
}

Result<void> write_report(const Profile& profile, ReportRequest request) {
  const ReportCommand& command = *request.command;
  if (command.granularity != nullptr) {
    request.options.granularity = command.granularity;
    request.options.trim = false;
  }
  request.options.noinlines |= command.noinlines;
  request.options.terminal_names = request.format == "text" && request.options.output.empty() &&
                                   command.extension == nullptr && ::isatty(STDOUT_FILENO) == 1;
  const auto view = View::make(profile, request.options);
  if (!view) return tl::unexpected(view.error());
  show(view->warnings());

  std::string file = request.options.output;
  const bool is_viewed = file.empty() && !command.viewers.empty();
  const bool is_file = command.extension != nullptr && (request.is_shell || ::isatty(STDOUT_FILENO) != 0);
  if (file.empty() && !is_viewed && is_file) {
    auto name = free_name(command.extension);
    if (!name) return tl::unexpected(name.error());
    file = std::move(*name);
  }
  if (file.empty() && !is_viewed && command.picture == nullptr) return stream(request, *view);

  std::string text;
  const auto done = compose(request, *view, false, [&](std::string_view part) { text += part; });
  if (!done) return done;
  if (command.picture != nullptr) {
    auto picture = draw_graph(text, command.picture);
    if (!picture) return tl::unexpected(picture.error());
    text = std::move(*picture);
  }
  if (is_viewed) return view_data(text, command.extension, command.viewers, request.is_shell);
  if (file.empty()) return print(text);
  say("Generating report in {}\n", file);
  return write_file_atomically(file, text);
}

}  // namespace prof::cmd
