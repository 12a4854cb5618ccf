// The agent in real processes: what it records of them, and that they do not notice.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <regex>
#include <set>
#include <sstream>

#include "tests/unit/agent/preload.h"

using namespace prof;
using namespace prof::test;

namespace {

std::string target() { return tool("agent_target"); }

}  // namespace

TEST_CASE("the agent needs libc and nothing else") {
  const Outcome dynamic = run({"readelf", "-dW", library("libprof.so")});
  CHECK_THAT(dynamic.out, Catch::Contains("Shared library: [libc.so.6]"));
  CHECK_THAT(dynamic.out,
             !Catch::Contains("libstdc++") && !Catch::Contains("libgcc") && !Catch::Contains("libm.so"));
}

TEST_CASE("a dlclose of the agent left its handlers and hooks in memory that was gone") {
  CHECK_THAT(run({"readelf", "-dW", library("libprof.so")}).out, Catch::Contains("NODELETE"));
}

TEST_CASE("nothing of the agent is initialised by code of its own, which might run after its first hook") {
  // The agent's constructor, and the hooks that other libraries' constructors reach before it, find all that
  // is static made by the linker already. The three constructors are alone in .init_array, beside gcc's own
  // frame_dummy.
  const Outcome sections = run({"readelf", "-SW", library("libprof.so")});
  const size_t row = sections.out.find(".init_array");
  REQUIRE(row != std::string::npos);
  std::istringstream fields(sections.out.substr(row));
  std::string name, type, address, offset, size;
  fields >> name >> type >> address >> offset >> size;
  CHECK(std::stoul(size, nullptr, 16) == 4 * sizeof(void*));
}

TEST_CASE("the agent computes in integers: the floating-point state that it runs in is the program's") {
  const Outcome code = run({"objdump", "-d", "--no-show-raw-insn", library("libprof.so")});
  REQUIRE(code.code == 0);
  // What may raise an exception: x87's all, SSE's and AVX's arithmetic, comparisons, conversions.
  const std::regex kRaises(
      "f[a-z0-9]+|v?(add|sub|mul|div|sqrt|min|max|round|cmp|u?comi|[a-z0-9]*cvt)[a-z0-9]*[sp][sd][a-z0-9]*");
  const std::regex kMnemonic("^ +[0-9a-f]+:\t([a-z0-9]+)");
  std::istringstream lines(code.out);
  size_t instructions = 0;
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (!std::regex_search(line, found, kMnemonic)) continue;
    ++instructions;
    if (std::regex_match(found[1].str(), kRaises)) FAIL_CHECK(line);
  }
  CHECK(instructions > 10'000);
}

TEST_CASE("a recorded program's output and exit code are its own") {
  const std::vector<std::vector<std::string>> programs = {
      {"true"},
      {"false"},
      {"sh", "-c", "echo a | cat; exit 7"},
      {"python3", "-c", "import json, threading; print(json.dumps({'a': [1] * 3})); raise SystemExit(4)"},
      {"sqlite3", ":memory:", "select sum(value) from json_each('[1,2,3]')"},
      {target(), "threads"},
      {target(), "signals"},
      {target(), "sigprof"},
      {target(), "forks"},
      {target(), "blocks"},
      {target(), "mutexes"},
      {target(), "other_locks"},
      {target(), "plugins", library("libagent_plugin.so")},
  };
  for (const auto& argv : programs) {
    INFO(argv[0] << " " << argv.back());
    const Outcome bare = run(argv);
    const Recorded recorded = preload(argv);
    CHECK(recorded.outcome.out == bare.out);
    CHECK(recorded.outcome.err == bare.err);
    CHECK(recorded.outcome.code == bare.code);
    CHECK(recorded.spools >= 1);
    CHECK(recorded.drops == 0);
  }
}

