// Stacks of unusual place and size, recorded: whole, or cut and counted, and the program does not notice.
#include <catch2/catch.hpp>
#include <string>

#include "tests/e2e/profiles.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

using namespace prof::test;

namespace {

// The share of stacks that were cut, in percent.
double truncated(const prof::Profile& profile) {
  const std::string text = comment(profile, "truncated stacks: ");
  REQUIRE_FALSE(text.empty());
  return std::stod(text.substr(text.find(": ") + 2));
}

prof::Profile record(const TempDir& directory, const std::string& name,
                     const std::string& program = "unwind_stacks") {
  const std::string path = directory.file("out.prof");
  const Outcome outcome = run({tool("prof"), "record", "-q", "-F", "250", "-o", path, tool(program), name});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  REQUIRE(outcome.out == "ok\n");
  return load(path);
}

// Records `program`, started by it and from outside, and checks both profiles.
template <typename Check>
void record_both_ways(const std::string& program, const std::string& argument, const Check& check) {
  const TempDir directory;
  Run options;
  options.directory = directory.path();
  options.env = {{"PROF", tool("prof")}, {"APP", tool(program)}, {"ARGUMENT", argument}};
  for (const char* const how : {R"("$PROF" record -q -F 500 -o out.prof "$APP" "$ARGUMENT")",
                                R"("$APP" "$ARGUMENT" & sleep 0.1
                                   "$PROF" record -q -F 500 -o out.prof -p $!; code=$?
                                   wait; exit $code)"}) {
    INFO(how);
    const Outcome outcome = run({"sh", "-c", how}, options);
    if (outcome.err.find("cannot sample") != std::string::npos) {
      WARN("skipped: perf is not allowed here: " << outcome.err);
      return;
    }
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    check(load(directory.file("out.prof")));
  }
}

}  // namespace

TEST_CASE("coroutines on stacks of their own are whole to the start of their context") {
  const TempDir directory;
  const auto profile = record(directory, "coroutine");
  CHECK(total(profile, "cpu", "body") > 0.9 * total(profile, "cpu"));
  CHECK(truncated(profile) < 5);
}

TEST_CASE("an object without .eh_frame_hdr is unwound by the table its section headers lead to") {
  const TempDir directory;
  const auto profile = record(directory, "coroutine", "unwind_no_header");
  CHECK(total(profile, "cpu", "body") > 0.9 * total(profile, "cpu"));
  CHECK(truncated(profile) < 5);
}

TEST_CASE("code that only .debug_frame describes is unwound by it, compressed or not") {
  for (const char* const program : {"unwind_debug_frame_plain", "unwind_debug_frame_zlib"}) {
    INFO(program);
    const TempDir directory;
    const auto profile = record(directory, "coroutine", program);
    CHECK(total(profile, "cpu", "body") > 0.9 * total(profile, "cpu"));
    CHECK(truncated(profile) < 5);
  }
}

TEST_CASE("a handler of stack overflows is seen, and what overflowed is cut and counted") {
  const TempDir directory;
  const auto profile = record(directory, "overflow");
  CHECK(total(profile, "cpu", "on_overflow") > 0.8 * total(profile, "cpu"));
  CHECK(total(profile, "cpu", "overflow") > 0.8 * total(profile, "cpu"));
  CHECK(truncated(profile) > 80);
}

// It was looked up like a return address, a byte in front of __restore_rt: each such frame was
// libc.so.6+0x3c04f.
TEST_CASE("a frame of the kernel's return from a signal is at the first byte of its function") {
  const TempDir directory;
  const auto profile = record(directory, "overflow");
  const std::string restore("\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05",
                            9);  // mov $SYS_rt_sigreturn,%rax; syscall
  std::string libc;
  int exact = 0, before = 0;
  for (const prof::Location& location : profile.locations()) {
    if (location.mapping == prof::kNoIndex) continue;
    const prof::Mapping& mapping = profile.mappings()[location.mapping];
    const std::string file(profile.string(mapping.file));
    if (file.find("libc.so.6") == std::string::npos) continue;
    if (libc.empty()) libc = read(file);
    const uint64_t place = location.address - mapping.start + mapping.offset;
    exact += libc.compare(place, restore.size(), restore) == 0 ? 1 : 0;
    before += libc.compare(place + 1, restore.size(), restore) == 0 ? 1 : 0;
  }
  CHECK(exact == 1);
  CHECK(before == 0);
}

TEST_CASE("recursion past the bound keeps the leafward ones, cut and counted") {
  const TempDir directory;
  const auto profile = record(directory, "deep");
  CHECK(total(profile, "cpu", "burn") > 0.9 * total(profile, "cpu"));
  CHECK(truncated(profile) > 90);
}

TEST_CASE("code that no object describes is walked by frame pointer") {
  const TempDir directory;
  const auto profile = record(directory, "generated");
  CHECK(total(profile, "cpu", "run_generated") > 0.9 * total(profile, "cpu"));
  CHECK(truncated(profile) < 5);
}

