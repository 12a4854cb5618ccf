#include "cmd/common/huge_pages.h"

#ifdef PROF_TCMALLOC
#include <gperftools/malloc_extension.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace prof::cmd {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kRegion = size_t{64} << 20;  // of addresses: memory is what gets touched

size_t round_up(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

// tcmalloc calls this under its lock: it must not allocate.
class HugePages : public SysAllocator {
 public:
  explicit HugePages(SysAllocator* fallback) : fallback_(fallback) {}

  void* Alloc(size_t size, size_t* actual_size, size_t alignment) override {
    size_t at = round_up(next_, std::max<size_t>(alignment, 1));
    if (at + size > limit_ || at < next_) {
      if (!map_region(size + alignment)) return fallback_->Alloc(size, actual_size, alignment);
      at = round_up(next_, std::max<size_t>(alignment, 1));
    }
    next_ = at + size;
    if (actual_size != nullptr) *actual_size = size;
    return reinterpret_cast<void*>(at);
  }

 private:
  bool map_region(size_t least) {
    const size_t size = std::max(kRegion, round_up(least, kHugePage));
    void* region = ::mmap(nullptr, size + kHugePage, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (region == MAP_FAILED) return false;
    next_ = round_up(reinterpret_cast<uintptr_t>(region), kHugePage);
    limit_ = next_ + size;
    (void)::madvise(reinterpret_cast<void*>(next_), size, MADV_HUGEPAGE);
    return true;
  }

  SysAllocator* fallback_;
  uintptr_t next_ = 0, limit_ = 0;
};

}  // namespace

void use_huge_pages() {
  MallocExtension* extension = MallocExtension::instance();
  static HugePages allocator(extension->GetSystemAllocator());
  extension->SetSystemAllocator(&allocator);
}

}  // namespace prof::cmd
#else
namespace prof::cmd {
void use_huge_pages() {}
}  // namespace prof::cmd
#endif
