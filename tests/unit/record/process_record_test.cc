#include "libprof/record/process_record.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <random>

#include "libprof/record/collector.h"
#include "libprof/record/journal.h"
#include "tests/support/files.h"
#include "tests/unit/record/fake_agent.h"

using prof::Kind;
using prof::StackTable;
using prof::record::Collector;
using prof::record::ModuleMap;
using prof::record::ProcessRecord;
using prof::test::FakeAgent;
using prof::test::kAllKinds;
using prof::test::TempDir;

namespace {

prof::spool::Module module_at(uint64_t start, uint64_t end) {
  prof::spool::Module module = {};
  module.start = start;
  module.end = end;
  return module;
}

constexpr uint32_t kDeadPid = 4'194'305;  // above the largest a kernel gives

}  // namespace

TEST_CASE("equal stacks get one id, however many there are") {
  StackTable table;
  std::mt19937_64 random(1);
  std::vector<std::vector<uint64_t>> stacks;
  for (int i = 0; i < 20'000; i++) {
    std::vector<uint64_t> stack(random() % 50);
    for (auto& word : stack) word = random();
    stack.push_back(static_cast<uint64_t>(i));
    stacks.push_back(stack);
    REQUIRE(table.intern(stacks.back()) == static_cast<uint32_t>(i));
  }
  for (size_t i = 0; i < stacks.size(); i++) {
    REQUIRE(table.intern(stacks[i]) == i);
    const auto words = table.words(static_cast<uint32_t>(i));
    REQUIRE(std::equal(words.begin(), words.end(), stacks[i].begin(), stacks[i].end()));
  }
  CHECK(table.size() == stacks.size());
}

TEST_CASE("an address means what was loaded there at the time") {
  ModuleMap map;
  map.load(module_at(0x1000, 0x2000), "app");
  map.load(module_at(0x8000, 0x9000), "first.so");
  const uint32_t before = map.epoch();
  map.unload(0x8000);
  const uint32_t between = map.epoch();
  map.load(module_at(0x8800, 0x9800), "second.so");
  CHECK(map.find(0x8900, before)->path == "first.so");
  CHECK(map.find(0x8900, between)->path == "second.so");  // ran before it was noticed
  CHECK(map.find(0x8100, between) == nullptr);
  CHECK(map.find(0x1000, before)->path == "app");
  CHECK(map.find(0x1fff, between)->path == "app");
  CHECK(map.find(0x2000, between) == nullptr);

  map.load(module_at(0x8000, 0x9000), "third.so");  // the unloading of second.so was lost
  CHECK(map.find(0x8900, between)->path == "second.so");
  CHECK(map.find(0x8900, map.epoch())->path == "third.so");
  map.load(module_at(0x8000, 0x9000), "third.so");
  CHECK(map.all().size() == 4);
}

TEST_CASE("values of equal stacks add up; the map in force and interrupted frames tell stacks apart") {
  TempDir directory;
  FakeAgent agent(directory.path(), kDeadPid, kAllKinds);
  agent.event(Kind::k_cpu, {1, 2}, 0, 0, 1);
  agent.event(Kind::k_cpu, {1, 2}, 0, 0, 4, 0, prof::spool::kTruncated);
  agent.event(Kind::k_cpu, {1, 2}, 0, 0, 1, 2);
  agent.module(0x1000, 0x2000, "lib");
  agent.unload(0x1000);
  agent.event(Kind::k_cpu, {1, 2});
  Collector collector(directory.path(), false);
  collector.poll();
  REQUIRE(collector.processes().size() == 1);
  const auto& cpu = collector.processes()[0].kind(Kind::k_cpu);
  CHECK(cpu.stack_count() == 3);
  CHECK(cpu.values[0][0] == 5);
  CHECK(cpu.values[0][1] == 5e7);
  CHECK(cpu.events == 4);
  CHECK(cpu.weight == 7);
  CHECK(cpu.truncated_events == 1);
}

TEST_CASE("time settled at a thread's end, or at execs that fail, belongs to the thread's latest stack") {
  TempDir directory;
  FakeAgent agent(directory.path(), kDeadPid, kAllKinds);
  agent.event(Kind::k_cpu, {9}, 0, 0, 2, 0, prof::spool::kRest);  // nothing seen before it: its own frames
  agent.event(Kind::k_cpu, {1, 2});
  agent.event(Kind::k_heap, {3}, 1 << 20, 1);
  agent.event(Kind::k_cpu, {9}, 0, 0, 4, 0, prof::spool::kRest);
  agent.event(Kind::k_cpu, {9}, 0, 0, 3, 0, prof::spool::kRest);
  agent.thread(1, "later", prof::spool::ThreadEvent::kBegan);  // another of the same number
  agent.event(Kind::k_cpu, {9}, 0, 0, 1, 0, prof::spool::kRest);
  Collector collector(directory.path(), false);
  collector.poll();
  const auto& cpu = collector.processes()[0].kind(Kind::k_cpu);
  REQUIRE(cpu.stack_count() == 2);
  CHECK(cpu.values[0][0] == 3);
  CHECK(cpu.values[1][0] == 8);
  CHECK(cpu.weight == 11);
}