TEST_CASE("weights add up to the CPU time used, by all threads") {
  const Recorded recorded = preload({target(), "threads"}, "kinds=cpu;cpu=1000000");
  const auto& events = recorded.events[0];
  CHECK(static_cast<double>(total_weight(events)) * 1e-3 == Approx(recorded.cpu_seconds).epsilon(0.03));
  CHECK(truncated(events) == 0);
  std::set<uint32_t> threads;
  for (const auto& event : events) threads.insert(event.event.tid);
  CHECK(threads.size() == 2);
  CHECK(recorded.finished == 1);
}

TEST_CASE("deep recursion is unwound whole, and past the bound cut and flagged") {
  const Recorded whole = preload({target(), "recursion"}, "kinds=cpu;cpu=4000000");
  REQUIRE(whole.events[0].size() > 10);
  CHECK(truncated(whole.events[0]) == 0);
  size_t deep = 0;
  for (const auto& event : whole.events[0]) deep += event.frames.size() > 200;
  CHECK(deep + 5 > whole.events[0].size());
  const Recorded cut = preload({target(), "deep"}, "kinds=cpu;cpu=4000000");
  size_t full = 0;
  for (const auto& event : cut.events[0]) {
    if (event.frames.size() != spool::kMaxFrames) continue;
    ++full;
    CHECK((event.event.flags & spool::kTruncated) != 0);
  }
  CHECK(full > 5);
}

TEST_CASE("stacks go on through signal frames, on the alternate stack too") {
  const Recorded recorded = preload({target(), "signals"}, "kinds=cpu;cpu=4000000");
  CHECK(truncated(recorded.events[0]) == 0);
  size_t through = 0;
  uint64_t exact = 0;
  for (const auto& event : recorded.events[0]) {
    exact += (event.event.exact & 1) != 0 || (event.event.flags & spool::kRest) != 0;
    through += (event.event.exact & ~uint64_t{1}) != 0;
  }
  CHECK(through + 10 > recorded.events[0].size());
  CHECK(through > 20);
  CHECK(exact == recorded.events[0].size());
}

TEST_CASE("children are followed through fork and exec, each in a spool of its own") {
  const Recorded recorded = preload({target(), "forks"});
  CHECK(recorded.spools == 5);    // the parent, three forks, one exec
  CHECK(recorded.finished == 4);  // not what left by _exit
  CHECK(truncated(recorded.events[0]) == 0);
  CHECK(static_cast<double>(total_weight(recorded.events[0])) * 2e-3 > 0.35);
}

TEST_CASE("programs that were linked before glibc 2.15 lost their posix_spawn, which gives scripts to sh") {
  const TempDir directory;
  const std::string script = directory.file("script");
  write(script, "echo ran\n");
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  const Outcome bare = run({target(), "script", script});
  CHECK(bare.out == "8 -1\n8 -1\nran\n0 0\nran\n0 0\n");
  CHECK(preload({target(), "script", script}).outcome.out == bare.out);
}

TEST_CASE("modules that come and go are recorded and unwound") {
  const Recorded recorded =
      preload({target(), "plugins", library("libagent_plugin.so")}, "kinds=cpu;cpu=2000000");
  CHECK(recorded.modules.count("libagent_plugin.so") == 1);
  CHECK(recorded.modules.count("[vdso]") == 1);
  CHECK(recorded.unloads == 5);
  CHECK(truncated(recorded.events[0]) == 0);
}

// Sampling is by the thread's own seed; the bound is 5 standard errors, a false alarm once in 1.7 million
// runs.
TEST_CASE("heap samples estimate the blocks that were allocated and those in use") {
  const Recorded recorded = preload({target(), "blocks"}, "kinds=heap;heap=8192");
  const double p = 1 - std::exp(-1001.0 / 8192);
  double sampled = 0;
  for (const auto& event : recorded.events[1]) sampled += event.event.value == 1000;
  const double error = std::sqrt(20000 * p * (1 - p));
  CHECK(std::abs(sampled - 20000 * p) < 5 * error);
  CHECK(std::abs(static_cast<double>(recorded.frees) - 10000 * p) < 5 * error);
  CHECK(truncated(recorded.events[1]) == 0);
}

