#include "libprof/agent/module_info.h"

#include <sys/auxv.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "libprof/agent/own_process.h"
#include "libprof/agent/pages.h"
#include "libprof/agent/shared_tables.h"
#include "libprof/agent/text.h"

namespace prof::agent {
namespace {

ModuleInfo* known = nullptr;
// Own code; written by the first refresh, in the constructor, before any hook records.
uint64_t own_start = 0;
uint64_t own_end = 0;

// Bump allocation of what lives for ever.
void* allocate_forever(size_t size) {
  static char* chunk = nullptr;
  static size_t left = 0;
  size = (size + 15) & ~size_t{15};
  if (size > left) {
    const size_t chunk_size = std::max(page_up(size), size_t{1} << 16);
    chunk = static_cast<char*>(map_pages(chunk_size));
    left = chunk == nullptr ? 0 : chunk_size;
    if (chunk == nullptr) return nullptr;
  }
  void* const taken = chunk;
  chunk += size;
  left -= size;
  return taken;
}

bool is_same(const spool::Module& a, const spool::Module& b) {
  return a.start == b.start && a.end == b.end && a.bias == b.bias && a.build_id_size == b.build_id_size &&
         a.path_size == b.path_size && std::memcmp(a.build_id, b.build_id, sizeof a.build_id) == 0;
}

// A table is relative to its module, so another load of the same object can use it.
const UnwindTable* table_of(const dl_phdr_info& info, const spool::Module& record, uint64_t frames,
                            const char* path) {
  if (record.build_id_size != 0) {
    for (const ModuleInfo* other = known; other != nullptr; other = other->next) {
      if (other->record.build_id_size == record.build_id_size &&
          other->record.end - other->record.start == record.end - record.start && other->frames == frames &&
          std::memcmp(other->record.build_id, record.build_id, sizeof record.build_id) == 0) {
        return other->table;
      }
    }
  }
  const TableName name = name_table(record, frames, path);
  if (const UnwindTable* const taken = take_table(name)) return taken;
  const UnwindTable* const made = compile_image(info, record, path);
  if (made != nullptr) leave_table(name, *made);
  return made;
}

// The absolute path as the collector can open it.
void name_of(const dl_phdr_info& info, bool is_first, Text<4096>& name) {
  if (info.dlpi_addr != 0 && ::getauxval(AT_SYSINFO_EHDR) == info.dlpi_addr) {
    name.add("[vdso]");
  } else {
    char path[4096];
    const char* file = info.dlpi_name;
    if (is_first && file[0] == '\0') {
      executable_path(path, sizeof path);
      file = path;
    }
    char directory[4096];
    if (file[0] != '/' && file[0] != '\0' && ::getcwd(directory, sizeof directory) != nullptr) {
      name.add(directory).add("/");
    }
    name.add(file);
  }
  if (name.length() == 0) name.add("?");
}

}  // namespace

ModuleInfo* info_of(const dl_phdr_info& info, bool is_first) {
  spool::Module record;
  if (!describe_image(info, record)) return nullptr;
  Text<4096> name;
  name_of(info, is_first, name);
  record.path_size = static_cast<uint32_t>(name.length());
  for (ModuleInfo* old = known; old != nullptr; old = old->next) {
    if (is_same(old->record, record) && std::memcmp(old->path(), name.c_str(), name.length()) == 0)
      return old;
  }
  auto* const made = static_cast<ModuleInfo*>(allocate_forever(sizeof(ModuleInfo) + name.length()));
  if (made == nullptr) return nullptr;
  made->record = record;
  std::memcpy(made->path(), name.c_str(), name.length());
  const uint64_t refused = budget.refused();
  made->frames = checksum_frames(info);
  made->table = table_of(info, record, made->frames, name.c_str());
  made->lacks_memory = made->table == nullptr && budget.refused() != refused;
  made->search_paths = find_search_paths(info);
  made->is_written = false;
  made->next = known;
  known = made;
  const auto here = reinterpret_cast<uint64_t>(&info_of);
  if (here >= record.start && here < record.end) {
    own_start = record.start;
    own_end = record.end;
  }
  return made;
}

ModuleInfo* known_modules() { return known; }

bool is_own_code(uint64_t pc) { return pc >= own_start && pc < own_end; }

}  // namespace prof::agent
