// Unwind tables shared by the processes of one recording: as they were compiled, or not at all.
#include "libprof/agent/shared_tables.h"

#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "libprof/agent/elf_image.h"
#include "tests/unit/agent/preload.h"

using namespace prof;
using namespace prof::agent;
using namespace prof::test;

namespace {

struct Object {
  spool::Module module = {};
  const UnwindTable* table = nullptr;
  uint64_t frames = 0;
  std::string path;

  TableName name() const { return name_table(module, frames, path.c_str()); }
};

// This process's C library.
Object libc() {
  Object object;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) {
        if (std::strstr(info->dlpi_name, "libc.so") == nullptr) return 0;
        auto& found = *static_cast<Object*>(data);
        found.path = info->dlpi_name;
        found.frames = checksum_frames(*info);
        if (describe_image(*info, found.module))
          found.table = compile_image(*info, found.module, info->dlpi_name);
        return 1;
      },
      &object);
  REQUIRE(object.table != nullptr);
  REQUIRE(object.module.build_id_size > 0);
  return object;
}

std::string only_file(const TempDir& directory) {
  const std::filesystem::directory_iterator files(directory.path());
  REQUIRE(files != std::filesystem::directory_iterator());
  return files->path();
}

bool has_file(const TempDir& directory) { return !std::filesystem::is_empty(directory.path()); }

}  // namespace

TEST_CASE("a table that one process left is what the next one takes") {
  const TempDir directory;
  const Object object = libc();
  CHECK(take_table(object.name()) == nullptr);
  share_tables_in(directory.path().c_str(), "");
  CHECK(take_table(object.name()) == nullptr);
  leave_table(object.name(), *object.table);
  const UnwindTable* const taken = take_table(object.name());
  REQUIRE(taken != nullptr);
  REQUIRE(taken->row_count == object.table->row_count);
  REQUIRE(taken->rule_count == object.table->rule_count);
  CHECK(std::memcmp(taken->pcs, object.table->pcs, taken->row_count * sizeof(uint32_t)) == 0);
  CHECK(std::memcmp(taken->rule_of, object.table->rule_of, taken->row_count * sizeof(uint16_t)) == 0);
  CHECK(std::memcmp(taken->rules, object.table->rules, taken->rule_count * sizeof(Rule)) == 0);
  REQUIRE(taken->expressions_size == object.table->expressions_size);
  CHECK(std::memcmp(taken->expressions, object.table->expressions, taken->expressions_size) == 0);
  for (uint32_t i = 0; i < taken->row_count; i += 7)
    CHECK(taken->find_brief(taken->pcs[i]) == object.table->find_brief(taken->pcs[i]));
}

TEST_CASE("a table kept from an earlier recording is taken") {
  const TempDir earlier, directory;
  const Object object = libc();
  share_tables_in(earlier.path().c_str(), "");
  leave_table(object.name(), *object.table);
  share_tables_in(directory.path().c_str(), earlier.path().c_str());
  const UnwindTable* const taken = take_table(object.name());
  REQUIRE(taken != nullptr);
  REQUIRE(taken->row_count == object.table->row_count);
  CHECK(std::memcmp(taken->pcs, object.table->pcs, taken->row_count * sizeof(uint32_t)) == 0);
  CHECK_FALSE(has_file(directory));

  const std::string whole = read(only_file(earlier));
  write(only_file(earlier), whole.substr(0, whole.size() - 1));
  CHECK(take_table(object.name()) == nullptr);
}

TEST_CASE("another object, or another size of the same or of its file, has no table of this one") {
  const TempDir directory;
  Object object = libc();
  share_tables_in(directory.path().c_str(), "");
  leave_table(object.name(), *object.table);
  object.module.end += 4096;
  CHECK(take_table(object.name()) == nullptr);
  object.module.end -= 4096;
  object.frames ^= 1;
  CHECK(take_table(object.name()) == nullptr);
  object.frames ^= 1;
  object.path = "/proc/self/exe";  // as where .debug_frame was stripped
  CHECK(take_table(object.name()) == nullptr);
  object.module.build_id[3] ^= 1;
  CHECK(take_table(object.name()) == nullptr);
  object.module.build_id_size = 0;
  CHECK(take_table(object.name()) == nullptr);
}

