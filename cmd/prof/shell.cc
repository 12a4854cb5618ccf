#include "cmd/prof/shell.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <sstream>

#include "cmd/common/output.h"
#include "cmd/prof/commands.h"
#include "cmd/prof/line_editor.h"
#include "cmd/prof/options.h"
#include "cmd/prof/shell_command.h"
#include "cmd/prof/shell_help.h"
#include "cmd/prof/source_options.h"
#include "cmd/prof/sources.h"
#include "cmd/prof/symbol_options.h"
#include "libprof/report/header.h"

namespace prof::cmd {
namespace {

class Shell {
 public:
  Shell(const Profile& profile, report::Options options) : profile_(profile), options_(std::move(options)) {
    options_.compact_labels = true;
    for (const auto& type : profile.sample_types()) types_.emplace_back(profile.string(type.type));
  }

  void greet() const {
    const auto view = report::View::make(profile_, options_);
    if (view) {
      say("{}", report::join_lines(report::profile_header(*view, view->value())));
      if (view->total() == 0 && types_.size() > 1) {
        say("There are no samples of this type; sample_index=TYPE shows another.\n");
      }
    }
    say("Interactive mode: \"help\" lists the commands, \"o\" the options, \"q\" ends it\n");
  }

  // False where the shell ends.
  bool execute(const std::string& line) {
    for (const std::string& input : expand(line)) {
      const auto assigned = assign(options_, types_, input);
      if (!assigned) {
        say("{}\n", assigned.error().message());
        continue;
      }
      if (*assigned) continue;
      std::istringstream text(input);
      std::vector<std::string> words;
      for (std::string word; text >> word;) words.push_back(word);
      if (words.empty()) continue;
      if (words[0] == "q" || words[0] == "quit" || words[0] == "exit") return false;
      if (words[0] == "o" || words[0] == "options") {
        say("{}\n", list_options(options_, types_));
      } else if (words[0] == "help") {
        say("{}\n", words.size() > 1 ? help_on(words[1]) : help());
      } else {
        run(words);
      }
    }
    return true;
  }

  std::vector<std::string> complete(const std::string& line, const std::string& word) {
    const size_t sign = line.find('=');
    const auto* option =
        sign == std::string::npos ? nullptr : report::find_option(trimmed(line.substr(0, sign)));
    if (option != nullptr) return complete_value(*option, line, word, sign + 1);
    const bool is_first = line.find_first_not_of(" \t") == line.size() - word.size();
    if (is_first || line.starts_with("help ")) return starting_with(word, names_to_complete(types_));
    if (line.starts_with("tags ")) return {};
    return containing(word, functions());
  }

 private:
  static std::string trimmed(const std::string& line) {
    const size_t first = line.find_first_not_of(" \t\r"), last = line.find_last_not_of(" \t\r");
    return first == std::string::npos ? "" : line.substr(first, last - first + 1);
  }

  const std::vector<std::string>& functions() {
    if (functions_.empty()) functions_ = function_patterns(profile_);
    return functions_;
  }

  // "NAME=VALUE", of which `word` is all, or the value where blanks are around the sign. The value begins at
  // `start` or later.
  std::vector<std::string> complete_value(const report::OptionInfo& option, const std::string& line,
                                          const std::string& word, size_t start) {
    const size_t word_start = line.size() - word.size(), kept = start > word_start ? start - word_start : 0;
    const std::string part = word.substr(kept);
    auto values = matches_functions(option) ? containing(part, functions())
                                            : starting_with(part, values_of(option, types_));
    for (std::string& value : values) value.insert(0, word, 0, kept);
    return values;
  }

  std::vector<std::string> expand(const std::string& line) const {
    const std::string input = trimmed(line);
    if (input == ":") return {"focus=", "ignore=", "hide=", "tagfocus=", "tagignore="};
    for (const std::string& type : types_) {
      if (input == type) return {"sample_index=" + type};
      if (input == "total_" + type) return {"mean=0", "sample_index=" + type};
      if (input == "mean_" + type) return {"mean=1", "sample_index=" + type};
    }
    return {input};
  }

  void run(const std::vector<std::string>& words) const {
    const auto request = parse_shell_command(words, options_);
    if (!request) return say("{}\n", request.error().message());
    const auto done = write_report(profile_, *request);
    if (!done) say("{}\n", done.error().message());
  }

  const Profile& profile_;
  report::Options options_;
  std::vector<std::string> types_, functions_;
};

}  // namespace

void run_shell(const Profile& profile, const report::Options& options, bool is_pprof) {
  Shell shell(profile, options);
  const std::string prompt = is_pprof ? "(pprof) " : "(prof) ";
  const bool is_typed = ::isatty(STDIN_FILENO) == 1;
  if (is_pprof || is_typed) shell.greet();
  if (can_edit_lines()) {
    LineEditor editor(
        prompt, [&](const std::string& line, const std::string& word) { return shell.complete(line, word); });
    while (const auto line = editor.read()) {
      if (!shell.execute(*line)) return;
    }
    return;
  }
  for (std::string line;;) {
    if (is_pprof || is_typed) std::fputs(prompt.c_str(), stdout);
    std::fflush(stdout);
    if (!std::getline(std::cin, line) || !shell.execute(line)) return;
  }
}

void register_shell(Cli& cli) {
  struct Request {
    Sources sources;
    report::Options options;
  };
  const auto request = std::make_shared<Request>();
  CLI::App& app = *cli.app.add_subcommand("shell", "ask one profile several questions, interactively");
  app.add_option("FILE", request->sources.files, "profiles, by path or pattern: several are merged")
      ->required();
  add_symbol_options(app, request->sources.symbols);
  add_source_options(app, request->sources);
  add_report_options(app, request->options);
  app.footer("Example: prof shell cpu.prof\nCommands are pprof's: top10, list REGEX, focus=REGEX, help");
  app.callback([&cli, request] {
    cli.run = [request] {
      const auto profile = load(request->sources);
      if (!profile) return report(profile.error());
      run_shell(*profile, request->options, false);
      return static_cast<int>(ExitCode::kOk);
    };
  });
  accept_one_dash(cli, app);
}

}  // namespace prof::cmd
