#include "libprof/agent/cfi.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "libprof/agent/shared_tables.h"
#include "libprof/base/hash.h"
#include "tests/support/files.h"
#include "tests/unit/agent/cfi_reference.h"

using prof::test::CfiComparison;
using prof::test::compare_with_libdw;

namespace {

void check(const std::string& path, const CfiComparison& comparison) {
  INFO(path);
  for (const uint64_t address : comparison.stops) FAIL_CHECK("stop at " << std::hex << address);
  for (const auto& difference : comparison.differences)
    FAIL_CHECK(std::hex << difference.address << ": " << difference.what);
}

}  // namespace

TEST_CASE("every row of real objects is what libdw says, and none a stop") {
  struct Case {
    const char* path;
    uint64_t min_rows;
    uint64_t min_expressions;
  };
  const Case cases[] = {
      {"/lib/x86_64-linux-gnu/libc.so.6", 10000, 0},
      {"/lib/x86_64-linux-gnu/libstdc++.so.6", 10000, 0},
      {"/lib64/ld-linux-x86-64.so.2", 1000, 0},
      {"/lib/x86_64-linux-gnu/libcrypto.so.3", 10000, 1},
      {"/proc/self/exe", 1000, 0},
  };
  for (const Case& c : cases) {
    if (!std::filesystem::exists(c.path)) {
      WARN(std::string("skipped: no ") + c.path);
      continue;
    }
    const CfiComparison comparison = compare_with_libdw(c.path);
    check(c.path, comparison);
    CHECK(comparison.rows > c.min_rows);
    CHECK(comparison.expressions >= c.min_expressions);
    CHECK(comparison.beyond == 0);
  }
}

TEST_CASE("every row of every shared object here is what libdw says, and none a stop", "[.soak]") {
  uint64_t objects = 0;
  uint64_t rows = 0;
  uint64_t rare = 0;
  uint64_t expressions = 0;
  uint64_t beyond = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/x86_64-linux-gnu")) {
    const std::string path = entry.path().string();
    if (!entry.is_regular_file() || entry.is_symlink() || path.find(".so") == std::string::npos) continue;
    CfiComparison comparison;
    try {
      comparison = compare_with_libdw(path);
    } catch (const std::runtime_error&) {
      continue;  // a linker script, or an object without code
    }
    check(path, comparison);
    ++objects;
    rows += comparison.rows;
    rare += comparison.rare;
    expressions += comparison.expressions;
    // libdw refuses a register that is named alone after an expression (libgcrypt); binutils does not.
    beyond += comparison.beyond;
  }
  WARN(objects << " objects, " << rows << " rows, " << rare << " rare, of them " << expressions
               << " with expressions; " << beyond << " addresses beyond libdw");
  CHECK(objects > 10);
}

TEST_CASE("bytes that are no .eh_frame give no table, or one without rows") {
  const uint8_t garbage[64] = {0xff, 0x10, 0, 0, 1, 2, 3};
  prof::agent::CallFrames frames = {0x1000, 0x9000, 0, {garbage, garbage + sizeof garbage, 0x1000}, {}};
  const auto* const table = prof::agent::compile_unwind_table(frames);
  CHECK((table == nullptr || table->find(0x10).cfa == prof::agent::Cfa::kNone));
}

// Tables are kept from recording to recording: one that an older compiler made must not be taken for today's.
TEST_CASE("what was gone through of code that no row covers is skipped, from every instruction of it") {
  std::atomic<uint64_t> words[512] = {};
  prof::agent::UnwindTable table = {};
  table.recent = words;
  table.recent_shift = 32 - 9;
  CHECK(table.skip_idle(0) == 0);
  CHECK(table.skip_idle(5000) == 5000);
  table.remember_idle(5000, 9000, 200);
  for (const uint32_t offset : {4900u, 4999u, 9000u, 200u, 0x80000000u, 0xffffffffu})
    CHECK(table.skip_idle(offset) == offset);
  for (const uint32_t offset : {5000u, 5120u, 7777u, 8959u}) CHECK(table.skip_idle(offset) == 200);
  table.remember_idle(10, 100, 100);  // less than a granule
  CHECK(table.skip_idle(50) == 50);
  table.remember_idle(1 << 16, 1 << 17, 1 << 30);  // too far
  CHECK(table.skip_idle(1 << 16) == 1 << 16);
  CHECK(table.skip_idle(5000) == 200);
}

TEST_CASE("what the compiler makes of known sections changes only with the version of tables") {
  uint64_t hash = 0;
  const auto add = [&hash](const void* bytes, size_t size) {
    hash = prof::hash_with(hash, prof::hash_of({static_cast<const char*>(bytes), size}));
  };
  // Each as what it is: an .eh_frame loaded at 0x10000, or a .debug_frame.
  constexpr std::pair<const char*, bool> kSections[] = {
      {"agent_target", true}, {"true", true}, {"debug_frame", false}, {"expressions", false}};
  for (const auto& [name, is_eh_frame] : kSections) {
    INFO(name);
    const std::string bytes =
        prof::test::read(prof::test::source(std::string("tests/fuzz/corpus/cfi/") + name));
    const auto* const begin = reinterpret_cast<const uint8_t*>(bytes.data());
    prof::agent::CallFrames frames = {0, 1 << 20, 0, {}, {}};
    (is_eh_frame ? frames.eh_frame : frames.debug_frame) = {begin, begin + bytes.size(),
                                                            is_eh_frame ? 0x10000u : 0u};
    const auto* const table = prof::agent::compile_unwind_table(frames);
    REQUIRE(table != nullptr);
    add(table->pcs, table->row_count * sizeof *table->pcs);
    add(table->rule_of, table->row_count * sizeof *table->rule_of);
    add(table->rules, table->rule_count * sizeof *table->rules);
    add(table->expressions, table->expressions_size);
  }
  INFO("raise kTableVersion in libprof/agent/shared_tables.h, and write both here");
  CHECK(prof::agent::kTableVersion == 2);
  CHECK(hash == 0x6c81c65bc1ceaf16);
}
