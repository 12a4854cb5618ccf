#include "libprof/record/pid_namespace.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "libprof/record/collector.h"
#include "tests/support/files.h"
#include "tests/unit/record/fake_agent.h"

using prof::Kind;
using prof::record::Collector;
using prof::test::FakeAgent;
using prof::test::kAllKinds;
using prof::test::TempDir;

TEST_CASE("processes with one number in two PID namespaces replaced each other") {
  TempDir directory;
  const auto own = static_cast<uint32_t>(::getpid());
  for (const uint64_t space : {1, 2}) {  // which no namespace is
    FakeAgent agent(directory.path(), own, kAllKinds);
    agent.header().pid_namespace = space;
    agent.event(Kind::k_cpu, {space});
    std::filesystem::rename(agent.path(), directory.file(std::to_string(space) + prof::spool::kSuffix));
  }
  Collector collector(directory.path(), true);
  collector.poll();
  collector.finish();
  REQUIRE(collector.processes().size() == 2);
  for (const auto& process : collector.processes()) {
    CHECK_FALSE(process.is_replaced);
    CHECK(process.kind(Kind::k_cpu).events == 1);
    CHECK(process.cpu_time_ns == 0);  // not this process's
  }
}

TEST_CASE("a process is found by its PID namespace and its number there") {
  struct stat space = {};
  REQUIRE(::stat("/proc/self/ns/pid", &space) == 0);
  const auto own = static_cast<uint32_t>(::getpid());
  CHECK_FALSE(prof::record::is_foreign(space.st_ino));
  CHECK_FALSE(prof::record::is_foreign(0));
  CHECK(prof::record::is_foreign(1));
  const auto found = prof::record::find_process(space.st_ino, own);
  CHECK(found.pid == own);
  CHECK(found.is_sure);
  CHECK(prof::record::find_process(1, own).pid == 0);
}