TEST_CASE("a program that was changed and kept its build id and sizes was unwound by the tables of before") {
  const int seen = ::dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void*) {
        if (std::strstr(info->dlpi_name, "libc.so") == nullptr) return 0;
        const auto* const end = info->dlpi_phdr + info->dlpi_phnum;
        const auto* const header =
            std::find_if(info->dlpi_phdr, end, [](const auto& p) { return p.p_type == PT_GNU_EH_FRAME; });
        const auto* const segment = std::find_if(info->dlpi_phdr, end, [&](const auto& p) {
          return p.p_type == PT_LOAD && header->p_vaddr - p.p_vaddr < p.p_filesz;
        });
        // The segment with .eh_frame as if it was loaded elsewhere.
        const auto* const bytes = reinterpret_cast<const char*>(info->dlpi_addr + segment->p_vaddr);
        std::string copy(bytes, segment->p_filesz);
        dl_phdr_info elsewhere = *info;
        elsewhere.dlpi_addr = reinterpret_cast<uint64_t>(copy.data()) - segment->p_vaddr;
        CHECK(checksum_frames(*info) != 0);
        CHECK(checksum_frames(elsewhere) == checksum_frames(*info));
        copy[copy.size() / 2 + (header->p_vaddr + header->p_memsz - segment->p_vaddr) / 2] ^= 1;
        CHECK(checksum_frames(elsewhere) != checksum_frames(*info));
        return 1;
      },
      nullptr);
  CHECK(seen == 1);
}

TEST_CASE("a table that is torn or changed is not taken") {
  const TempDir directory;
  const Object object = libc();
  share_tables_in(directory.path().c_str(), "");
  leave_table(object.name(), *object.table);
  const std::string path = only_file(directory);
  const std::string whole = read(path);
  std::vector<size_t> places;
  for (size_t i = 0; i < 40; ++i) places.push_back(i);  // 40 on is the checksum's end
  for (size_t i = 40; i < whole.size(); i += 4999) places.push_back(i);
  places.push_back(whole.size() - 1);
  for (const size_t place : places) {
    if (place >= 28 && place < 32) continue;  // reserved
    std::string changed = whole;
    changed[place] = static_cast<char>(changed[place] ^ 0x40);
    write(path, changed);
    INFO(place);
    CHECK(take_table(object.name()) == nullptr);
  }
  for (const size_t size :
       {size_t{0}, size_t{1}, size_t{47}, size_t{48}, whole.size() / 2, whole.size() - 1}) {
    write(path, whole.substr(0, size));
    INFO(size);
    CHECK(take_table(object.name()) == nullptr);
  }
  write(path, whole + "x");
  CHECK(take_table(object.name()) == nullptr);
  write(path, whole);
  CHECK(take_table(object.name()) != nullptr);
}

