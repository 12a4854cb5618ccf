#include "libprof/symbols/itanium.h"

#include <csetjmp>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

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

std::optional<std::string> demangled(const std::string& linker_name) {
  Output output;
  if (!demangle_into(output, linker_name.c_str())) return std::nullopt;
  return std::move(output.text);
}

struct Type {
  std::string_view mangled, readable;
};
// Types that the demangler of GCC 12 does not know, and others of which no substitution is made either.
constexpr Type kFloats[] = {{"DF16_", "_Float16"},
                            {"DF32_", "_Float32"},
                            {"DF64_", "_Float64"},
                            {"DF128_", "_Float128"},
                            {"DF16b", "std::bfloat16_t"}};
constexpr Type kStandIns[] = {{"Dd", "decimal64"}, {"De", "decimal128"}, {"Df", "decimal32"}};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

// With a stand-in for each, which is nowhere else in the name. Where "DF16_" is of an identifier the name has
// no longer the length that it says, and is refused again.
std::optional<std::string> demangled_with_floats(const std::string& linker_name) {
  std::string name = linker_name;
  std::vector<std::pair<const Type*, const Type*>> replaced;
  const Type* stand_in = std::begin(kStandIns);
  for (const Type& type : kFloats) {
    if (name.find(type.mangled) == std::string::npos) continue;
    while (stand_in != std::end(kStandIns) && (linker_name.find(stand_in->mangled) != std::string::npos ||
                                               linker_name.find(stand_in->readable) != std::string::npos)) {
      stand_in++;
    }
    if (stand_in == std::end(kStandIns)) return std::nullopt;
    replace_all(name, type.mangled, stand_in->mangled);
    replaced.emplace_back(stand_in++, &type);
  }
  auto readable = demangled(name);
  for (const auto& [from, to] : replaced) {
    if (readable) replace_all(*readable, from->readable, to->readable);
  }
  return readable;
}

// "DB5_" is _BitInt(5), "DU5_" the same without a sign. Substitutions are made of them, as of a vendor's type
// ("u", length and name), and a name may be of any characters: "u10_BitInt(5)".
std::string with_bit_ints_of_vendors(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const bool is_signed = name.starts_with("DB");
    const size_t end = is_signed || name.starts_with("DU") ? name.find_first_not_of("0123456789", 2)
                                                           : std::string_view::npos;
    if (end == std::string_view::npos || end == 2 || name[end] != '_') {
      out += name[0];
      name.remove_prefix(1);
      continue;
    }
    const std::string type =
        (is_signed ? "_BitInt(" : "unsigned _BitInt(") + std::string(name.substr(2, end - 2)) + ")";
    out += "u" + std::to_string(type.size()) + type;
    name.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace

std::optional<std::string> demangle_itanium(const std::string& linker_name) {
  // Read as a fixed-point type of bools, which nobody has.
  const bool may_be_misread = linker_name.find("DF16b") != std::string::npos;
  auto readable = may_be_misread ? std::nullopt : demangled(linker_name);
  if (!readable) readable = demangled_with_floats(with_bit_ints_of_vendors(linker_name));
  return readable || !may_be_misread ? readable : demangled(linker_name);
}

}  // namespace prof::symbols
