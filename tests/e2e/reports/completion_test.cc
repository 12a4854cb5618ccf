// The completion scripts, as the shells run them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>

#include "tests/support/files.h"
#include "tests/support/process.h"

using namespace prof::test;
using Catch::Matchers::Contains;

namespace {

// What bash offers for the last of `words`, as COMPREPLY.
std::vector<std::string> offered(const std::string& program, const std::string& words) {
  const std::string script = "eval \"$('" + tool(program) + "' completion bash)\"\nCOMP_WORDS=(" + words +
                             ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_" + program +
                             "_complete\n((${#COMPREPLY[@]} == 0)) || printf '%s\\n' \"${COMPREPLY[@]}\"\n";
  const Outcome outcome = run({"bash", "--norc", "-c", script});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.err.empty());
  std::istringstream lines(outcome.out);
  std::vector<std::string> all;
  for (std::string line; std::getline(lines, line);) all.push_back(line);
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

TEST_CASE("bash completes commands, their options, and leaves file names to itself") {
  using Words = std::vector<std::string>;
  const struct {
    const char* typed;
    Words offered;
  } kCases[] = {
      {"prof sn", {"snapshot"}},
      {"prof te", {"text"}},  // an alias
      {"prof top --nodec", {"--nodecount"}},
      {"prof text --nodec", {"--nodecount"}},
      {"prof top -nodec", {"-nodecount"}},
      {"prof list main cpu.prof --source", {"--source_path", "--source-path"}},
      {"prof record --max", {"--max-memory"}},
      {"prof record -max", {}},  // -m ax is what that would be
      {"prof record -q -F 9 -o out --max", {"--max-memory"}},
      {"prof record --output = out --max", {"--max-memory"}},  // bash's words of --output=out
      {"prof record ./app --max", {}},                         // what follows the program is its own
      {"prof record -o out ./app --max", {}},
      {"prof record --output = out ./app --max", {}},
      {"prof record -- --max", {}},
      {"prof record -qF 9 --max", {"--max-memory"}},     // the value of a cluster's last letter
      {"prof record -oF ./app --max", {}},               // F is what -o takes
      {"prof record -o a : b --max", {"--max-memory"}},  // bash's words of -o a:b
      {"prof record -o a : b ./app --max", {}},
      {"prof pprof -call_t", {"-call_tree"}},
      {"prof pprof -topp", {"-topproto"}},
      {"prof --ver", {"--version"}},
      {"prof top cpu", {}},
      {"prof top --output=f", {}},
      {"prof nothing", {}},
  };
  for (const auto& one : kCases) {
    INFO(one.typed);
    Words expected = one.offered;
    std::sort(expected.begin(), expected.end());
    CHECK(offered("prof", one.typed) == expected);
  }
  const Words commands = offered("prof", "prof ''");
  for (const char* name : {"record", "top", "list", "flame", "web", "diff", "pprof", "doctor"}) {
    CHECK(std::count(commands.begin(), commands.end(), name) == 1);
  }
}

TEST_CASE("benchcmp is completed like prof: its subcommands, and flags with one dash or two") {
  using Words = std::vector<std::string>;
  const struct {
    const char* typed;
    Words offered;
  } kCases[] = {{"benchcmp cal", {"calibrate"}},
                {"benchcmp old.txt --fail-on-r", {"--fail-on-regression"}},
                {"benchcmp -fail-on-m", {"-fail-on-missing"}},
                {"benchcmp run --inter", {"--interleave"}},
                {"benchcmp run --fail-on-m", {"--fail-on-missing"}},
                {"benchcmp history -new", {"-newest"}},
                {"benchcmp --format ''", {"csv", "html", "json", "markdown", "text"}},  // it offered files
                {"benchcmp -sort = d", {"delta"}},  // bash's words of -sort=d
                {"benchcmp --color =", {"always", "auto", "never"}},
                {"benchcmp old --correction b", {"bh"}},
                {"benchcmp history --format m", {}},  // it has no Markdown
                {"benchcmp run --input-format pyp", {"pyperf"}},
                {"benchcmp --better ''", {}},
                {"benchcmp --man", {}},  // for the build, not for people
                {"benchcmp old", {}}};
  for (const auto& one : kCases) {
    INFO(one.typed);
    CHECK(offered("benchcmp", one.typed) == one.offered);
  }
  for (const char* shell : {"zsh", "fish"}) {
    CHECK_THAT(run({tool("benchcmp"), "completion", shell}).out, Contains("benchcmp"));
  }
  CHECK(run({tool("benchcmp"), "completion", "tcsh"}).code == 2);
  CHECK(run({tool("benchcmp"), "completion"}).code == 2);
}

TEST_CASE("on a terminal, the tab key completes with the script") {
  if (!has_program("script")) {
    WARN("skipped: no script(1)");
    return;
  }
  TempDir directory;
  write(directory.file("measured.prof"), "");
  write(directory.file("rc"), "eval \"$(prof completion bash)\"\nprof() { printf '<%s>' \"$@\"; }\nPS1=\n");
  Run options;
  options.directory = directory.path();
  options.env["PATH"] = std::filesystem::path(tool("prof")).parent_path().string() + ":/usr/bin:/bin";
  options.input = "prof snap\t-x; prof top --nodec\t=3 meas\t; exit\n";
  const Outcome outcome = run({"script", "-qec", "bash --rcfile rc -i", "/dev/null"}, options);
  CHECK_THAT(outcome.out, Contains("<snapshot><-x>"));
  CHECK_THAT(outcome.out, Contains("<measured.prof>"));
}

TEST_CASE("zsh and fish have scripts of the same words, and other shells an error") {
  CHECK_THAT(run({tool("prof"), "completion", "zsh"}).out,
             Contains("#compdef prof\n") && Contains("bashcompinit") && Contains("_prof_complete"));
  CHECK_THAT(run({tool("prof"), "completion", "fish"}).out,
             Contains("complete -c prof -n __fish_use_subcommand -a snapshot -d '") &&
                 Contains("complete -c prof -n '__prof_first_is top text' -l nodecount -r -d '"));
  for (const char* shell : {"zsh", "fish"}) {
    if (!has_program(shell)) continue;
    const std::string script = run({tool("prof"), "completion", shell}).out;
    Run options;
    options.input = script;
    CHECK(run({shell, "-n"}, options).code == 0);
  }
  CHECK(run({tool("prof"), "completion", "tcsh"}).code == 2);
}

TEST_CASE("fish completes: options by the first word, none of ours behind the program") {
  if (!has_program("fish")) {
    WARN("skipped: no fish");
    return;
  }
  TempDir directory;
  write(directory.file("prof.fish"), run({tool("prof"), "completion", "fish"}).out);
  const struct {
    const char* typed;
    const char* offered;
  } kCases[] = {{"prof sn", "snapshot"},
                {"prof text --nodec", "--nodecount"},
                {"prof record --max", "--max-memory"},
                {"prof record -o out --per-process --max", "--max-memory"},
                {"prof record --output=out --max", "--max-memory"},
                {"prof record top --nodec", ""},  // a program called top
                {"prof record ./app --max", ""},
                {"prof record -o out ./app --max", ""},
                {"prof record -- --max", ""}};
  for (const auto& one : kCases) {
    Run options;
    options.directory = directory.path();
    options.env["HOME"] = directory.path();
    const Outcome outcome =
        run({"fish", "-N", "-c", "source prof.fish; complete -C '" + std::string(one.typed) + "'"}, options);
    CAPTURE(one.typed, outcome.err);
    CHECK(outcome.out.substr(0, outcome.out.find_first_of("\t\n")) == one.offered);
  }
}

TEST_CASE("zsh completes by the script in a directory of $fpath, from the first tab on: it took two") {
  if (!has_program("zsh") || !has_program("script")) {
    WARN("skipped: no zsh or no script(1)");
    return;
  }
  TempDir directory;
  write(directory.file("_prof"), run({tool("prof"), "completion", "zsh"}).out);
  write(directory.file(".zshrc"),
        "fpath=($PWD $fpath)\nautoload -U compinit && compinit -u -D\nprof() { printf '<%s>' \"$@\" }\n");
  Run options;
  options.directory = directory.path();
  options.env["ZDOTDIR"] = directory.path();
  options.input = "prof snap\t-x; prof record --max\t1; prof record ./app --max\t2; exit\n";
  const Outcome outcome = run({"script", "-qec", "zsh -i", "/dev/null"}, options);
  CHECK_THAT(outcome.out, Contains("<snapshot><-x>") && Contains("<record><--max-memory><1>") &&
                              Contains("<record><./app><--max2>"));
}

TEST_CASE("help of every command fits a terminal, and tells no type or check of the parser") {
  const std::string all = run({tool("prof"), "--help"}).out;
  std::istringstream lines(all.substr(all.find("Subcommands:")));
  std::string line;
  std::getline(lines, line);
  std::vector<std::string> commands = {""};
  while (std::getline(lines, line)) {
    if (line.size() > 2 && line[2] != ' ')
      commands.push_back(line.substr(2, line.find_first_of(" ,", 2) - 2));
  }
  CHECK(commands.size() > 25);
  for (const std::string& command : commands) {
    const std::string help = command.empty() ? all : run({tool("prof"), command, "--help"}).out;
    CAPTURE(command, help);
    std::istringstream text(help);
    while (std::getline(text, line)) CHECK(line.size() <= 80);
    CHECK_THAT(help, !Contains("INT") && !Contains(" in [") && !Contains("POSITIVE") && !Contains("\n\n\n"));
  }
  CHECK_THAT(run({tool("prof"), "record", "--help"}).out,
             Contains("-F,--frequency HZ ") && Contains("(1 to 20000,\n"));
}

TEST_CASE("pprof's own command line is described where one asks") {
  for (const char* flag : {"-h", "-help", "--help"}) {
    const Outcome outcome = run({tool("prof"), "pprof", flag});
    INFO(flag);
    CHECK(outcome.code == 0);
    CHECK_THAT(outcome.out, Contains("--top,--text") && Contains("--diff_base") && Contains("--tagroot") &&
                                Contains("--http") && Contains("--symbolize"));
  }
  const std::string profile = testdata("profiles/prof-cpu.prof");
  TempDir directory;
  const Outcome outcome =
      run({tool("prof"), "pprof", "-top", "-no-cache", "-o", directory.file("top"), profile});
  CHECK(outcome.code == 0);
  CHECK_THAT(read(directory.file("top")), Contains("flat%"));
}
