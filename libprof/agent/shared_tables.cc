#include "libprof/agent/shared_tables.h"

#include <sys/mman.h>

#include <cstdio>
#include <cstring>
#include <new>

#include "libprof/agent/pages.h"
#include "libprof/agent/raw_file.h"
#include "libprof/agent/text.h"

namespace prof::agent {
namespace {

using Path = Text<4096>;

constexpr uint32_t kMinRows = 256;
constexpr uint32_t kMinRecentShift = 16;  // 512 KiB of words
constexpr uint32_t kMaxRecentShift = 31;
constexpr uint64_t kMagic = 0x656c626174667270;  // "prftable"
constexpr uint32_t kVersion = 1;  // of all that follows, Rule and the expressions' bytes included

// The file: this, the pcs, the rules, the rows' rules, the expressions, without gaps.
struct Header {
  uint64_t magic;
  uint32_t version;
  uint32_t row_count;
  uint32_t rule_count;
  uint32_t expressions_size;
  uint32_t recent_shift;
  uint32_t reserved;
  uint64_t checksum;  // of the rest

  uint64_t size() const {
    return sizeof *this + uint64_t{row_count} * (sizeof(uint32_t) + sizeof(uint16_t)) +
           uint64_t{rule_count} * sizeof(Rule) + expressions_size;
  }
};
static_assert(sizeof(Header) % alignof(Rule) == 0);

// Writer: share_tables_in, in the constructor.
Path* shared_directory = nullptr;

// FNV-1a on words, in four lanes that do not wait for each other.
class Checksum {
 public:
  void add(const void* bytes, uint64_t size) {
    const auto* at = static_cast<const char*>(bytes);
    for (; size >= 32; size -= 32, at += 32) {
      uint64_t words[4];
      std::memcpy(words, at, sizeof words);
      for (int i = 0; i < 4; ++i) lanes_[i] = (lanes_[i] ^ words[i]) * kPrime;
    }
    uint64_t rest[4] = {size, 0, 0, 0};
    std::memcpy(rest + 1, at, size < 24 ? size : 24);
    if (size > 24) std::memcpy(&rest[0], at + size - 8, 8);
    for (int i = 0; i < 4; ++i) lanes_[i] = (lanes_[i] ^ rest[i]) * kPrime;
  }
  uint64_t value() const {
    uint64_t all = 0;
    for (const uint64_t lane : lanes_) all = (all ^ lane ^ lane >> 32) * kPrime;
    return all;
  }

 private:
  static constexpr uint64_t kPrime = 0x100000001b3;
  uint64_t lanes_[4] = {0xcbf29ce484222325, 1, 2, 3};
};

bool name_of(const spool::Module& module, Path& path) {
  if (shared_directory == nullptr || module.build_id_size == 0) return false;
  path.add(shared_directory->c_str()).add("/");
  for (uint32_t i = 0; i < module.build_id_size; ++i) {
    const char digits[] = {"0123456789abcdef"[module.build_id[i] >> 4],
                           "0123456789abcdef"[module.build_id[i] & 15]};
    path.add(digits, sizeof digits);
  }
  path.add("-").add(module.end - module.start).add(".table");
  return !path.is_cut();
}

uint64_t checksum_of(const UnwindTable& table) {
  Checksum sum;
  sum.add(table.pcs, table.row_count * sizeof(uint32_t));
  sum.add(table.rules, table.rule_count * sizeof(Rule));
  sum.add(table.rule_of, table.row_count * sizeof(uint16_t));
  sum.add(table.expressions, table.expressions_size);
  return sum.value();
}

// The parts of a mapped file. False where it is not what its header promises.
bool open_table(const uint8_t* bytes, uint64_t size, UnwindTable& table) {
  Header header;
  if (size < sizeof header) return false;
  std::memcpy(&header, bytes, sizeof header);
  if (header.magic != kMagic || header.version != kVersion || header.size() != size ||
      header.recent_shift < kMinRecentShift || header.recent_shift > kMaxRecentShift)
    return false;
  const uint8_t* const pcs = bytes + sizeof header;
  const uint8_t* const rules = pcs + header.row_count * sizeof(uint32_t);
  const uint8_t* const rule_of = rules + header.rule_count * sizeof(Rule);
  table.pcs = reinterpret_cast<const uint32_t*>(pcs);
  table.rules = reinterpret_cast<const Rule*>(rules);
  table.rule_of = reinterpret_cast<const uint16_t*>(rule_of);
  table.expressions = rule_of + header.row_count * sizeof(uint16_t);
  table.row_count = header.row_count;
  table.rule_count = header.rule_count;
  table.expressions_size = header.expressions_size;
  table.recent_shift = header.recent_shift;
  return checksum_of(table) == header.checksum;
}

}  // namespace

void share_tables_in(const char* directory) {
  shared_directory = static_cast<Path*>(map_pages(page_up(sizeof(Path))));
  if (shared_directory != nullptr) (new (shared_directory) Path)->add(directory);
}

const UnwindTable* take_shared_table(const spool::Module& module) {
  Path path;
  if (!name_of(module, path)) return nullptr;
  const RawFile file(path.c_str(), O_RDONLY | O_NOFOLLOW);
  const uint64_t size = file.is_open() ? file.size() : 0;
  if (size == 0 || !budget.take(size)) return nullptr;
  void* const bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file.fd(), 0);
  if (bytes == MAP_FAILED) {
    budget.give_back(size);
    return nullptr;
  }
  UnwindTable table;
  const bool is_good = open_table(static_cast<const uint8_t*>(bytes), size, table);
  const uint64_t recent_size = is_good ? sizeof(uint64_t) << (32 - table.recent_shift) : 0;
  // The table itself lies behind its own words, which are what has to be written.
  auto* const own = is_good ? static_cast<uint8_t*>(map_pages(recent_size + sizeof(UnwindTable))) : nullptr;
  if (own == nullptr) {
    unmap_pages(bytes, size);
    return nullptr;
  }
  table.recent = reinterpret_cast<std::atomic<uint64_t>*>(own);
  return new (own + recent_size) UnwindTable(table);
}

void leave_shared_table(const spool::Module& module, const UnwindTable& table) {
  Path path;
  if (table.row_count < kMinRows || !name_of(module, path)) return;
  Header header = {kMagic,
                   kVersion,
                   table.row_count,
                   table.rule_count,
                   table.expressions_size,
                   table.recent_shift,
                   0,
                   checksum_of(table)};
  if (!may_write_file(header.size())) return;
  iovec parts[] = {{&header, sizeof header},
                   {const_cast<uint32_t*>(table.pcs), table.row_count * sizeof(uint32_t)},
                   {const_cast<Rule*>(table.rules), table.rule_count * sizeof(Rule)},
                   {const_cast<uint16_t*>(table.rule_of), table.row_count * sizeof(uint16_t)},
                   {const_cast<uint8_t*>(table.expressions), table.expressions_size}};
  Path temporary;
  temporary.add(path.c_str()).add(".").add(static_cast<uint64_t>(::syscall(SYS_getpid)));
  bool is_whole = false;
  {
    const RawFile file(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (!file.is_open()) return;
    is_whole = file.write(parts, 5, header.size());
  }
  if (!is_whole || ::rename(temporary.c_str(), path.c_str()) != 0) ::unlink(temporary.c_str());
}

}  // namespace prof::agent