TEST_CASE("a malloc of 2^63 bytes, which fails, ended the heap samples of its thread") {
  const Recorded recorded = preload({target(), "refused"}, "kinds=heap;heap=8192");
  const double p = 1 - std::exp(-1001.0 / 8192);
  double sampled = 0;
  for (const auto& event : recorded.events[1]) sampled += event.event.value == 1000;
  CHECK(std::abs(sampled - 20000 * p) < 5 * std::sqrt(20000 * p * (1 - p)));
}

TEST_CASE("a contended mutex is reported by its waiters, with their wait") {
  const Recorded recorded = preload({target(), "contention"}, "kinds=mutex;mutex=1000");
  const auto& events = recorded.events[2];
  REQUIRE(events.size() >= 1);
  std::set<uint64_t> locks;
  for (const auto& event : events) locks.insert(event.event.id);
  CHECK(locks.size() == 1);
  CHECK(truncated(events) == 0);
}

TEST_CASE("waits for readers-writer locks and for C11's mutexes were not seen") {
  const Recorded recorded = preload({target(), "other_locks"}, "kinds=mutex;mutex=1000");
  std::map<uint64_t, int> waits;  // by lock, of those that the program makes on purpose
  for (const auto& event : recorded.events[2]) waits[event.event.id] += event.event.value > 20'000'000;
  std::vector<int> counts;
  for (const auto& [lock, count] : waits) {
    if (count > 0) counts.push_back(count);
  }
  std::sort(counts.begin(), counts.end());
  CHECK(counts == std::vector<int>{2, 6});
  CHECK(truncated(recorded.events[2]) == 0);
}

TEST_CASE("where no spool can be made the program runs on, and the reason is left for the recorder") {
  Run options;
  options.env = {{"LD_PRELOAD", library("libprof.so")},
                 {"PROF_AGENT", "dir=/nonexistent;kinds=cpu,heap,mutex"}};
  const Outcome outcome = run({"sh", "-c", "echo on"}, options);
  CHECK(outcome.out == "on\n");
  CHECK(outcome.err.empty());
  CHECK(outcome.code == 0);
}

// /tmp/prof-XXXXXX is free again when the recorder ends, and its processes go on using that name.
TEST_CASE("whoever took the name of the spools' directory could have any file overwritten") {
  const TempDir directory;
  const std::string victim = directory.file("victim"), squatted = directory.file("spools");
  write(victim, "untouched");
  std::filesystem::create_directory(squatted);
  ::chmod(squatted.c_str(), 0777);
  // A limit that leaves room for a note only.
  const std::string program = "ln -s " + victim +
                              " \"$DIRECTORY/$$.error\"; ulimit -f 8; PROF_AGENT=dir=$DIRECTORY "
                              "LD_PRELOAD=" +
                              library("libprof.so") + " exec /bin/echo ran";
  Run options;
  options.env["DIRECTORY"] = squatted;
  CHECK(run({"sh", "-c", program}, options).out == "ran\n");
  CHECK(read(victim) == "untouched");
  CHECK(std::filesystem::is_symlink(std::filesystem::directory_iterator(squatted)->path()));
  // In a directory of its own the agent leaves its note, in the link's place.
  ::chmod(squatted.c_str(), 0700);
  CHECK(run({"sh", "-c", "rm -f \"$DIRECTORY\"/*; " + program}, options).out == "ran\n");
  CHECK(read(victim) == "untouched");
  const std::filesystem::path note = std::filesystem::directory_iterator(squatted)->path();
  CHECK_FALSE(std::filesystem::is_symlink(note));
  CHECK_THAT(read(note), Catch::StartsWith("cannot allocate the spool"));
}

