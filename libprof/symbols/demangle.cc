#include "libprof/symbols/demangle.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "libprof/symbols/dlang.h"
#include "libprof/symbols/itanium.h"
#include "libprof/symbols/plt.h"
#include "libprof/symbols/rust.h"

namespace prof::symbols {
namespace {

// Past this the demangler's own recursion becomes the problem.
constexpr size_t kLongestName = 16384;

// Rust's legacy scheme ends a name in "::h" and 16 digits of a hash.
bool drop_rust_hash(std::string& name) {
  constexpr size_t kDigits = 16, kHash = kDigits + 3;
  if (name.size() <= kHash || name.compare(name.size() - kHash, 3, "::h") != 0) return false;
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (!std::all_of(name.end() - kDigits, name.end(), is_digit)) return false;
  name.resize(name.size() - kHash);
  return true;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

// Characters that cannot be in a linker's name, as that scheme writes them.
void restore_rust_punctuation(std::string& name) {
  static constexpr std::pair<std::string_view, std::string_view> kEscapes[] = {
      {"_$", "$"},    {"..", "::"},   {"$LT$", "<"},  {"$GT$", ">"},  {"$RF$", "&"},  {"$BP$", "*"},
      {"$LP$", "("},  {"$RP$", ")"},  {"$C$", ","},   {"$u20$", " "}, {"$u27$", "'"}, {"$u5b$", "["},
      {"$u5d$", "]"}, {"$u7b$", "{"}, {"$u7d$", "}"}, {"$u3b$", ";"}, {"$u2b$", "+"},
  };
  for (const auto& [from, to] : kEscapes) replace_all(name, from, to);
}

// "_ZGR" name, number of the temporary, "_": the demangler knows an older form, without the "_". Where the
// name ends its own reading tells.
std::optional<std::string> reference_temporary(std::string_view linker_name) {
  constexpr std::string_view kPrefix = "_ZGR";
  constexpr size_t kMostDigits = 8;
  if (!linker_name.starts_with(kPrefix) || !linker_name.ends_with('_')) return std::nullopt;
  linker_name.remove_prefix(kPrefix.size());
  linker_name.remove_suffix(1);
  for (size_t digits = 0; digits <= kMostDigits && !linker_name.empty(); digits++) {
    if (auto of = demangle_itanium("_Z" + std::string(linker_name))) return "reference temporary for " + *of;
    const char last = linker_name.back();
    if (!(last >= '0' && last <= '9') && !(last >= 'A' && last <= 'Z')) break;
    linker_name.remove_suffix(1);
  }
  return std::nullopt;
}

bool is_number(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string_view without_copy_suffix(std::string_view linker_name) {
  static constexpr std::string_view kCopies[] = {"constprop", "isra",       "part", "cold",    "clone",
                                                 "lto_priv",  "localalias", "llvm", "__uniq",  "resume",
                                                 "cleanup",   "destroy",    "warm", "unlikely"};
  for (size_t dot; (dot = linker_name.rfind('.')) != std::string_view::npos && dot > 0;) {
    const std::string_view word = linker_name.substr(dot + 1);
    const bool is_copy =
        is_number(word) || std::find(std::begin(kCopies), std::end(kCopies), word) != std::end(kCopies);
    if (!is_copy) break;
    linker_name = linker_name.substr(0, dot);
  }
  return linker_name;
}

std::string demangle(const std::string& linker_name, NameStyle style) {
  if (style == NameStyle::kNone) return linker_name;
  if (linker_name.size() > kLongestName) return linker_name;
  if (linker_name.ends_with(kPltSuffix)) {
    return demangle(linker_name.substr(0, linker_name.size() - std::strlen(kPltSuffix)), style) + kPltSuffix;
  }
  if (const auto rust = demangle_rust(linker_name)) return *rust;
  if (const auto d = demangle_d(linker_name, style)) return *d;
  if (linker_name.compare(0, 2, "_Z") != 0) return linker_name;
  auto name = demangle_itanium(std::string(without_copy_suffix(linker_name)));
  if (!name) name = reference_temporary(linker_name);
  if (!name) return linker_name;
  if (drop_rust_hash(*name)) {
    restore_rust_punctuation(*name);
    return *name;
  }
  return simplify(*name, style);
}

}  // namespace prof::symbols
