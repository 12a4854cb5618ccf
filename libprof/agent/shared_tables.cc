#include "libprof/agent/shared_tables.h"

#include <sys/mman.h>

#include <cstring>
#include <new>

#include "libprof/agent/cfi_check.h"
#include "libprof/agent/checksum.h"
#include "libprof/agent/pages.h"
#include "libprof/agent/private_directory.h"

namespace prof::agent {
namespace {

using Path = Text<4096>;

constexpr uint32_t kMinRows = 256;
constexpr uint32_t kMinRecentShift = 16;  // 512 KiB of words
constexpr uint32_t kMaxRecentShift = 31;
constexpr uint64_t kMagic = 0x656c626174667270;  // "prftable"

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

// Writer of both: share_tables_in, in the constructor.
Path* shared_directory = nullptr;
Path* kept_directory = nullptr;

bool is_named(const Path* directory) { return directory != nullptr && directory->length() != 0; }

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
  if (header.magic != kMagic || header.version != kTableVersion || header.size() != size ||
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
  return checksum_of(table) == header.checksum && is_sound(table);
}

// The table in `bytes`, for good; null, and they are given back, where it is none.
const UnwindTable* adopt(void* bytes, uint64_t size) {
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

const UnwindTable* map_table(const RawFile& file) {
  const uint64_t size = file.is_open() ? file.size() : 0;
  if (size == 0 || !budget.take(size)) return nullptr;
  void* const bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file.fd(), 0);
  if (bytes != MAP_FAILED) return adopt(bytes, size);
  budget.give_back(size);
  return nullptr;
}

const UnwindTable* read_table(const RawFile& file) {
  const uint64_t size = file.is_open() ? file.size() : 0;
  void* const bytes = size == 0 ? nullptr : map_pages(size);
  if (bytes == nullptr) return nullptr;
  if (file.read(bytes, size, 0)) return adopt(bytes, size);
  unmap_pages(bytes, size);
  return nullptr;
}

const UnwindTable* take_from(const Path* directory, const TableName& name,
                             const UnwindTable* (*take)(const RawFile&)) {
  if (!is_named(directory) || name.length() == 0) return nullptr;
  const PrivateDirectory opened(directory->c_str());
  return take(RawFile(opened.fd(), name.c_str(), O_RDONLY | O_NOFOLLOW));
}

}  // namespace

TableName name_table(const spool::Module& module, uint64_t frames, const char* path) {
  TableName name;
  if (module.build_id_size == 0) return name;
  for (uint32_t i = 0; i < module.build_id_size; ++i) {
    const char digits[] = {"0123456789abcdef"[module.build_id[i] >> 4],
                           "0123456789abcdef"[module.build_id[i] & 15]};
    name.add(digits, sizeof digits);
  }
  name.add("-").add(module.end - module.start).add("-").add(RawFile::size_of(path));
  name.add("-").add(frames).add(spool::kTableSuffix);
  return name;
}

void share_tables_in(const char* directory, const char* kept) {
  auto* const both = static_cast<Path*>(map_pages(page_up(2 * sizeof(Path))));
  if (both == nullptr) return;
  shared_directory = &(new (both) Path)->add(directory);
  kept_directory = &(new (both + 1) Path)->add(kept);
}

const UnwindTable* take_table(const TableName& name) {
  const UnwindTable* const shared = take_from(shared_directory, name, map_table);
  return shared != nullptr ? shared : take_from(kept_directory, name, read_table);
}

void leave_table(const TableName& name, const UnwindTable& table) {
  if (table.row_count < kMinRows || !is_named(shared_directory) || name.length() == 0) return;
  Header header = {kMagic,
                   kTableVersion,
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
  const PrivateDirectory directory(shared_directory->c_str());
  TableName temporary;
  temporary.add(name.c_str()).add(".").add(static_cast<uint64_t>(::syscall(SYS_getpid)));
  bool is_whole = false;
  {
    const RawFile file(directory.fd(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (!file.is_open()) return;
    is_whole = file.write(parts, 5, header.size());
  }
  if (!is_whole || !directory.rename(temporary.c_str(), name.c_str())) directory.remove(temporary.c_str());
}

}  // namespace prof::agent
