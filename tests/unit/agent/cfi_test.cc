#include "libprof/agent/cfi.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/unit/agent/cfi_reference.h"

using prof::test::CfiComparison;
using prof::test::compare_with_libdw;

// What the table cannot express becomes a stop, which truncates; these objects hold a handful: hand-written
// trampolines of libc and ld.so.
TEST_CASE("every row of real objects is what libdw says") {
  struct Case {
    const char* path;
    uint64_t max_stops;
    uint64_t min_rows;
  };
  const Case cases[] = {
      {"/lib/x86_64-linux-gnu/libc.so.6", 8, 10000},
      {"/lib/x86_64-linux-gnu/libstdc++.so.6", 0, 10000},
      {"/lib64/ld-linux-x86-64.so.2", 2, 1000},
      {"/proc/self/exe", 0, 1000},
  };
  for (const Case& c : cases) {
    INFO(c.path);
    if (!std::filesystem::exists(c.path)) {
      WARN(std::string("skipped: no ") + c.path);
      continue;
    }
    const CfiComparison comparison = compare_with_libdw(c.path);
    CHECK(comparison.rows > c.min_rows);
    CHECK(comparison.stops <= c.max_stops);
    for (const auto& difference : comparison.differences)
      FAIL_CHECK(std::hex << difference.address << ": " << difference.what);
  }
}

TEST_CASE("bytes that are no .eh_frame give no table, or one without rows") {
  const uint8_t garbage[64] = {0xff, 0x10, 0, 0, 1, 2, 3};
  const prof::agent::EhFrame section = {garbage, garbage + sizeof garbage, 0x1000, 0x1000, 0x9000};
  const auto* const table = prof::agent::compile_unwind_table(section);
  CHECK((table == nullptr || table->find(0x10).cfa == prof::agent::Cfa::kNone));
}
