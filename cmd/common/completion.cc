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
    if (option->get_group().empty()) continue;  // hidden
    for (const std::string& name : option->get_lnames()) all.push_back({name, option});
  }
  return all;
}

std::string flag_words(const CLI::App& app) {
  std::string words;
  for (const Flag& flag : flags(app)) words += (words.empty() ? "--" : " --") + flag.name;
  return words;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_min() > 0; }

// What the option may be, apart by blanks; empty where that is not known.
std::string values_of(const Flag& flag, const CompletionRules& rules) {
  if (const auto known = rules.values.find(flag.name); known != rules.values.end()) return known->second;
  std::string type = flag.option->get_type_name();
  if (type.find('|') == std::string::npos || type.find('=') != std::string::npos) return "";
  std::replace(type.begin(), type.end(), '|', ' ');
  return type;
}

// Options whose value may be the next word.
struct ValueFlags {
  std::string names;    // the long ones, with dashes
  std::string cluster;  // a regular expression: of the letters behind a dash, the last takes the value
};
ValueFlags value_flags(const CLI::App& app, const std::string& separator) {
  std::string names, letters;
  for (const CLI::Option* option : app.get_options()) {
    if (!takes_value(*option)) continue;
    for (const std::string& name : option->get_lnames()) names += separator + "--" + name;
    for (const std::string& name : option->get_snames()) letters += name;
  }
  return {names.substr(std::min(names.size(), separator.size())), fmt::format("^-[^-{0}]*[{0}]$", letters)};
}

// Ends the function where a word before the last is the program that `runner` runs: "" where there is none.
std::string bash_end_at_program(const CLI::App& app, const std::string& runner) {
  if (runner.empty()) return "";
  const auto [names, cluster] = value_flags(*app.get_subcommand(runner), "|");
  // bash makes words of their own of "=" and ":", wherever they are.
  return fmt::format(R"(  if [[ ${{COMP_WORDS[1]}} == {0} ]]; then
    local at cluster='{2}'
    for ((at = 2; at < COMP_CWORD; at++)); do
      case "${{COMP_WORDS[at]}}" in
        [=:]*) ((at++)) ;;
        {1}) [[ ${{COMP_WORDS[at + 1]}} == = ]] || ((at++)) ;;
        -[!-]*|--?*) [[ ${{COMP_WORDS[at]}} =~ $cluster ]] && ((at++)) ;;
        *) return ;;
      esac
    done
  fi
)",
                     runner, names, cluster);
}

// Branches for the options of `app` whose values are known, behind the words of which `commands` is a
// pattern.
std::string bash_values(const CLI::App& app, const std::string& commands, const CompletionRules& rules) {
  std::string branches;
  for (const Flag& flag : flags(app)) {
    const std::string values = values_of(flag, rules);
    if (!values.empty())
      branches += fmt::format("    {}/--{}) words=\"{}\";;\n", commands, flag.name, values);
  }
  return branches;
}

// `prog` may have dashes, function names not.
std::string bash(const CLI::App& app, const CompletionRules& rules) {
  const auto dashes = [&](const CLI::App& of) { return rules.one_dash.contains(of.get_name()) ? "-" : "--"; };
  std::string words, cases, values;
  for (const CLI::App* sub : subcommands(app)) {
    std::string pattern;
    for (const std::string& name : names(*sub)) {
      words += (words.empty() ? "" : " ") + name;
      pattern += (pattern.empty() ? "" : "|") + name;
    }
    cases += fmt::format("    {}) words=\"{}\" dashes={};;\n", pattern, flag_words(*sub), dashes(*sub));
    values += bash_values(*sub, names(*sub).size() > 1 ? "@(" + pattern + ")" : pattern, rules);
  }
  values += bash_values(app, "*", rules);
  return fmt::format(R"(_{0}_complete() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" words="{1}" dashes={5}
  COMPREPLY=()
{4}  case "${{COMP_WORDS[1]}}" in
{2}  esac
  # bash makes a word of its own of =
  local before=$((COMP_CWORD - 1)) flag=
  if [[ $word == = ]]; then word=; elif [[ ${{COMP_WORDS[before]}} == = ]]; then ((before--)); fi
  ((before > 0)) && flag="${{COMP_WORDS[before]}}"
  [[ $dashes == - && $flag == -[!-]* ]] && flag="-$flag"
  case "${{COMP_WORDS[1]}}/$flag" in
{6}    *) flag=;;
  esac
  if [[ -n $flag ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    return
  fi
  [[ $word == -[!-]* ]] && words="${{words//--/$dashes}}"
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  elif [[ $COMP_CWORD == 1 ]]; then
    COMPREPLY=($(compgen -W "{3}" -- "$word"))
  fi
}}
complete -o default -F _{0}_complete {0}
)",
                     app.get_name(), flag_words(app), cases, words, bash_end_at_program(app, rules.runner),
                     dashes(app), values);
}

