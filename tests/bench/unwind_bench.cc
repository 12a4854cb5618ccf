// usage: unwind_bench [ROUNDS]: nanoseconds a frame of our unwinder and its peers at 36 frames, in turn, in
// one run. `unwind_bench ours N` only unwinds N times, to be counted by callgrind.
#include <dlfcn.h>
#include <link.h>
#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "libprof/agent/elf_image.h"
#include "libprof/agent/unwind.h"

using namespace prof::agent;

namespace {

constexpr int kDepth = 32;
constexpr int kCapacity = 128;
constexpr int kBatch = 2000;

std::vector<uint64_t> list_memory;
std::vector<LoadedModule> loaded;
StackRange stack;

int add_module(dl_phdr_info* info, size_t, void*) {
  prof::spool::Module module;
  if (!describe_image(*info, module)) return 0;
  loaded.push_back({module.start, module.end, compile_image(*info, module, info->dlpi_name), nullptr});
  return 0;
}

const ModuleList* make_list() {
  ::dl_iterate_phdr(add_module, nullptr);
  std::sort(loaded.begin(), loaded.end(), [](const auto& a, const auto& b) { return a.start < b.start; });
  list_memory.resize((sizeof(ModuleList) + loaded.size() * sizeof(LoadedModule)) / 8 + 1);
  auto* const list = reinterpret_cast<ModuleList*>(list_memory.data());
  list->count = list->capacity = static_cast<uint32_t>(loaded.size());
  std::copy(loaded.begin(), loaded.end(), list->modules());
  return list;
}

// Each walks the stack of its caller once and says how many frames there were.
[[gnu::noinline]] int ours() {
  uint64_t frames[kCapacity];
  UnwindRequest request = {};
  request.modules = reinterpret_cast<const ModuleList*>(list_memory.data());
  request.from = registers_here();
  request.stack = stack;
  return static_cast<int>(unwind(request, frames, kCapacity).count);
}
[[gnu::noinline]] int glibc_backtrace() {
  // libunwind exports a function of the same name.
  using Backtrace = int(void**, int);
  static auto* const of_libc =
      reinterpret_cast<Backtrace*>(::dlsym(::dlopen("libc.so.6", RTLD_NOW), "backtrace"));
  void* frames[kCapacity];
  return of_libc(frames, kCapacity);
}
[[gnu::noinline]] int libunwind_backtrace() {
  void* frames[kCapacity];
  return ::unw_backtrace(frames, kCapacity);
}
[[gnu::noinline]] int libunwind_step() {
  unw_context_t context;
  unw_cursor_t cursor;
  unw_getcontext(&context);
  unw_init_local(&cursor, &context);
  int count = 1;
  while (unw_step(&cursor) > 0) ++count;
  return count;
}

struct Method {
  const char* name;
  int (*walk)();
  std::vector<double> ns = {};
  int frames = 0;
};

void measure(Method& method) {
  const auto start = std::chrono::steady_clock::now();
  int64_t frames = 0;
  const int batch = method.walk == glibc_backtrace || method.walk == libunwind_step ? kBatch / 10 : kBatch;
  for (int i = 0; i < batch; ++i) frames += method.walk();
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
  method.ns.push_back(took.count() / static_cast<double>(frames));
  method.frames = static_cast<int>(frames / batch);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

void compare(int rounds) {
  Method methods[] = {{"ours", ours},
                      {"libunwind unw_backtrace, warm cache", libunwind_backtrace},
                      {"libunwind unw_step", libunwind_step},
                      {"glibc backtrace()", glibc_backtrace}};
  for (int i = 0; i < rounds; ++i) {
    for (Method& method : methods) measure(method);
  }
  for (const Method& method : methods) {
    std::vector<double> ratios;
    for (size_t i = 0; i < method.ns.size(); ++i) ratios.push_back(method.ns[i] / methods[0].ns[i]);
    std::printf("%-44s %8.2f ns %8d frames %8.2fx\n", method.name, median(method.ns), method.frames,
                median(ratios));
  }
}

[[gnu::noinline]] void descend(int depth, int rounds, long only_ours) {
  if (depth > 0) {
    descend(depth - 1, rounds, only_ours);
  } else if (only_ours > 0) {
    long frames = 0;
    for (long i = 0; i < only_ours; ++i) frames += ours();
    std::printf("%ld frames\n", frames);
  } else {
    compare(rounds);
  }
  asm volatile("");  // keeps the call from becoming a jump
}

}  // namespace

int main(int argc, char** argv) {
  pthread_attr_t attributes;
  void* low = nullptr;
  size_t size = 0;
  if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return 1;
  ::pthread_attr_getstack(&attributes, &low, &size);
  ::pthread_attr_destroy(&attributes);
  stack = {reinterpret_cast<uint64_t>(low), reinterpret_cast<uint64_t>(low) + size};
  make_list();
  const bool is_ours = argc == 3 && std::strcmp(argv[1], "ours") == 0;
  descend(kDepth, argc == 2 ? std::atoi(argv[1]) : 15, is_ours ? std::atol(argv[2]) : 0);
  return 0;
}