TEST_CASE("a table whose numbers lead out of it crashed the handler that followed them") {
  const TempDir directory;
  const Object object = libc();
  share_tables_in(directory.path().c_str(), "");
  const std::vector<uint16_t> beyond(object.table->row_count,
                                     static_cast<uint16_t>(object.table->rule_count));
  std::vector<uint16_t> last_beyond(object.table->rule_of, object.table->rule_of + object.table->row_count);
  last_beyond.back() = static_cast<uint16_t>(object.table->rule_count);
  for (const auto& rows : {beyond, last_beyond}) {
    UnwindTable forged = *object.table;
    forged.rule_of = rows.data();
    leave_table(object.name(), forged);
    CHECK(take_table(object.name()) == nullptr);
  }
  const auto size = static_cast<int32_t>(object.table->expressions_size);
  const struct {
    const char* what;
    void (*forge)(Rule& rule, int32_t size);
  } cases[] = {
      {"the CFA's register", [](Rule& rule, int32_t) { rule.cfa_register = kRip + 1; }},
      {"a saved register's base", [](Rule& rule, int32_t) { rule.bx.base = kRip + 1; }},
      {"the CFA's expression",
       [](Rule& rule, int32_t at) { rule.cfa = Cfa::kExpression, rule.cfa_offset = at; }},
      {"a place below", [](Rule& rule, int32_t) { rule.cfa = Cfa::kExpression, rule.cfa_offset = -1; }},
      {"an expression's end",
       [](Rule& rule, int32_t at) {
         rule.ra = {Save::kAtExpression, 0, 0, at - 1};
       }},
  };
  for (const auto& c : cases) {
    std::vector<Rule> rules(object.table->rules, object.table->rules + object.table->rule_count);
    std::vector<uint8_t> expressions(object.table->expressions, object.table->expressions + size);
    expressions.push_back(1);
    c.forge(rules.back(), size + 1);
    UnwindTable forged = *object.table;
    forged.rules = rules.data();
    forged.expressions = expressions.data();
    forged.expressions_size = static_cast<uint32_t>(size + 1);
    leave_table(object.name(), forged);
    INFO(c.what);
    CHECK(take_table(object.name()) == nullptr);
  }
}

TEST_CASE("tables were taken from a directory that another user had put in the recorder's place") {
  const TempDir directory;
  const Object object = libc();
  share_tables_in(directory.path().c_str(), "");
  leave_table(object.name(), *object.table);
  REQUIRE(take_table(object.name()) != nullptr);
  const auto is_refused = [&](const std::string& path) {
    share_tables_in(path.c_str(), "");
    const bool as_shared = take_table(object.name()) == nullptr;
    share_tables_in("", path.c_str());
    return as_shared && take_table(object.name()) == nullptr;
  };
  const TempDir links;
  std::filesystem::create_directory_symlink(directory.path(), links.file("link"));
  CHECK(is_refused(links.file("link")));
  ::chmod(directory.path().c_str(), 0777);
  CHECK(is_refused(directory.path()));
  ::chmod(directory.path().c_str(), 0700);
  if (::geteuid() == 0 && ::chown(directory.path().c_str(), 65534, 65534) == 0) {
    CHECK(is_refused(directory.path()));
  }
}

TEST_CASE("a small table is not left, nor any where there is no directory") {
  const TempDir directory;
  const Object object = libc();
  UnwindTable few = *object.table;
  few.row_count = 100;
  share_tables_in(directory.path().c_str(), "");
  leave_table(object.name(), few);
  CHECK_FALSE(has_file(directory));
  share_tables_in(directory.file("none").c_str(), "");
  leave_table(object.name(), *object.table);
  CHECK(take_table(object.name()) == nullptr);
}

// Its stacks say that a process took what it found: here, a table of libc that stops everywhere.
TEST_CASE("a recorded process leaves its tables, and the next one unwinds by them") {
  const TempDir directory;
  const std::vector<std::string> program = {tool("agent_target"), "threads"};
  const Recorded first = preload_in(directory.path(), program, "kinds=cpu;cpu=1000000");
  REQUIRE(first.events[0].size() > 10);
  CHECK(truncated(first.events[0]) == 0);
  const Recorded second = preload_in(directory.path(), program, "kinds=cpu;cpu=1000000");
  CHECK(truncated(second.events[0]) == 0);

  const Object object = libc();
  share_tables_in(directory.path().c_str(), "");
  REQUIRE(take_table(object.name()) != nullptr);
  const std::vector<uint16_t> stops(object.table->row_count, 1);
  UnwindTable misled = *object.table;
  misled.rule_of = stops.data();
  leave_table(object.name(), misled);
  const Recorded third = preload_in(directory.path(), program, "kinds=cpu;cpu=1000000");
  CHECK(truncated(third.events[0]) > third.events[0].size() * 9 / 10);
}