TEST_CASE("samples stand for all the CPU time of their threads, where that is known") {
  TempDir directory;
  FakeAgent agent(directory.path(), kDeadPid, kAllKinds);
  agent.event(Kind::k_cpu, {1, 2});  // thread 1: 10 ms each
  agent.event(Kind::k_cpu, {1, 2});
  agent.event(Kind::k_cpu, {3});
  Collector collector(directory.path(), false);
  collector.poll();
  ProcessRecord record = collector.processes()[0];
  record.weigh_threads({{1, 60'000'000}, {2, 7'000'000}, {3, 0}});
  const auto& cpu = record.kind(Kind::k_cpu);
  REQUIRE(cpu.stack_count() == 3);
  CHECK(cpu.values[0][1] == Approx(4e7));
  CHECK(cpu.values[1][1] == Approx(2e7));
  CHECK(cpu.stack(2).tid == 2);
  CHECK(cpu.stack(2).frames.empty());
  CHECK(cpu.values[2][1] == Approx(7e6));
  CHECK(cpu.values[2][0] == Approx(0.7));
  CHECK(cpu.events == 3);
}

TEST_CASE("time in user mode that no sample stands for is shared by threads as their time without samples") {
  TempDir directory;
  FakeAgent agent(directory.path(), kDeadPid, kAllKinds);
  agent.event(Kind::k_cpu, {1, 2});  // thread 1: 10 ms
  Collector collector(directory.path(), false);
  collector.poll();
  const ProcessRecord& record = collector.processes()[0];
  const std::unordered_map<uint32_t, uint64_t> times = {{1, 20'000'000}, {2, 10'000'000}};
  using Times = decltype(times);
  CHECK(record.user_times(times, 24e6) == Times{{1, 17'000'000}, {2, 7'000'000}});
  CHECK(record.user_times(times, 9e6) == Times{{1, 10'000'000}, {2, 0}});  // samples are kept
  CHECK(record.user_times(times, 40e6) == times);
}

TEST_CASE("memory in use is what was allocated and not freed, in whatever order that is told") {
  TempDir directory;
  FakeAgent agent(directory.path(), kDeadPid, kAllKinds);
  constexpr uint64_t kLarge = 100 << 20;  // far above the interval: each stands for itself
  agent.event(Kind::k_heap, {1}, kLarge, 1);
  agent.event(Kind::k_heap, {1}, kLarge, 2);
  agent.free(1);
  agent.free(3);  // before its event
  agent.event(Kind::k_heap, {2}, kLarge, 3);
  agent.event(Kind::k_heap, {2}, kLarge, 4);
  agent.free(99);  // its event was dropped
  Collector collector(directory.path(), false);
  collector.poll();
  const auto& process = collector.processes()[0];
  const auto values = process.values(Kind::k_heap);
  REQUIRE(values.size() == 2);
  for (const auto& stack : values) {
    CHECK(stack[0] == Approx(2));
    CHECK(stack[1] == Approx(2.0 * kLarge));
    CHECK(stack[2] == Approx(1));
    CHECK(stack[3] == Approx(1.0 * kLarge));
  }
  CHECK(process.live_blocks() == 2);
}

