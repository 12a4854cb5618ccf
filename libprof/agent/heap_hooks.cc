// The C allocator's entry points, in front of the next ones.
//
// Called from: anywhere the target allocates, from its first instruction on: before our constructor, inside
// the loader, in signal handlers that should not. They do what the next ones do and never block besides.
#include <errno.h>
#include <link.h>
#include <sys/auxv.h>

#include <atomic>
#include <cstdint>
#include <cstring>

#include "libprof/agent/heap.h"
#include "libprof/agent/link_scope.h"
#include "libprof/agent/next.h"

namespace prof::agent {
namespace {

struct Allocator {
  void* (*malloc)(size_t);
  void* (*calloc)(size_t, size_t);
  void* (*realloc)(void*, size_t);
  void (*free)(void*);
  void* (*memalign)(size_t, size_t);
  void* (*aligned_alloc)(size_t, size_t);
  int (*posix_memalign)(void**, size_t, size_t);
  void* (*valloc)(size_t);
  void* (*pvalloc)(size_t);
};

// What dlsym itself may ask for while the allocator is being looked up: a few bytes, never given back.
alignas(16) char bootstrap[16384];
std::atomic<size_t> bootstrap_used = 0;

bool is_bootstrap(const void* block) {
  return reinterpret_cast<uintptr_t>(block) - reinterpret_cast<uintptr_t>(bootstrap) < sizeof bootstrap;
}

void* bootstrap_allocate(size_t size) {
  const size_t rounded = (size + 15) & ~size_t{15};
  if (size > sizeof bootstrap) return nullptr;
  const size_t at = bootstrap_used.fetch_add(rounded, std::memory_order_relaxed);
  return at + rounded <= sizeof bootstrap ? bootstrap + at : nullptr;
}

// First calls, before the constructor: each looks everything up and goes on.
void resolve();
void* first_malloc(size_t size);
void* first_calloc(size_t count, size_t size);
void* first_realloc(void* block, size_t size);
void first_free(void* block);

// Written by resolve(), with the same values whoever calls it; read by every hook. A stale pointer is a
// first_ function, which works.
Allocator next = {first_malloc, first_calloc, first_realloc, first_free, nullptr,
                  nullptr,      nullptr,      nullptr,       nullptr};
std::atomic<bool> is_resolving = false;

void resolve() {
  if (is_resolving.exchange(true)) return;
  Allocator found = {};
  found.malloc = find_next<void*(size_t)>("malloc");
  found.calloc = find_next<void*(size_t, size_t)>("calloc");
  found.realloc = find_next<void*(void*, size_t)>("realloc");
  found.free = find_next<void(void*)>("free");
  found.memalign = find_next<void*(size_t, size_t)>("memalign");
  found.aligned_alloc = find_next<void*(size_t, size_t)>("aligned_alloc");
  found.posix_memalign = find_next<int(void**, size_t, size_t)>("posix_memalign");
  found.valloc = find_next<void*(size_t)>("valloc");
  found.pvalloc = find_next<void*(size_t)>("pvalloc");
  next = found;
  is_resolving.store(false);
}

void* first_malloc(size_t size) {
  resolve();
  return next.malloc == first_malloc ? bootstrap_allocate(size) : next.malloc(size);
}

void* first_calloc(size_t count, size_t size) {
  resolve();
  if (next.calloc != first_calloc) return next.calloc(count, size);
  size_t total = 0;
  return __builtin_mul_overflow(count, size, &total) ? nullptr : bootstrap_allocate(total);
}

void* first_realloc(void* block, size_t size) {
  resolve();
  if (next.realloc != first_realloc) return next.realloc(block, size);
  return block == nullptr ? bootstrap_allocate(size) : nullptr;
}

void first_free(void* block) {
  resolve();
  if (next.free != first_free) next.free(block);
}

const Allocator& resolved() {
  if (__builtin_expect(next.memalign == nullptr, 0)) resolve();
  return next;
}

// Out of the bootstrap memory into the real one.
void* move_out(void* block, size_t size) {
  void* const moved = next.malloc(size);
  const size_t left = sizeof bootstrap - static_cast<size_t>(static_cast<char*>(block) - bootstrap);
  if (moved != nullptr) std::memcpy(moved, block, size < left ? size : left);
  return moved;
}

// Where the dynamic loader's code is, in a program with a leak checker; of no size in others. Such a checker
// knows the loader's blocks, which nothing may point to, by who called the allocator: that must not be us. So
// they are passed on by a jump, uncounted.
uintptr_t loader_begin = 0;
uintptr_t loader_size = 0;

bool is_loaders(const void* caller) {
  return __builtin_expect(reinterpret_cast<uintptr_t>(caller) - loader_begin < loader_size, 0);
}

// By the loader's program headers, which are mapped with its first page. Not by dlsym: link_scope.h.
void find_loader() {
  const uintptr_t base = ::getauxval(AT_BASE);
  if (base == 0 || find_shadowed("__lsan_do_leak_check", 0).address == nullptr) return;
  const auto* const header = reinterpret_cast<const ElfW(Ehdr)*>(base);
  const auto* const segments = reinterpret_cast<const ElfW(Phdr)*>(base + header->e_phoff);
  for (int i = 0; i < header->e_phnum; i++) {
    if (segments[i].p_type == PT_LOAD) loader_size = segments[i].p_vaddr + segments[i].p_memsz;
  }
  loader_begin = base;
}

// Counts a block where the next function did not call another of these hooks for it.
void* counted(void* block, size_t size, uint64_t before) {
  if (block != nullptr && thread_state.allocations == before) note_allocation(block, size);
  return block;
}

}  // namespace

void init_heap_hooks() {
  resolve();
  find_loader();
}

}  // namespace prof::agent

