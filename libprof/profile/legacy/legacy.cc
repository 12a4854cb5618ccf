#include "libprof/profile/legacy/legacy.h"

#include <fmt/format.h>

namespace prof::legacy {
namespace {

constexpr Format kFormats[] = {
    {"CPU", detect_cpu, read_cpu, true},
    {"Java CPU", detect_java_cpu, read_java_cpu},
    {"heap", detect_heap, read_heap},
    {"jemalloc", detect_jemalloc, read_jemalloc},
    {"count", detect_count, read_count},
    {"thread", detect_thread, read_thread, true},
    {"contention", detect_contention, read_contention},
    {"Java", detect_java, read_java},
};

// What the profilers themselves leave on stacks, by what they measure: frames that match go, with all that
// they called.
constexpr const char* kDropCpu =
    "ProfileData::(Add|prof_handler)|CpuProfiler::prof_handler|__pthread_sighandler|__restore";

constexpr const char* kDropHeap =
    "malloc|calloc|realloc|valloc|pvalloc|c?free|(do_|(__)?posix_)?memalign|__libc_malloc|"
    "tcmalloc::.*|tc_(malloc|calloc|realloc|valloc|pvalloc|c?free|(posix_)?memalign)|"
    "tc_new(array)?(_nothrow)?|tc_delete(array)?|malloc_zone_([mcv]alloc|realloc|memalign|free)|"
    "runtime\\..*|BaseArena::.*|(::)?do_malloc(_no_errno|_pages)?|DoSampledAllocation|"
    "MallocedMemBlock::MallocedMemBlock|_M_allocate|__builtin_(vec_)?(delete|new)|"
    "__gnu_cxx::new_allocator::allocate|__malloc_alloc_template::allocate|allocate|cpp_alloc|"
    "operator new(\\[\\])?|simple_alloc::allocate";
constexpr const char* kKeepHeap = "runtime\\.(panic|reflectcall|call[0-9]*)";

constexpr const char* kDropContention =
    "(base::)?(RecordLockProfileData|SubmitMutexProfileData|SubmitSpinLockProfileData).*|"
    "((base::)?Mutex::)?(AwaitCommon|Unlock|ReaderUnlock).*|((base::)?MutexLock::)?~MutexLock.*|"
    "(SpinLock::)?(Slow)?Unlock.*|(SpinLockHolder::)?~SpinLockHolder.*";

void add_frames_to_drop(Draft& draft) {
  const std::string first = draft.sample_types.empty() ? "" : draft.sample_types[0].first;
  if (first == "objects" || first == "inuse_objects" || first == "alloc_objects") {
    draft.drop_frames = draft.drop_frames.empty() ? kDropHeap : kDropHeap + ('|' + draft.drop_frames);
    draft.keep_frames = kKeepHeap;
  } else {
    draft.drop_frames = first == "contentions" ? kDropContention : kDropCpu;
  }
}

}  // namespace

std::span<const Format> formats() { return kFormats; }

std::optional<Result<Profile>> read(std::string_view bytes) {
  for (const Format& format : kFormats) {
    if (!format.detect(bytes)) continue;
    auto draft = format.read(bytes);
    if (!draft) {
      return fail(fmt::format("its legacy {} profile is malformed: {}", format.name, draft.error().what),
                  "the file is damaged, or was cut short");
    }
    add_frames_to_drop(*draft);
    return std::move(*draft).finish(format.is_leaf_twice);
  }
  return std::nullopt;
}

}  // namespace prof::legacy
