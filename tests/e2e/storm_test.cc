// The storm (programs/storm.cc): what makes samplers hang or crash, all at once, at 10 kHz with every kind
// on. The long forms are run by `make soak`.
#include <cstdio>

#include "tests/e2e/profiles.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

using prof::test::load;
using prof::test::Outcome;
using prof::test::Run;
using prof::test::run;
using prof::test::TempDir;
using prof::test::tool;
using prof::test::total;

namespace {

// CPU time of one process, by its label, in seconds.
double seconds_of(const prof::Profile& profile, int64_t pid) {
  const size_t cpu = prof::test::type_index(profile, "cpu");
  double sum = 0;
  for (size_t i = 0; i < profile.sample_count(); i++) {
    for (const auto& label : profile.labels(i)) {
      if (profile.string(label.key) == "pid" && label.num == pid)
        sum += static_cast<double>(profile.values(i)[cpu]);
    }
  }
  return sum / 1e9;
}

void weather(const char* program, const char* seconds) {
  TempDir directory;
  Run options;
  options.directory = directory.path();
  options.timeout_seconds = 60 + 2 * std::atoi(seconds);
  const Outcome outcome =
      run({tool("prof"), "record", "-F", "10000", "-e", "cpu,heap,mutex", "--heap-interval", "4k",
           "--mutex-threshold", "1us", tool(program), seconds, prof::test::library("libe2e_storm_plugin.so")},
          options);
  INFO(outcome.out << outcome.err);
  CHECK_FALSE(outcome.timed_out);
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, Catch::EndsWith("ok\n"));
  const auto profile = load(directory.file("cpu.prof"));
  CHECK(total(profile, "cpu", "throw_from") > 0);
  // The kernel's own account of the process that stormed, against its samples and what is said to be missing.
  int pid = 0;
  double used = 0, lost_ms = 0;
  const size_t line = outcome.out.find("process ");
  REQUIRE(line != std::string::npos);
  REQUIRE(std::sscanf(outcome.out.c_str() + line, "process %d used %lf", &pid, &used) == 2);
  std::sscanf(prof::test::comment(profile, "dropped: samples").c_str(), "dropped: samples worth %lf",
              &lost_ms);
  const double seen = seconds_of(profile, pid);
  INFO("seen " << seen << " s, lost " << lost_ms / 1e3 << " s, of " << used << " s");
  if (std::getenv("PROF_SHOW") != nullptr) WARN("seen " << 100 * seen / used << "% of " << used << " s");
  CHECK(seen < 1.01 * used + 0.02);
  // A sanitized program has done much before the agent starts.
  CHECK(seen + lost_ms / 1e3 > 0.98 * used - 0.05);
  CHECK(total(load(directory.file("heap.prof")), "alloc_space") > 0);
  CHECK(total(load(directory.file("mutex.prof")), "delay", "contend") > 0);
}

}  // namespace

TEST_CASE("the storm, two seconds of it") { weather("e2e_storm", "2"); }

TEST_CASE("the storm under the address sanitizer, two seconds of it") { weather("e2e_storm_asan", "2"); }

TEST_CASE("the storm for a minute", "[.soak]") { weather("e2e_storm", "60"); }

TEST_CASE("the storm under the address sanitizer for a minute", "[.soak]") {
  weather("e2e_storm_asan", "60");
}
