#include "cmd/common/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace prof::cmd {
namespace {

std::vector<const CLI::App*> subcommands(const CLI::App& app) {
  const auto is_shown = [](const CLI::App* sub) { return !sub->get_group().empty(); };
  return app.get_subcommands(is_shown);
}

std::vector<std::string> names(const CLI::App& sub) {
  std::vector<std::string> all = {sub.get_name()};
  for (const std::string& alias : sub.get_aliases()) all.push_back(alias);
  return all;
}

struct Flag {
  std::string name;
  const CLI::Option* option;
};
std::vector<Flag> flags(const CLI::App& app) {
  std::vector<Flag> all;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) all.push_back({name, option});
  }
  return all;
}

std::string flag_words(const CLI::App& app) {
  std::string words;
  for (const Flag& flag : flags(app)) words += (words.empty() ? "--" : " --") + flag.name;
  return words;
}

// `prog` may have dashes, function names not.
std::string bash(const CLI::App& app, const std::set<std::string>& one_dash) {
  std::string words, cases;
  for (const CLI::App* sub : subcommands(app)) {
    std::string pattern;
    for (const std::string& name : names(*sub)) {
      words += (words.empty() ? "" : " ") + name;
      pattern += (pattern.empty() ? "" : "|") + name;
    }
    const char* dashes = one_dash.contains(sub->get_name()) ? "dashes=-" : "";
    cases += fmt::format("    {}) words=\"{}\" {};;\n", pattern, flag_words(*sub), dashes);
  }
  return fmt::format(R"(_{0}_complete() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" words="{1}" dashes=--
  COMPREPLY=()
  case "${{COMP_WORDS[1]}}" in
{2}  esac
  [[ $word == -[!-]* ]] && words="${{words//--/$dashes}}"
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  elif [[ $COMP_CWORD == 1 ]]; then
    COMPREPLY=($(compgen -W "{3}" -- "$word"))
  fi
}}
complete -o default -F _{0}_complete {0}
)",
                     app.get_name(), flag_words(app), cases, words);
}

std::string zsh(const CLI::App& app, const std::set<std::string>& one_dash) {
  return fmt::format("#compdef {}\nautoload -U +X bashcompinit && bashcompinit\n{}", app.get_name(),
                     bash(app, one_dash));
}

std::string quoted(std::string text) {
  text = text.substr(0, text.find('\n'));
  for (size_t at = 0; (at = text.find_first_of("\\'", at)) != std::string::npos; at += 2)
    text.insert(at, "\\");
  return "'" + text + "'";
}

std::string fish(const CLI::App& app, const std::set<std::string>&) {
  const std::string start = "complete -c " + app.get_name();
  const auto options = [&](const CLI::App& of, const std::string& condition) {
    std::string text;
    for (const Flag& flag : flags(of)) {
      const bool takes_value = flag.option->get_items_expected_min() > 0;
      text += fmt::format("{} -n '{}' -l {}{} -d {}\n", start, condition, flag.name, takes_value ? " -r" : "",
                          quoted(flag.option->get_description()));
    }
    return text;
  };
  std::string text = options(app, "__fish_use_subcommand");
  for (const CLI::App* sub : subcommands(app)) {
    std::string all;
    for (const std::string& name : names(*sub)) {
      all += " " + name;
      text += fmt::format("{} -n __fish_use_subcommand -a {} -d {}\n", start, name,
                          quoted(sub->get_description()));
    }
    text += options(*sub, "__fish_seen_subcommand_from" + all);
  }
  return text;
}

}  // namespace

std::optional<std::string> completion_script(const CLI::App& app, const std::string& shell,
                                             const std::set<std::string>& one_dash) {
  const struct {
    const char* name;
    std::string (*write)(const CLI::App&, const std::set<std::string>& one_dash);
  } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
  for (const auto& one : shells) {
    if (shell == one.name) return one.write(app, one_dash);
  }
  return std::nullopt;
}

}  // namespace prof::cmd