TEST_CASE("a spool is drained while its process lives and removed when it has ended") {
  TempDir directory;
  Collector collector(directory.path(), true);
  collector.poll();
  CHECK(collector.processes().empty());
  FakeAgent agent(directory.path(), static_cast<uint32_t>(::getpid()), kAllKinds, 1 << 16);
  for (int i = 0; i < 10'000; i++) {  // many times the ring
    agent.event(Kind::k_cpu, {1, 2, 3});
    if (i % 500 == 0) collector.poll();
  }
  CHECK(collector.open_count() == 1);
  agent.header().drops[0] = 7;
  agent.finish();
  // More than this process can have used, whose own clock is read, too.
  constexpr uint64_t kLongTime = 1'000'000'000'000'000;
  agent.header().cpu_time_ns = kLongTime;
  collector.poll();
  CHECK(collector.open_count() == 0);
  CHECK(::access(agent.path().c_str(), F_OK) != 0);
  const auto& process = collector.processes()[0];
  CHECK(process.kind(Kind::k_cpu).events == 10'000);
  CHECK(process.drops[0] == 7);
  CHECK(process.cpu_time_ns == kLongTime);
}

TEST_CASE("a record torn by a kill ends neither the spool nor the collector") {
  TempDir directory;
  FakeAgent agent(directory.path(), kDeadPid, kAllKinds);
  agent.event(Kind::k_cpu, {1});
  static_cast<void>(agent.writer().reserve(prof::spool::RecordType::kEvent, 64));  // never committed
  agent.event(Kind::k_cpu, {2});
  Collector collector(directory.path(), false);
  collector.poll();
  CHECK(collector.processes()[0].kind(Kind::k_cpu).events == 2);
  CHECK(collector.processes()[0].skipped_bytes > 0);
}

TEST_CASE("what is no spool is a warning, told once") {
  TempDir directory;
  prof::test::write(directory.file("1-2.spool"), "garbage");
  Collector collector(directory.path(), false);
  collector.poll();
  collector.poll();
  CHECK(collector.warnings().size() == 1);
  prof::test::write(directory.file("77.error"), "no space left on device\n");
  collector.poll();
  REQUIRE(collector.warnings().size() == 2);
  CHECK(collector.warnings()[1] == "process 77 was not recorded: no space left on device");
  prof::test::write(directory.file("78.error"), "no space");  // half written
  collector.poll();
  CHECK(collector.warnings().size() == 2);
  prof::test::write(directory.file("78.error"), "no space left on device\n");
  collector.poll();
  REQUIRE(collector.warnings().size() == 2);
  CHECK(collector.warnings()[1] == "2 processes were not recorded: no space left on device");
}

TEST_CASE("a directory of spools led the collector out of it by links, and kept it by pipes") {
  TempDir directory, elsewhere;
  FakeAgent agent(directory.path(), static_cast<uint32_t>(::getpid()), kAllKinds);
  const std::string victim = elsewhere.file("victim"), journal = prof::record::journal_of(agent.path());
  prof::test::write(victim, "no space\n");
  for (const auto& link : {journal, directory.file("77.error")})
    std::filesystem::create_symlink(victim, link);
  REQUIRE(::mkfifo(directory.file("78.error").c_str(), 0600) == 0);
  agent.module(0x1000, 0x2000, "/bin/a");
  Collector collector(directory.path(), false);
  collector.poll();
  CHECK(collector.processes().size() == 1);
  CHECK(collector.warnings().empty());
  CHECK(prof::test::read(victim) == "no space\n");
  // Nor by another name of the same file.
  std::filesystem::remove(journal);
  std::filesystem::create_hard_link(victim, journal);
  agent.module(0x3000, 0x4000, "/bin/b");
  collector.poll();
  CHECK(prof::test::read(victim) == "no space\n");
}

TEST_CASE("a journal that is a pipe kept the collector for ever") {
  TempDir directory;
  FakeAgent agent(directory.path(), static_cast<uint32_t>(::getpid()), kAllKinds);
  REQUIRE(::mkfifo(prof::record::journal_of(agent.path()).c_str(), 0600) == 0);
  Collector collector(directory.path(), false);
  collector.poll();
  CHECK(collector.processes().size() == 1);
}

TEST_CASE("a request to write is answered once") {
  TempDir directory;
  FakeAgent agent(directory.path(), static_cast<uint32_t>(::getpid()), kAllKinds);
  Collector collector(directory.path(), false);
  collector.poll();
  CHECK_FALSE(collector.write_requested());
  agent.header().write_requests = 2;
  CHECK(collector.write_requested());
  collector.done_writing(true);
  CHECK(agent.header().writes_done == 2);
  CHECK(agent.header().write_failed == 1);
  CHECK_FALSE(collector.write_requested());
}

TEST_CASE("modules and labels that a killed recorder took out of the ring still name what comes after") {
  TempDir directory;
  FakeAgent agent(directory.path(), static_cast<uint32_t>(::getpid()), kAllKinds);
  agent.module(0x10000, 0x20000, "/opt/app");
  agent.module(0x30000, 0x40000, "/opt/gone.so");
  agent.unload(0x30000);
  agent.labels(5, std::string("phase\0parse\0", 12));
  { Collector(directory.path(), false).poll(); }
  agent.event(Kind::k_cpu, {0x10100}, 0, 0, 1, 0, 0, 5);
  {
    Collector second(directory.path(), false);
    second.poll();
    const auto& process = second.processes()[0];
    CHECK(process.labels(5) == ProcessRecord::LabelSet{{"phase", "parse"}});
    CHECK(process.modules().all().size() == 2);
  }
  // Whatever the kill left of the journal.
  const std::string journal = prof::record::journal_of(agent.path());
  const std::string whole = prof::test::read(journal);
  for (size_t size = 0; size < whole.size(); size++) {
    prof::test::write(journal, whole.substr(0, size));
    ProcessRecord process(agent.header(), "/opt/app");
    prof::record::replay_journal(journal, process);
    CHECK(process.labels(5).empty());
  }
}
