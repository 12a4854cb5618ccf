#include "libprof/symbols/itanium.h"

#include <csetjmp>
#include <utility>

// What abi::__cxa_demangle is made of: it tells the readable name in pieces. Not 0: it is no such name.
extern "C" int __gcclibcxx_demangle_callback(const char* name, void (*piece)(const char*, size_t, void*),
                                             void* argument);

namespace prof::symbols {
namespace {

struct Output {
  std::string text;
  std::jmp_buf is_full;
};

void take(const char* piece, size_t size, void* argument) {
  Output& output = *static_cast<Output*>(argument);
  // The demangler cannot be told to stop. It is C, and has nothing to give back: its memory is its stack.
  if (size > kLongestReadable - output.text.size()) std::longjmp(output.is_full, 1);
  output.text.append(piece, size);
}

// `output` is the caller's: a local object's value were undefined after the jump.
bool demangle_into(Output& output, const char* name) {
  if (setjmp(output.is_full) != 0) return false;
  return __gcclibcxx_demangle_callback(name, take, &output) == 0;
}

}  // namespace

std::optional<std::string> demangle_itanium(const std::string& linker_name) {
  Output output;
  if (!demangle_into(output, linker_name.c_str())) return std::nullopt;
  return std::move(output.text);
}

}  // namespace prof::symbols
