#include "libprof/agent/modules.h"

#include <link.h>

#include <algorithm>
#include <atomic>

#include "libprof/agent/module_info.h"
#include "libprof/agent/pages.h"
#include "libprof/agent/search_gate.h"
#include "libprof/agent/state.h"

namespace prof::agent {
namespace {

constexpr ModuleList kNoModules = {0, 0};

// Writer: whoever holds the refresh, sequentially consistent (BufferPool says why). A stale list misses new
// modules: their frames are unwound by frame pointer or truncated.
std::atomic<const ModuleList*> published = &kNoModules;
// Refreshes asked for and not yet served; whoever takes it from 0 serves them.
std::atomic<uint32_t> requests = 0;
// Set by dlopen's hook, cleared by the refresh. A stale value delays one refresh.
std::atomic<bool> is_stale = false;
// Writer: the fork handler of the child.
bool is_forks_child = false;

// The rest belongs to whoever holds the refresh.
bool lacks_records = false;  // of the present spool, whose ring was full
unsigned long long seen_additions = 0;
unsigned long long seen_removals = 0;
struct Retired {
  ModuleList* list;
  BufferPool::Passage passage;
};
Retired retired[4] = {};

size_t list_size(uint32_t capacity) { return page_up(sizeof(ModuleList) + capacity * sizeof(LoadedModule)); }

struct Collection {
  bool is_unchanged = false;
  bool is_full = false;
  uint32_t visited = 0;
  ModuleList* list = nullptr;
};

int collect(dl_phdr_info* info, size_t, void* data) {
  auto& collection = *static_cast<Collection*>(data);
  if (collection.visited == 0) {
    collection.is_unchanged = info->dlpi_adds == seen_additions && info->dlpi_subs == seen_removals;
    if (collection.is_unchanged) return 1;
    seen_additions = info->dlpi_adds;
    seen_removals = info->dlpi_subs;
  }
  const bool is_first = collection.visited++ == 0;
  ModuleList* const list = collection.list;
  if (list->count == list->capacity) {
    collection.is_full = true;
    return 1;
  }
  if (ModuleInfo* const found = info_of(*info, is_first)) {
    list->modules()[list->count++] = {found->record.start, found->record.end, found->table, found};
  }
  return 0;
}

// A list that no reader can hold any more goes back to the kernel; where all places are taken, it is leaked.
void retire(ModuleList* list) {
  for (Retired& place : retired) {
    if (place.list != nullptr && buffers.has_passed(place.passage)) {
      unmap_pages(place.list, list_size(place.list->capacity));
      place.list = nullptr;
    }
  }
  if (list == &kNoModules) return;
  for (Retired& place : retired) {
    if (place.list != nullptr) continue;
    place = {list, buffers.passage()};
    return;
  }
}

void write_module(ModuleInfo* module) {
  module->is_written = state->writer.write(spool::RecordType::kModule, module->record, module->path(),
                                           module->record.path_size);
  if (module->is_written && module->lacks_memory) state->writer.count_drop(spool::Drop::no_table);
}

bool holds(const ModuleList* list, const void* info) {
  const auto* const end = list->modules() + list->count;
  return std::any_of(list->modules(), end, [info](const LoadedModule& m) { return m.info == info; });
}

ModuleInfo* info_at(const ModuleList* list, uint32_t i) {
  return const_cast<ModuleInfo*>(static_cast<const ModuleInfo*>(list->modules()[i].info));
}

// REQUIRES: the refresh is held.
void write_records(const ModuleList* before, const ModuleList* now) {
  if (!state->is_open.load(std::memory_order_acquire)) return;
  for (uint32_t i = 0; i < before->count; ++i) {
    ModuleInfo* const module = info_at(before, i);
    if (!module->is_written || holds(now, module)) continue;
    state->writer.write(spool::RecordType::kUnload, spool::Unload{module->record.start});
    module->is_written = false;
  }
  lacks_records = false;
  for (uint32_t i = 0; i < now->count; ++i) {
    ModuleInfo* const module = info_at(now, i);
    if (!module->is_written) write_module(module);
    lacks_records |= !module->is_written;
  }
}

// REQUIRES: the refresh is held.
void write_missing(const ModuleList* now) {
  if (lacks_records) write_records(now, now);
}

// REQUIRES: the refresh is held.
void rebuild() {
  const auto* const before = published.load(std::memory_order_relaxed);
  for (uint32_t capacity = before->count + 64;; capacity *= 2) {
    Collection collection;
    collection.list = static_cast<ModuleList*>(map_pages(list_size(capacity)));
    if (collection.list == nullptr) return;
    collection.list->capacity = capacity;
    {
      const Search search;  // it holds the loader's lock
      ::dl_iterate_phdr(collect, &collection);
    }
    if (collection.is_unchanged || collection.is_full) {
      unmap_pages(collection.list, list_size(capacity));
      if (collection.is_unchanged) return write_missing(before);
      seen_additions = 0;
      continue;
    }
    LoadedModule* const modules = collection.list->modules();
    std::sort(modules, modules + collection.list->count,
              [](const LoadedModule& a, const LoadedModule& b) { return a.start < b.start; });
    write_records(before, collection.list);
    published.store(collection.list, std::memory_order_seq_cst);
    retire(const_cast<ModuleList*>(before));
    return;
  }
}

}  // namespace

const ModuleList* module_list() { return published.load(std::memory_order_seq_cst); }

bool searches_like_us(uint64_t caller) {
  const int reader = buffers.claim();
  if (reader < 0) return false;
  const ModuleList* const list = module_list();
  const LoadedModule* const module = list->find(caller);
  const auto paths_of = [](const LoadedModule& m) {
    return static_cast<const ModuleInfo*>(m.info)->search_paths;
  };
  // A caller that is not in the list may be in another namespace.
  const bool does = module != nullptr && !paths_of(*module).has_runpath &&
                    std::none_of(list->modules(), list->modules() + list->count,
                                 [&](const LoadedModule& m) { return paths_of(m).has_rpath; });
  buffers.release(reader);
  return does;
}

void refresh_modules() {
  if (requests.fetch_add(1, std::memory_order_acquire) != 0) return;
  uint32_t served = 0;
  do {
    served = requests.load(std::memory_order_acquire);
    is_stale.store(false, std::memory_order_relaxed);
    rebuild();
    if (lacks_records) is_stale.store(true, std::memory_order_relaxed);
  } while (!requests.compare_exchange_strong(served, 0, std::memory_order_release));
}

void mark_modules_stale() { is_stale.store(true, std::memory_order_relaxed); }

void refresh_modules_if_stale() {
  if (is_stale.load(std::memory_order_relaxed)) refresh_modules();
}

void write_missing_modules() {
  if (requests.fetch_add(1, std::memory_order_acquire) != 0) return;
  write_missing(published.load(std::memory_order_relaxed));
  if (requests.exchange(0, std::memory_order_release) != 1) mark_modules_stale();  // others asked meanwhile
}

void refresh_modules_after_call() {
  if (is_forks_child) return mark_modules_stale();
  refresh_modules();
}

void write_all_modules(bool forked) {
  if (forked) {
    is_forks_child = true;
    requests.store(0, std::memory_order_relaxed);
    // Where it was set, another thread may have been inside the loader, with its lock: a look would wait for
    // ever, in a dlsym or pthread_create that would not. The child's own next load looks.
    is_stale.store(false, std::memory_order_relaxed);
  }
  for (ModuleInfo* module = known_modules(); module != nullptr; module = module->next)
    module->is_written = false;
  const auto* const now = published.load(std::memory_order_relaxed);
  write_records(&kNoModules, now);
  if (!forked) refresh_modules();
}

}  // namespace prof::agent
