#include "cmd/benchcmp/huge_pages.h"

#ifdef PROF_MIMALLOC
#include <mimalloc.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace bench::cmd {
namespace {

constexpr size_t kSegment = size_t{32} << 20;  // mimalloc's unit, and alignment, of what it takes

void* segment_at_or_below(const void* place) {
  return reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(place) / kSegment * kSegment);
}

}  // namespace

void use_huge_pages() {
  mi_option_disable(mi_option_allow_decommit);  // giving back pieces would split them
  // The segment that this thread has already.
  const auto in_first = std::make_unique<char>();
  (void)::madvise(segment_at_or_below(in_first.get()), kSegment, MADV_HUGEPAGE);
  // All others, to come.
  constexpr size_t kSize = size_t{1} << 30;  // of addresses: memory is what gets touched
  void* region = ::mmap(nullptr, kSize + kSegment, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (region == MAP_FAILED) return;
  void* aligned = segment_at_or_below(static_cast<char*>(region) + kSegment - 1);
  (void)::madvise(aligned, kSize, MADV_HUGEPAGE);
  (void)mi_manage_os_memory(aligned, kSize, /*is_committed=*/true, /*is_large=*/false, /*is_zero=*/true, -1);
}

}  // namespace bench::cmd
#else
namespace bench::cmd {
void use_huge_pages() {}
}  // namespace bench::cmd
#endif