// What was readable was read a little later: SIGSEGV in the handler, in two of three such runs at 100 Hz.
TEST_CASE("memory that is unmapped while a walk is led to it does no harm") {
  const TempDir directory;
  const Outcome outcome = run({tool("prof"), "record", "-q", "-F", "10000", "-o", directory.file("out.prof"),
                               tool("unwind_stacks"), "vanishing"});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "ok\n");
}

// The call by which code is read would be the end of it: its stacks are cut there instead, and counted.
TEST_CASE(
    "in a seccomp filter that forbids to read processes' memory no code is followed, and nothing is lost") {
  const TempDir directory;
  const std::string path = directory.file("out.prof");
  const Outcome outcome = run({tool("unwind_filtered"), tool("prof"), "record", "-q", "-F", "500", "-o", path,
                               tool("unwind_assembly"), "300"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.out == "ok\n");
  const auto profile = load(path);
  CHECK(total(profile, "cpu") > 2.5e8);
  CHECK(truncated(profile) > 30);
}

TEST_CASE("a frame pointer that holds a small number crashed programs in such a filter") {
  const TempDir directory;
  const std::string path = directory.file("out.prof");
  const Outcome outcome = run({tool("unwind_filtered"), tool("prof"), "record", "-q", "-F", "500", "-o", path,
                               tool("unwind_switches"), "wild"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.out == "ok\n");
  CHECK(total(load(path), "cpu", "wild") > 5e7);
}

TEST_CASE("assembly that nothing describes is followed to its return, from inside and from outside") {
  record_both_ways("unwind_assembly", "900", [](const prof::Profile& profile) {
    CHECK(total(profile, "cpu", "loops") > 0.5 * total(profile, "cpu"));
    CHECK(total(profile, "cpu", "from_frame") > 0.9 * total(profile, "cpu"));
    CHECK(total(profile, "cpu", "main") > 0.9 * total(profile, "cpu"));
    CHECK(truncated(profile) < 1);
  });
}

// And told as generated code without symbols.
TEST_CASE("data that rbp points to was taken for a frame, from inside and from outside") {
  record_both_ways("unwind_switches", "data", [](const prof::Profile& profile) {
    CHECK(total(profile, "cpu", "keeps_data") > 0.9 * total(profile, "cpu"));
    CHECK(truncated(profile) > 90);
    for (size_t i = 0; i < profile.sample_count(); i++) {
      const auto stack = profile.stack(i);
      CHECK(profile.locations()[stack[stack.size() - 1]].mapping != prof::kNoIndex);
    }
  });
}

TEST_CASE("assembly that ends in a call which never returns had a caller of long ago") {
  record_both_ways("unwind_switches", "noreturn", [](const prof::Profile& profile) {
    CHECK(total(profile, "cpu", "rounds_on") > 0.9 * total(profile, "cpu"));
    CHECK(total(profile, "cpu", "long_ago") < 0.1 * total(profile, "cpu"));
    CHECK(total(profile, "cpu", "main") > 0.9 * total(profile, "cpu"));
    CHECK(truncated(profile) < 5);
  });
}

// 84% of numpy's were.
TEST_CASE("stacks in loops of assembly that are unrolled to thousands of instructions were cut") {
  const TempDir directory;
  const std::string path = directory.file("out.prof");
  const Outcome outcome = run(
      {tool("prof"), "record", "-q", "-F", "500", "-o", path, tool("unwind_assembly"), "400", "unrolled"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const auto profile = load(path);
  CHECK(total(profile, "cpu", "unrolled") > 0.8 * total(profile, "cpu"));
  CHECK(total(profile, "cpu", "from_frame") > 0.9 * total(profile, "cpu"));
  CHECK(truncated(profile) < 1);
}

// iconv_open loads its module inside libc: every stack of such a program was cut once.
TEST_CASE("a character set that libc loads has its table at once") {
  const TempDir directory;
  const std::string path = directory.file("out.prof");
  const Outcome outcome =
      run({tool("prof"), "record", "-q", "-F", "250", "-o", path, tool("unwind_converts")});
  INFO(outcome.err);
  if (outcome.out == "no EUC-JP\n") {
    WARN("skipped: this libc has no EUC-JP (Debian: libc6)");
    return;
  }
  REQUIRE(outcome.out == "ok\n");
  const auto profile = load(path);
  CHECK(total(profile, "cpu", "main") > 0.9 * total(profile, "cpu"));
  CHECK(truncated(profile) < 5);
}

TEST_CASE("a library opened by a bare name has its table at once") {
  const TempDir directory;
  const std::string path = directory.file("out.prof");
  const std::string plugin = library("libunwind_plugin.so");
  Run options;
  options.env = {{"LD_LIBRARY_PATH", plugin.substr(0, plugin.rfind('/'))}};
  const Outcome outcome = run({tool("prof"), "record", "-q", "-o", path, tool("unwind_bare_name")}, options);
  INFO(outcome.err);
  REQUIRE(outcome.out == "ok\n");
  const auto profile = load(path);
  CHECK(total(profile, "cpu", "main") > 0.9 * total(profile, "cpu"));
  CHECK(total(profile, "cpu", "plugin_burn") > 0.9 * total(profile, "cpu"));
  CHECK(truncated(profile) < 5);
}