TEST_CASE("spools are made in a directory that is this user's alone, and in no other") {
  const TempDir directory;
  const std::string spools = directory.file("spools");
  std::filesystem::create_directory(spools);
  std::filesystem::create_directory_symlink(spools, directory.file("link"));
  Run options;
  options.env["LD_PRELOAD"] = library("libprof.so");
  const auto is_used = [&](const std::string& path) {
    options.env["PROF_AGENT"] = "dir=" + path;
    CHECK(run({"/bin/echo", "ran"}, options).out == "ran\n");
    return !std::filesystem::is_empty(spools);
  };
  CHECK_FALSE(is_used(directory.file("link")));
  ::chmod(spools.c_str(), 0770);
  CHECK_FALSE(is_used(spools));
  ::chmod(spools.c_str(), 0755);
  if (::geteuid() == 0) {
    REQUIRE(::chown(spools.c_str(), 65534, 65534) == 0);
    CHECK_FALSE(is_used(spools));
    REQUIRE(::chown(spools.c_str(), 0, 0) == 0);
  }
  CHECK(is_used(spools));
  // As fakeroot's processes see it.
  std::filesystem::remove_all(spools);
  std::filesystem::create_directory(spools);
  write(directory.file("fake.c"), "unsigned geteuid(void) { return 12345; }\n");
  const std::string fake = directory.file("fake.so");
  REQUIRE(run({"gcc", "-shared", "-fPIC", directory.file("fake.c"), "-o", fake}).code == 0);
  options.env["LD_PRELOAD"] = fake + " " + library("libprof.so");
  CHECK(is_used(spools));
}

// A library of 300,000 functions, whose table takes a while, in copies without build ids, so that each has
// its own.
TEST_CASE("a child of a fork while tables were compiled waited for the loader's lock for ever") {
  const TempDir directory;
  write(directory.file("many.s"),
        ".rept 300000\n.cfi_startproc\nnop\n.cfi_endproc\n.endr\n"
        ".section .note.GNU-stack,\"\",@progbits\n");
  const std::string library = directory.file("many.so");
  REQUIRE(run({"gcc", "-shared", "-nostdlib", "-Wl,--build-id=none", directory.file("many.s"), "-o", library})
              .code == 0);
  std::vector<std::string> program = {tool("agent_forks")};
  for (int i = 0; i < 6; ++i) {
    program.push_back(directory.file(std::to_string(i) + ".so"));
    std::filesystem::copy_file(library, program.back());
  }
  const Recorded recorded = preload(program, "kinds=cpu;cpu=1000000");
  CHECK(recorded.outcome.out.empty());
  CHECK(recorded.outcome.code == 0);
  CHECK(recorded.spools > 2);
}

TEST_CASE("a child of a bare clone lost a timer of its own with the number of one of its parent's") {
  const Recorded recorded = preload({tool("agent_forks"), "raw"}, "kinds=cpu");
  CHECK(recorded.outcome.out.empty());
  CHECK(recorded.outcome.code == 0);
}

TEST_CASE("exit and fork were cancellation points: a cancelled thread's exit never ended") {
  Run options;
  options.timeout_seconds = 20;
  const TempDir directory;
  options.env = {{"LD_PRELOAD", library("libprof.so")}, {"PROF_AGENT", "dir=" + directory.path()}};
  const Outcome exited = run({tool("agent_cancel"), "exit"}, options);
  CHECK_FALSE(exited.timed_out);
  CHECK(exited.code == 7);
  CHECK(run({tool("agent_cancel"), "fork"}, options).out == "42\n");
}

TEST_CASE("a libc with another version of dlsym than was expected had the program killed") {
  const TempDir directory;
  Run options;
  options.env = {{"LD_PRELOAD", library("libagent_no_versions.so") + ":" + library("libprof.so")},
                 {"PROF_AGENT", "dir=" + directory.path() + ";kinds=cpu;cpu=1000000"}};
  const Outcome outcome = run({tool("agent_signals"), "untouched"}, options);
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, Catch::EndsWith("ok\n"));
  Recorded recorded;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    if (entry.path().extension() == spool::kSuffix) read_spool(entry.path(), recorded);
  }
  CHECK_FALSE(recorded.events[0].empty());
}