using namespace prof::agent;
using prof::Kind;

extern "C" {

PROF_EXPORT void* malloc(size_t size) {
  if (!is_recording(Kind::k_heap) || is_loaders(__builtin_return_address(0))) return next.malloc(size);
  void* const block = next.malloc(size);
  if (block != nullptr) note_allocation(block, size);
  return block;
}

PROF_EXPORT void* calloc(size_t count, size_t size) {
  if (!is_recording(Kind::k_heap) || is_loaders(__builtin_return_address(0))) return next.calloc(count, size);
  const uint64_t before = thread_state.allocations;
  return counted(next.calloc(count, size), count * size, before);
}

PROF_EXPORT void free(void* block) {
  if (__builtin_expect(is_bootstrap(block), 0)) return;
  if (is_recording(Kind::k_heap)) note_free(block);
  next.free(block);
}

PROF_EXPORT void* realloc(void* block, size_t size) {
  if (__builtin_expect(is_bootstrap(block), 0)) return move_out(block, size);
  if (!is_recording(Kind::k_heap)) return next.realloc(block, size);
  const uint64_t before = thread_state.allocations;
  const bool may_be_sampled = block != nullptr && live_blocks.may_hold(reinterpret_cast<uint64_t>(block));
  // Out of the table first: once the block is free, another thread may get its address.
  const uint64_t id = may_be_sampled ? forget_block(block) : 0;
  void* const moved = next.realloc(block, size);
  if (moved == nullptr && size != 0) {
    if (id != 0) remember_block(block, id);
    return nullptr;
  }
  if (id != 0) write_free(id);
  return counted(moved, size, before);
}

PROF_EXPORT void* reallocarray(void* block, size_t count, size_t size) {
  size_t total = 0;
  if (__builtin_mul_overflow(count, size, &total)) {
    errno = ENOMEM;
    return nullptr;
  }
  return realloc(block, total);
}

PROF_EXPORT void* memalign(size_t alignment, size_t size) {
  if (!is_recording(Kind::k_heap)) return resolved().memalign(alignment, size);
  const uint64_t before = thread_state.allocations;
  return counted(resolved().memalign(alignment, size), size, before);
}

PROF_EXPORT void* aligned_alloc(size_t alignment, size_t size) {
  if (!is_recording(Kind::k_heap)) return resolved().aligned_alloc(alignment, size);
  const uint64_t before = thread_state.allocations;
  return counted(resolved().aligned_alloc(alignment, size), size, before);
}

PROF_EXPORT int posix_memalign(void** block, size_t alignment, size_t size) {
  if (!is_recording(Kind::k_heap)) return resolved().posix_memalign(block, alignment, size);
  const uint64_t before = thread_state.allocations;
  const int code = resolved().posix_memalign(block, alignment, size);
  if (code == 0) counted(*block, size, before);
  return code;
}

PROF_EXPORT void* valloc(size_t size) {
  if (!is_recording(Kind::k_heap)) return resolved().valloc(size);
  const uint64_t before = thread_state.allocations;
  return counted(resolved().valloc(size), size, before);
}

PROF_EXPORT void* pvalloc(size_t size) {
  if (!is_recording(Kind::k_heap)) return resolved().pvalloc(size);
  const uint64_t before = thread_state.allocations;
  return counted(resolved().pvalloc(size), size, before);
}

}  // extern "C"
