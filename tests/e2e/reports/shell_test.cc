// The interactive shell: pprof's commands, as a script and on a terminal.
#include <catch2/catch.hpp>

#include "libprof/profile/codec.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/profile.h"

using namespace prof::test;
using Catch::Matchers::Contains;

namespace {

const char* const kScript =
    "top\n"
    "top2 -cum\n"
    "top 3 hash -mystery\n"
    "tree walk\n"
    "peek walk\n"
    "sort=cum\n"
    "top\n"
    "sort=flat\n"
    "focus=hash //: as `options` prints it\n"
    "top\n"
    "traces\n"
    ":\n"
    "lines=true\n"
    "top\n"
    "functions=1\n"
    "samples\n"
    "top\n"
    "mean_cpu\n"
    "top\n"
    "total_cpu\n"
    "sample_index=0\n"
    "top\n"
    "sample_index=cpu\n"
    "granularity=files\n"
    "top\n"
    "granularity=functions\n"
    "compact_labels=false\n"
    "text\n"
    "tags\n"
    "tags thread -main\n"
    "nosuch\n"
    "top=\n"
    "focus\n"
    "list\n"
    "sample_index=wall\n"
    "nodecount=many\n"
    "raw\n"
    "dot\n"
    "comments\n"
    "relative_percentages\n"
    "top hash\n"
    "  top  >out.txt\n"
    "top > more.txt\n"
    "o\n"
    "help top\n"
    "q\n"
    "top\n";

// `argv` with kScript typed into it, in a directory of its own. The reports that went to files are at the
// end.
std::string transcript(std::vector<std::string> argv, const std::string& profile) {
  TempDir directory;
  Run options;
  options.input = kScript;
  options.env["TZ"] = "UTC";
  options.directory = directory.path();
  argv.push_back(profile);
  std::string out = run(argv, options).out;
  for (const char* file : {"out.txt", "more.txt"}) out += read(directory.file(file));
  return out;
}

// Types `keys`, one string after the other, into the shell on a terminal; what it shows until it is quiet.
std::string type(const TempDir& directory, const std::string& profile, const std::vector<std::string>& keys) {
  const std::string typist = R"(
import os, pty, select, sys
pid, fd = pty.fork()
if pid == 0:
    os.environ.update(TERM="vt100", XDG_STATE_HOME=sys.argv[1])
    os.execv(sys.argv[2], [sys.argv[2], "shell", sys.argv[3]])
def shown(seconds):
    text = b""
    while select.select([fd], [], [], seconds)[0]:
        try: part = os.read(fd, 65536)
        except OSError: break
        if not part: break
        text += part
        if b"(prof) " in part: seconds = 0.3
    return text
out = shown(20)
for keys in sys.argv[4:]:
    os.write(fd, keys.encode().decode("unicode_escape").encode("latin-1"))
    out += shown(5)
sys.stdout.write(out.decode(errors="replace"))
os.waitpid(pid, 0)
)";
  std::vector<std::string> argv = {"python3", "-c", typist, directory.path(), tool("prof"), profile};
  argv.insert(argv.end(), keys.begin(), keys.end());
  return run(argv).out;
}

}  // namespace

TEST_CASE("the shell prints what go tool pprof's prints for the same input") {
  TempDir directory;
  const std::string profile = directory.file("program.prof");
  write(profile, prof::encode_profile(program()));
  std::string ours = transcript({tool("prof"), "pprof"}, profile);
  CHECK_THAT(ours, Contains("(pprof) ") && Contains("50ms 50.00%"));
  if (!has_program("go")) {
    WARN("skipped: no go on PATH");
    return;
  }
  CHECK(ours == transcript({"go", "tool", "pprof", "-symbolize=none"}, profile));
}

