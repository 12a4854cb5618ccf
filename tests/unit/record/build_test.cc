#include "libprof/record/build.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>
#include <set>

#include "libprof/record/collector.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/unit/record/fake_agent.h"

using prof::Kind;
using prof::Profile;
using prof::record::build_profiles;
using prof::record::Collector;
using prof::record::Profiles;
using prof::test::FakeAgent;
using prof::test::kAllKinds;
using prof::test::TempDir;

namespace {

constexpr uint32_t kDeadPid = 4'194'305;
constexpr uint32_t kCpuOnly = 1u << static_cast<int>(Kind::k_cpu);

Profiles collect(const TempDir& directory) {
  Collector collector(directory.path(), false);
  collector.finish();
  return build_profiles(collector.processes(), {"app 'an argument'", {}});
}

std::vector<uint64_t> addresses(const Profile& profile, size_t sample) {
  std::vector<uint64_t> all;
  for (const uint32_t location : profile.stack(sample)) all.push_back(profile.locations()[location].address);
  return all;
}

std::string leaf_name(const Profile& profile, size_t sample) {
  const auto lines = profile.lines(profile.locations()[profile.stack(sample)[0]]);
  return std::string(profile.string(profile.functions()[lines[0].function].name));
}

std::vector<std::string> comments(const Profile& profile) {
  std::vector<std::string> all;
  for (const auto id : profile.comments) all.emplace_back(profile.string(id));
  return all;
}

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

TEST_CASE("return addresses are those of the call, interrupted ones exact") {
  TempDir directory;
  FakeAgent agent(directory.path(), kDeadPid, kCpuOnly);
  agent.module(0x10000, 0x20000, "/opt/app");
  agent.event(Kind::k_cpu, {0x10100, 0x10200, 0x10300, 0x10400}, 0, 0, 1, 0b0101);
  const Profiles profiles = collect(directory);
  REQUIRE(profiles.kinds.size() == 1);
  const Profile& profile = profiles.kinds[0].profile;
  CHECK(addresses(profile, 0) == std::vector<uint64_t>{0x10100, 0x101ff, 0x10300, 0x103ff});
  REQUIRE(profile.mappings().size() == 1);
  CHECK(profile.string(profile.mappings()[0].file) == "/opt/app");
  CHECK(profile.mappings()[0].start == 0x10000);
  CHECK(profile.time_ns == 1'700'000'000'000'000'000);
  CHECK(profile.duration_ns == 1'000'000'000);
  CHECK(profile.period == 10'000'000);
}

TEST_CASE("code in a second segment has a mapping of its own: it had that of the first, and lay outside it") {
  TempDir directory, program;
  const std::string source = program.file("a.c"), binary = program.file("a");
  prof::test::write(source, "int main() { return 0; }\n");
  REQUIRE(prof::test::run({"gcc", "-pie", "-Wl,--section-start=.text=0x200000", source, "-o", binary}).code ==
          0);
  constexpr uint64_t kBias = 0x555500000000;
  FakeAgent agent(directory.path(), kDeadPid, kCpuOnly);
  agent.module(kBias, kBias + 0x300000, binary, kBias + 0x2000);
  agent.event(Kind::k_cpu, {kBias + 0x200010});
  const Profiles profiles = collect(directory);
  const Profile& profile = profiles.kinds[0].profile;
  REQUIRE(profile.mappings().size() == 2);
  CHECK(profile.mappings()[0].start == kBias);
  CHECK(profile.locations()[0].mapping == 1);
  CHECK(profile.mappings()[1].start == kBias + 0x200000);
  CHECK(profile.mappings()[1].limit == kBias + 0x201000);
  CHECK(profile.mappings()[1].offset != 0);
  CHECK(profile.string(profile.mappings()[1].file) == binary);
}

TEST_CASE("the main binary is the first mapping though no sample is in it") {
  TempDir directory;
  FakeAgent agent(directory.path(), kDeadPid, kCpuOnly);
  agent.module(0x50000, 0x60000, "/opt/lib.so");
  agent.module(0x10000, 0x20000, "/opt/app");
  agent.event(Kind::k_cpu, {0x50010});
  const Profiles profiles = collect(directory);
  const Profile& profile = profiles.kinds[0].profile;
  REQUIRE(profile.mappings().size() == 2);
  CHECK(profile.string(profile.mappings()[0].file) == "/opt/app");
  CHECK(profile.locations()[0].mapping == 1);
}

TEST_CASE("frames of the agent are dropped, but CPU time spent in it stays visible") {
  TempDir directory;
  FakeAgent agent(directory.path(), kDeadPid, kAllKinds);
  agent.module(0x10000, 0x20000, "/opt/app");
  agent.module(0x70000, 0x80000, "/usr/lib/libprof.so");
  agent.event(Kind::k_heap, {0x70011, 0x70021, 0x10101, 0x70031}, 1 << 30, 1);
  agent.event(Kind::k_cpu, {0x70010, 0x70021, 0x10101, 0x70031});
  const Profiles profiles = collect(directory);
  CHECK(addresses(profiles.kinds[0].profile, 0) == std::vector<uint64_t>{0x70010, 0x10100});
  CHECK(addresses(profiles.kinds[1].profile, 0) == std::vector<uint64_t>{0x10100});
}

TEST_CASE(
    "one library in two processes is one mapping with one set of locations; samples say whose they are") {
  TempDir directory;
  FakeAgent parent(directory.path(), kDeadPid, kCpuOnly), child(directory.path(), kDeadPid + 1, kCpuOnly);
  parent.module(0x10000, 0x20000, "/opt/app");
  child.module(0x90000, 0xa0000, "/opt/app");
  parent.event(Kind::k_cpu, {0x10100, 0x10201});
  child.event(Kind::k_cpu, {0x90100, 0x90201});
  const Profiles profiles = collect(directory);
  const Profile& profile = profiles.kinds[0].profile;
  CHECK(profile.mappings().size() == 1);
  CHECK(profile.locations().size() == 2);
  REQUIRE(profile.sample_count() == 2);
  for (size_t i = 0; i < 2; i++) {
    const auto labels = profile.labels(i);
    REQUIRE(labels.size() == 3);
    CHECK(profile.string(labels[0].key) == "tid");
    CHECK(profile.string(labels[1].key) == "pid");
    CHECK(labels[1].num == kDeadPid + static_cast<int64_t>(i));
    CHECK(profile.string(labels[2].key) == "process");
    CHECK(profile.string(labels[2].str) == "app");
  }
}

TEST_CASE("samples say whose thread they are, by the name that it had at its end") {
  TempDir directory;
  FakeAgent agent(directory.path(), kDeadPid, kCpuOnly);
  agent.thread(1, "app");
  agent.event(Kind::k_cpu, {0x10100});
  agent.thread(1, "worker");
  agent.event(Kind::k_cpu, {0x10100});
  const Profiles profiles = collect(directory);
  const Profile& profile = profiles.kinds[0].profile;
  REQUIRE(profile.sample_count() == 1);
  const auto labels = profile.labels(0);
  REQUIRE(labels.size() == 2);
  CHECK(profile.string(labels[0].key) == "thread");
  CHECK(profile.string(labels[0].str) == "worker");
  CHECK(profile.string(labels[1].key) == "tid");
  CHECK(labels[1].num == 1);
}

TEST_CASE("the program's own labels are the samples', though they come after them") {
  TempDir directory;
  FakeAgent agent(directory.path(), kDeadPid, kCpuOnly);
  agent.event(Kind::k_cpu, {0x10100}, 0, 0, 1, 0, 0, 5);
  agent.labels(5, std::string("phase\0parse\0request\0GET /\0", 26));
  agent.labels(5, std::string("phase\0parse\0request\0GET /\0", 26));
  agent.event(Kind::k_cpu, {0x10100}, 0, 0, 1, 0, 0, 5);
  agent.event(Kind::k_cpu, {0x10100});
  agent.event(Kind::k_cpu, {0x10100}, 0, 0, 1, 0, 0, 6);  // never told: no labels, and the time is not lost
  const Profiles profiles = collect(directory);
  const Profile& profile = profiles.kinds[0].profile;
  std::map<std::string, int64_t> samples;
  for (size_t i = 0; i < profile.sample_count(); i++) {
    std::string all;
    for (const auto& label : profile.labels(i)) {
      if (label.str != 0)
        all += std::string(profile.string(label.key)) + "=" + std::string(profile.string(label.str)) + ";";
    }
    samples[all] += profile.values(i)[0];
  }
  CHECK(samples == std::map<std::string, int64_t>{{"phase=parse;request=GET /;", 2}, {"", 2}});
}

TEST_CASE("a program that did not start is named, unless its exec failed") {
  TempDir directory;
  FakeAgent agent(directory.path(), kDeadPid, kCpuOnly);
  agent.exec(kDeadPid, "/no/such/program");
  agent.exec(kDeadPid, "");
  agent.exec(kDeadPid + 2, "/bin/true");
  agent.exec(kDeadPid + 3, "/bin/true");
  agent.exec(kDeadPid + 4, "/bin/false");
  FakeAgent recorded(directory.path(), kDeadPid + 4, kCpuOnly);
  const Profiles profiles = collect(directory);
  REQUIRE(profiles.unprofiled.size() == 1);
  CHECK(profiles.unprofiled[0].path == "/bin/true");
  CHECK(profiles.unprofiled[0].times == 2);
  CHECK(
      profiles.unprofiled[0].reason ==
      "it was killed at once, ran as a user who cannot write to the recording, does not see the recording's "
      "directory, or another prof records it");
}

TEST_CASE(
    "time that no sample found in any place is told as such: it seemed to be spent in the loader's exit") {
  TempDir directory;
  FakeAgent agent(directory.path(), kDeadPid, kCpuOnly);
  agent.event(Kind::k_cpu, {});
  const Profile profile = std::move(collect(directory).kinds[0].profile);
  REQUIRE(profile.sample_count() == 1);
  REQUIRE(profile.stack(0).size() == 1);
  CHECK(leaf_name(profile, 0) == "[not sampled]");
}

TEST_CASE("a process has the name that it was executed as, else its file's") {
  TempDir directory;
  for (const char* name : {"", "redis-server"}) {
    FakeAgent agent(directory.path(), kDeadPid + (*name != '\0'), kCpuOnly);
    std::strcpy(agent.header().name, name);
    agent.event(Kind::k_cpu, {1});
  }
  std::set<std::string> names;
  const Profile profile = std::move(collect(directory).kinds[0].profile);
  for (size_t i = 0; i < profile.sample_count(); i++) {
    for (const auto& label : profile.labels(i)) {
      if (profile.string(label.key) == "process") names.insert(std::string(profile.string(label.str)));
    }
  }
  CHECK(names == std::set<std::string>{"app", "redis-server"});
}

TEST_CASE("a program whose PID namespace is not known was said not to be profiled, under proot") {
  TempDir directory;
  FakeAgent agent(directory.path(), kDeadPid, kCpuOnly);
  agent.header().pid_namespace = 4711;
  agent.exec(kDeadPid + 4, "/bin/true");
  const FakeAgent recorded(directory.path(), kDeadPid + 4, kCpuOnly);  // it cannot see /proc
  CHECK(collect(directory).unprofiled.empty());
}

TEST_CASE("children that could not be recorded, and not say so, are told by their parent's spool") {
  TempDir directory;
  FakeAgent agent(directory.path(), kDeadPid, kCpuOnly);
  CHECK(collect(directory).lost_children == 0);
  agent.header().lost_children = 4;
  agent.header().lost_children_errno = EACCES;
  const Profiles profiles = collect(directory);
  CHECK(profiles.lost_children == 4);
  REQUIRE(profiles.warnings.size() == 1);
  CHECK(
      profiles.warnings[0] ==
      "4 processes forked by recorded ones were not recorded: as another user than the recorder's they may "
      "not "
      "write to the recording's directory: Permission denied; sample them from outside: prof record -p PID");
}

TEST_CASE("a heap profile opens with what was allocated where nothing is in use") {
  TempDir directory;
  FakeAgent agent(directory.path(), kDeadPid, kAllKinds);
  agent.event(Kind::k_heap, {0x10100}, 1 << 30, 1);
  const auto opens_with = [&] {
    const Profile heap = std::move(collect(directory).kinds[1].profile);
    return std::string(heap.string(heap.default_sample_type));
  };
  CHECK(opens_with() == "inuse_space");
  agent.header().tail = 0;
  agent.free(1);
  CHECK(opens_with() == "alloc_space");
}

TEST_CASE("a heap profile has a sample for each size of a stack's blocks, from allocation to use") {
  TempDir directory;
  FakeAgent agent(directory.path(), kDeadPid, kAllKinds);
  agent.event(Kind::k_heap, {0x10100}, 1 << 30, 1);
  agent.event(Kind::k_heap, {0x10100}, 1 << 20, 2);
  agent.event(Kind::k_heap, {0x10100}, (1 << 30) - 1, 3);
  agent.free(2);
  const Profile heap = std::move(collect(directory).kinds[1].profile);
  std::map<int64_t, int64_t> allocated, in_use;
  for (size_t i = 0; i < heap.sample_count(); i++) {
    for (const auto& label : heap.labels(i)) {
      if (heap.string(label.key) != "bytes") continue;
      allocated[label.num] += heap.values(i)[0];
      in_use[label.num] += heap.values(i)[2];
    }
  }
  CHECK(allocated == std::map<int64_t, int64_t>{{1 << 20, 1}, {1 << 30, 2}});
  CHECK(in_use == std::map<int64_t, int64_t>{{1 << 20, 0}, {1 << 30, 2}});
}

TEST_CASE("a profile is honest about itself") {
  TempDir directory;
  FakeAgent agent(directory.path(), kDeadPid, kCpuOnly);
  agent.module(0x10000, 0x20000, "/opt/app");
  agent.event(Kind::k_cpu, {0x10100}, 0, 0, 4, 0, prof::spool::kTruncated);
  agent.event(Kind::k_cpu, {0x10100}, 0, 0, 4);
  agent.header().drops[0] = 3;
  agent.header().lost_weight[0] = 5;
  const Profiles profiles = collect(directory);
  const auto all = comments(profiles.kinds[0].profile);
  CHECK(contains(all, "recorded by prof " PROF_VERSION));
  CHECK(contains(all, "command: app 'an argument'"));
  CHECK(contains(
      all, "rate: 100 Hz asked, 25 Hz achieved; each sample is weighted by the expiries it stands for"));
  CHECK(contains(all, "truncated stacks: 50.00%"));
  CHECK(contains(all, "dropped: samples worth 50 ms of CPU time"));
  CHECK(contains(all, "dropped, all kinds: 3: the collector was too slow (ring full)"));
}

TEST_CASE("nothing recorded makes valid empty profiles") {
  TempDir directory;
  FakeAgent agent(directory.path(), kDeadPid, kAllKinds);
  const Profiles profiles = collect(directory);
  REQUIRE(profiles.kinds.size() == prof::kKindCount);
  CHECK(profiles.kinds[0].profile.sample_count() == 0);
  CHECK(profiles.kinds[0].profile.sample_types().size() == 2);
  const Profile& mutex = profiles.kinds[2].profile;
  CHECK(mutex.string(mutex.period_type.type) == "contentions");
  CHECK(mutex.string(mutex.period_type.unit) == "count");
  CHECK(mutex.period == 1);
}
