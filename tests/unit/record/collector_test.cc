// The collector beside processes that live: this one, by a fake agent's word.
#include "libprof/record/collector.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "tests/support/files.h"
#include "tests/unit/record/fake_agent.h"

using prof::Kind;
using prof::record::Collector;
using prof::test::FakeAgent;
using prof::test::kAllKinds;
using prof::test::TempDir;

namespace {

uint64_t events(const Collector& collector) { return collector.processes().at(0).kind(Kind::k_cpu).events; }

bool try_event(const FakeAgent& agent) {
  const uint64_t frames[] = {1, 2};
  prof::spool::Event event = {};
  event.kind = Kind::k_cpu;
  event.frame_count = 2;
  event.weight = 1;
  return agent.writer().write(prof::spool::RecordType::kEvent, event, frames, sizeof frames);
}

}  // namespace

// 40 samples of 13.9 s of CPU time were left of a program whose vfork children were killed.
TEST_CASE("a record that a killed child of vfork left unwritten does not end its parent's recording") {
  const TempDir directory;
  FakeAgent agent(directory.path(), static_cast<uint32_t>(::getpid()), kAllKinds, 1 << 16);
  agent.event(Kind::k_cpu, {1});
  const auto torn = [&] { return agent.writer().reserve(prof::spool::RecordType::kExec, 200); };
  REQUIRE(torn().payload != nullptr);
  agent.event(Kind::k_cpu, {2});
  Collector collector(directory.path(), false);
  collector.poll();
  CHECK(events(collector) == 1);
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  collector.poll();
  CHECK(events(collector) == 1);  // there is room: it may be a slow writer's

  REQUIRE(torn().payload != nullptr);
  uint64_t written = 2;
  while (try_event(agent)) written++;
  collector.poll();  // more than a second after the first of the two was met
  CHECK(events(collector) == 2);
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  collector.poll();
  CHECK(events(collector) == written);
  agent.event(Kind::k_cpu, {3});
  collector.poll();
  CHECK(events(collector) == written + 1);
}
