#include "libprof/agent/link_scope.h"

#include <elf.h>
#include <link.h>

#include <atomic>
#include <cstring>

#include "libprof/agent/search_gate.h"

namespace prof::agent {
namespace {

// The last object that was there when the agent began, all of which stay. Writer: the constructor. Null
// before: then all that is loaded is.
std::atomic<const link_map*> last_of_first = nullptr;

const link_map* own_map() {
  const link_map* map = _r_debug.r_map;
  while (map != nullptr && map->l_ld != _DYNAMIC) map = map->l_next;
  return map;
}

// Where the loader could write, it has made addresses of them; in the vdso they are relative still.
template <typename T>
const T* pointer(const link_map& map, const ElfW(Dyn) & entry) {
  const ElfW(Addr) value = entry.d_un.d_ptr;
  return reinterpret_cast<const T*>(value < map.l_addr ? value + map.l_addr : value);
}

// What an object defines and needs, by its dynamic section. Null where there is none of it.
struct Dynamic {
  explicit Dynamic(const link_map& map) : map_(map) {
    const ElfW(Dyn)* soname = nullptr;
    for (const ElfW(Dyn)* entry = map.l_ld; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == DT_SYMTAB) symbols_ = pointer<ElfW(Sym)>(map, *entry);
      if (entry->d_tag == DT_STRTAB) strings_ = pointer<char>(map, *entry);
      if (entry->d_tag == DT_GNU_HASH) gnu_hash_ = pointer<uint32_t>(map, *entry);
      if (entry->d_tag == DT_HASH) hash_ = pointer<uint32_t>(map, *entry);
      if (entry->d_tag == DT_SONAME) soname = entry;
    }
    if (soname != nullptr && strings_ != nullptr) soname_ = strings_ + soname->d_un.d_val;
  }

  void* find(const char* name) const {
    if (symbols_ == nullptr || strings_ == nullptr) return nullptr;
    if (gnu_hash_ != nullptr) return find_by_gnu_hash(name);
    return hash_ != nullptr ? find_by_hash(name) : nullptr;
  }

  bool is_called(const char* needed) const {
    if (soname_ != nullptr && std::strcmp(soname_, needed) == 0) return true;
    const char* const slash = std::strrchr(map_.l_name, '/');
    const bool is_path = std::strchr(needed, '/') != nullptr;
    return std::strcmp(is_path || slash == nullptr ? map_.l_name : slash + 1, needed) == 0;
  }

  template <typename Visit>
  void for_each_needed(Visit visit) const {
    for (const ElfW(Dyn)* entry = map_.l_ld; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == DT_NEEDED && strings_ != nullptr) visit(strings_ + entry->d_un.d_val);
    }
  }

 private:
  // Null where symbol `index` is not a definition of `name`.
  void* function(uint32_t index, const char* name) const {
    const ElfW(Sym)& symbol = symbols_[index];
    if (symbol.st_shndx == SHN_UNDEF || ELF64_ST_BIND(symbol.st_info) == STB_LOCAL) return nullptr;
    if (std::strcmp(strings_ + symbol.st_name, name) != 0) return nullptr;
    void* const address = reinterpret_cast<void*>(map_.l_addr + symbol.st_value);
    if (ELF64_ST_TYPE(symbol.st_info) != STT_GNU_IFUNC) return address;
    return reinterpret_cast<void* (*)()>(address)();
  }

  // https://flapenguin.me/elf-dt-gnu-hash
  void* find_by_gnu_hash(const char* name) const {
    uint32_t hash = 5381;
    for (const char* at = name; *at != '\0'; ++at) hash = hash * 33 + static_cast<unsigned char>(*at);
    const uint32_t buckets = gnu_hash_[0], first = gnu_hash_[1], words = gnu_hash_[2], shift = gnu_hash_[3];
    const auto* const bloom = reinterpret_cast<const uint64_t*>(gnu_hash_ + 4);
    const auto* const bucket = reinterpret_cast<const uint32_t*>(bloom + words);
    const uint32_t* const chain = bucket + buckets;
    if (buckets == 0 || words == 0) return nullptr;
    const uint64_t word = bloom[hash / 64 % words];
    if ((word >> hash % 64 & word >> (hash >> shift) % 64 & 1) == 0) return nullptr;
    uint32_t index = bucket[hash % buckets];
    if (index < first) return nullptr;
    for (;; ++index) {
      const uint32_t link = chain[index - first];
      if ((link | 1) == (hash | 1)) {
        if (void* const found = function(index, name)) return found;
      }
      if ((link & 1) != 0) return nullptr;
    }
  }

  // System V ABI, "Hash Table".
  void* find_by_hash(const char* name) const {
    uint32_t hash = 0;
    for (const char* at = name; *at != '\0'; ++at) {
      hash = (hash << 4) + static_cast<unsigned char>(*at);
      hash = (hash ^ (hash >> 24 & 0xf0)) & 0x0fffffff;
    }
    const uint32_t buckets = hash_[0];
    const uint32_t* const chain = hash_ + 2 + buckets;
    if (buckets == 0) return nullptr;
    for (uint32_t index = hash_[2 + hash % buckets]; index != STN_UNDEF; index = chain[index]) {
      if (void* const found = function(index, name)) return found;
    }
    return nullptr;
  }

  const link_map& map_;
  const ElfW(Sym) * symbols_ = nullptr;
  const char* strings_ = nullptr;
  const char* soname_ = nullptr;
  const uint32_t* gnu_hash_ = nullptr;
  const uint32_t* hash_ = nullptr;
};

// Objects, each once; what does not fit is left out.
struct Objects {
  const link_map* maps[64];
  uint32_t count = 0;