TEST_CASE("prof shell runs a script without prompts, and says what it does not understand") {
  TempDir directory;
  const std::string profile = directory.file("program.prof");
  write(profile, prof::encode_profile(program()));
  const struct {
    const char* input;
    const char* out;  // its beginning
    const char* err;
  } cases[] = {
      {"top1\n", "Showing nodes accounting for 50ms, 50.00% of 100ms total\n", ""},
      {"cum\ntop1\nflat=true\ntop1", "Showing nodes accounting for 0", ""},
      {"nosuch", "", "there is no command \"nosuch\"; `help` lists them\n"},
      {"focus", "", "focus needs a value; focus=VALUE\n"},
      {"focus hash", "", "focus is an option: focus=hash\n"},
      {"list", "", "list needs an argument; for example `list main`\n"},
      {"top >", "", "there is no file name behind >\n"},
      {"sample_index=wall", "", "sample_index cannot be 'wall'; it is one of samples, cpu, or 0 to 1\n"},
      {"nodecount=many", "", "nodecount cannot be 'many'; it is a number\n"},
      {"cum=maybe", "", "cum cannot be 'maybe'; sort=cum\n"},
      {"help nosuch", "", "There is no command or option \"nosuch\"; `help` lists them\n"},
      {"peek nowhere", "", "no function matches 'nowhere'; `prof top` lists the functions there are\n"},
      {"exit\ntop", "", ""},
  };
  for (const auto& c : cases) {
    INFO(c.input);
    Run options;
    options.input = c.input;
    const Outcome outcome = run({tool("prof"), "shell", "--symbolize=none", profile}, options);
    CHECK(outcome.code == 0);
    CHECK(outcome.err == c.err);
    CHECK(outcome.out.substr(0, std::string(c.out).size()) == c.out);
    if (*c.out == '\0') CHECK(outcome.out.empty());
  }
}

TEST_CASE("on a terminal lines are edited, completed and remembered") {
  TempDir directory;
  const std::string profile = directory.file("program.prof");
  write(profile, prof::encode_profile(program()));
  const std::string first = type(directory, profile, {"to\\tp", "\\x03", "pee\\twal\\t\\r", "q\\r"});
  CHECK_THAT(first, Contains("topproto"));  // both completions of "to" are listed
  CHECK_THAT(first, Contains("calls%"));    // its report
  CHECK(read(directory.file("prof/history")).find("peek") != std::string::npos);
  const std::string second =
      type(directory, profile, {"\\x10\\x10\\r", "\\x04"});  // up, up: the peek before the q
  CHECK_THAT(second, Contains("calls%"));
}

TEST_CASE("functions were completed as values of options that take none, and no value behind its sign") {
  TempDir directory;
  const std::string profile = directory.file("program.prof");
  write(profile, prof::encode_profile(program()));
  const std::string listed =
      type(directory, profile, {"gran\\t\\t\\x03", "sample_index=\\t\\t\\x03", "unit=\\t \\t\\x03", "q\\r"});
  CHECK_THAT(listed, Contains("filefunctions") && Contains("samples"));
  CHECK_THAT(listed, !Contains("walk"));
  const std::string taken =
      type(directory, profile,
           {"sort=c\\t\\r", "call_tree=t\\t\\r", "foc\\twal\\t\\r", "ignore = has\\t\\r", "o\\r", "q\\r"});
  for (const char* option : {"sort                      = cum", "call_tree                 = true",
                             "focus                     = walk", "ignore                    = hash"}) {
    CHECK_THAT(taken, Contains(option));
  }
}

TEST_CASE("a name typed as it is shown was not completed: expressions quote it") {
  TempDir directory;
  const std::string profile = directory.file("go.folded");
  write(profile, "main.main;main.bubble(int) 3\nmain.main;mainly 1\n");
  const std::string shown =
      type(directory, profile, {"peek main.b\\t\\r", "peek -main\\\\.b\\t", "\\x03", "q\\r"});
  // Of a line only what is new is drawn.
  CHECK_THAT(shown, Contains("\\.bubble\\(int\\)") && Contains("calls%"));
  CHECK_THAT(shown, Contains("Cubble\\(int\\)"));
}