// In a directory of $fpath, zsh runs the script for the first completion: then it has to complete, too.
std::string zsh(const CLI::App& app, const CompletionRules& rules) {
  return fmt::format(R"(#compdef {0}
autoload -U +X bashcompinit && bashcompinit
{1}(( ! $+compstate )) || _bash_complete -o default -F _{0}_complete
)",
                     app.get_name(), bash(app, rules));
}

std::string quoted(std::string text) {
  text = text.substr(0, text.find('\n'));
  for (size_t at = 0; (at = text.find_first_of("\\'", at)) != std::string::npos; at += 2)
    text.insert(at, "\\");
  return "'" + text + "'";
}

std::string fish(const CLI::App& app, const CompletionRules& rules) {
  const std::string start = "complete -c " + app.get_name();
  const auto options = [&](const CLI::App& of, const std::string& condition) {
    std::string text;
    for (const Flag& flag : flags(of)) {
      const std::string values = values_of(flag, rules);
      text += fmt::format("{} -n '{}' -l {}{} -d {}\n", start, condition, flag.name,
                          !values.empty()             ? " -x -a '" + values + "'"
                          : takes_value(*flag.option) ? " -r"
                                                      : "",
                          quoted(flag.option->get_description()));
    }
    return text;
  };
  const std::string function = "__" + app.get_name() + "_", first_is = function + "first_is";
  const std::string before_program = function + "before_program";
  std::string text = fmt::format(R"(function {0}
  set -l words (commandline -opc)
  contains -- "$words[2]" $argv
end
)",
                                 first_is);
  if (!rules.runner.empty()) {
    const auto [names, cluster] = value_flags(*app.get_subcommand(rules.runner), " ");
    text += fmt::format(R"(function {0}
  {1} {2}; or return
  set -l words (commandline -opc)[3..-1]
  while set -q words[1]
    string match -qr -- '^-.*[^-]' $words[1]; or return 1
    if contains -- $words[1] {3}; or string match -qr -- '{4}' $words[1]
      set -e words[1]
    end
    set -e words[1]
  end
  true
end
)",
                        before_program, first_is, rules.runner, names, cluster);
  }
  text += options(app, "__fish_use_subcommand");
  for (const CLI::App* sub : subcommands(app)) {
    std::string all;
    for (const std::string& name : names(*sub)) {
      all += " " + name;
      text += fmt::format("{} -n __fish_use_subcommand -a {} -d {}\n", start, name,
                          quoted(sub->get_description()));
    }
    const bool is_runner = sub->get_name() == rules.runner;
    text += options(*sub, is_runner ? before_program : first_is + all);
  }
  return text;
}

}  // namespace

std::optional<std::string> completion_script(const CLI::App& app, const std::string& shell,
                                             const CompletionRules& rules) {
  const struct {
    const char* name;
    std::string (*write)(const CLI::App&, const CompletionRules&);
  } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
  for (const auto& one : shells) {
    if (shell == one.name) return one.write(app, rules);
  }
  return std::nullopt;
}

}  // namespace prof::cmd