  bool hold(const link_map* map) const {
    for (uint32_t i = 0; i < count; ++i) {
      if (maps[i] == map) return true;
    }
    return false;
  }
  void add(const link_map* map) {
    if (count < sizeof maps / sizeof maps[0] && !hold(map)) maps[count++] = map;
  }
};

// The library whose opening loaded `map`, or at least asked for it first: an object is behind those that need
// it in the list, so the first of those that lead to it is met last. `first`: the first that was opened.
const link_map* opened_for(const link_map* map, const link_map* first) {
  Objects leading;
  leading.add(map);
  for (const link_map* at = map; at != first;) {
    at = at->l_prev;
    Dynamic(*at).for_each_needed([&](const char* needed) {
      for (uint32_t i = 0; i < leading.count; ++i) {
        if (Dynamic(*leading.maps[i]).is_called(needed)) return leading.add(at);
      }
    });
  }
  return leading.maps[leading.count - 1];
}

// In `root` and what it needs, breadth first.
void* find_from(const link_map* root, const link_map* first, const char* name) {
  Objects scope;
  scope.add(root);
  for (uint32_t i = 0; i < scope.count; ++i) {
    const Dynamic dynamic(*scope.maps[i]);
    if (void* const found = dynamic.find(name)) return found;
    dynamic.for_each_needed([&](const char* needed) {
      for (const link_map* map = first; map != nullptr; map = map->l_next) {
        if (Dynamic(*map).is_called(needed)) return scope.add(map);
      }
    });
  }
  return nullptr;
}

struct Asked {
  const char* name;
  const ElfW(Dyn) * caller;
  Definition found;
};

// These are called once, with the loader's lock held: the list and what is in it stay as they are.

// Among what was loaded at the start, behind the agent.
int search_first(dl_phdr_info*, size_t, void* data) {
  auto& [name, caller, found] = *static_cast<Asked*>(data);
  const link_map* const last = last_of_first.load(std::memory_order_acquire);
  const link_map* map = own_map();
  while (map != nullptr && map != last && (map = map->l_next) != nullptr) {
    if (void* const address = Dynamic(*map).find(name)) return found = {address, true}, 1;
  }
  return 1;
}

// Among what was opened since.
int search_opened(dl_phdr_info*, size_t, void* data) {
  auto& [name, caller, found] = *static_cast<Asked*>(data);
  const link_map* const last = last_of_first.load(std::memory_order_acquire);
  const link_map* const first = last == nullptr ? nullptr : last->l_next;
  uint32_t definitions = 0;
  const link_map* of_caller = nullptr;
  for (const link_map* map = first; map != nullptr; map = map->l_next) {
    if (map->l_ld == caller) of_caller = map;
    void* const address = map->l_ld == _DYNAMIC ? nullptr : Dynamic(*map).find(name);
    if (address != nullptr && definitions++ == 0) found.address = address;
  }
  if (definitions < 2 || of_caller == nullptr) return 1;
  if (void* const address = find_from(opened_for(of_caller, first), first, name)) found.address = address;
  return 1;
}

struct SearchOnly {
  const char* const* names;
  void** addresses;
  uint32_t count;
  bool are_only;
};

int search_only(dl_phdr_info*, size_t, void* data) {
  auto& [names, addresses, count, are_only] = *static_cast<SearchOnly*>(data);
  const link_map* const last = last_of_first.load(std::memory_order_acquire);
  const link_map* map = last == nullptr ? nullptr : last->l_next;
  for (; map != nullptr && are_only; map = map->l_next) {
    if (map->l_ld == _DYNAMIC) continue;
    const Dynamic dynamic(*map);
    for (uint32_t i = 0; i < count; ++i) {
      void* const address = dynamic.find(names[i]);
      if (address == nullptr) continue;
      are_only = are_only && addresses[i] == nullptr;
      addresses[i] = address;
    }
  }
  return 1;
}

struct Caller {
  uint64_t address;
  const ElfW(Dyn) * dynamic;  // of the object that holds it
};

int find_caller(dl_phdr_info* info, size_t, void* data) {
  auto& [address, dynamic] = *static_cast<Caller*>(data);
  bool holds = false;
  const ElfW(Dyn)* section = nullptr;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    const uint64_t start = info->dlpi_addr + segment.p_vaddr;
    holds |= segment.p_type == PT_LOAD && address >= start && address - start < segment.p_memsz;
    if (segment.p_type == PT_DYNAMIC) section = reinterpret_cast<const ElfW(Dyn)*>(start);
  }
  if (holds) dynamic = section;
  return holds ? 1 : 0;
}

}  // namespace

void mark_first_objects() {
  const auto mark = [](dl_phdr_info*, size_t, void*) {
    const link_map* map = _r_debug.r_map;
    while (map != nullptr && map->l_next != nullptr) map = map->l_next;
    last_of_first.store(map, std::memory_order_release);
    return 1;
  };
  ::dl_iterate_phdr(mark, nullptr);
}

Definition find_shadowed(const char* name, uint64_t caller) {
  const Search search;
  Asked asked = {name, nullptr, {}};
  ::dl_iterate_phdr(search_first, &asked);
  if (asked.found.address != nullptr) return asked.found;
  Caller called_by = {caller, nullptr};
  ::dl_iterate_phdr(find_caller, &called_by);
  asked.caller = called_by.dynamic;
  ::dl_iterate_phdr(search_opened, &asked);
  return asked.found;
}

bool find_only(const char* const* names, void** addresses, uint32_t count) {
  const Search search;
  for (uint32_t i = 0; i < count; ++i) addresses[i] = nullptr;
  SearchOnly asked = {names, addresses, count, true};
  ::dl_iterate_phdr(search_only, &asked);
  return asked.are_only;
}

}  // namespace prof::agent
