#include "libprof/symbols/kernel_symbols.h"

#include <elf.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <vector>

#include "libprof/base/files.h"
#include "libprof/base/hex.h"

namespace prof::symbols {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{256} << 20;
// What the last symbol of all is taken to span.
constexpr uint64_t kLastSpan = 4096;

struct Symbol {
  uint64_t start;
  bool is_code;
  std::string_view name;
};

bool parse(std::string_view line, Symbol& symbol) {
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), symbol.start, 16);
  const auto used = static_cast<size_t>(end - line.data());
  if (error != std::errc() || symbol.start == 0 || line.size() < used + 4) return false;
  if (line[used] != ' ' || line[used + 2] != ' ') return false;
  symbol.is_code = std::strchr("tTwW", line[used + 1]) != nullptr;
  line.remove_prefix(used + 3);
  symbol.name = line.substr(0, line.find('\t'));
  return !symbol.name.empty();
}

constexpr size_t align4(size_t size) { return (size + 3) & ~size_t{3}; }

}  // namespace

KernelSymbols::KernelSymbols(std::string_view text) {
  std::vector<Symbol> symbols;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    Symbol symbol = {};
    if (parse(text.substr(0, end), symbol)) symbols.push_back(symbol);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  // Of aliases the first counts, so it comes last: the index lets the last of equal starts win.
  std::reverse(symbols.begin(), symbols.end());
  std::stable_sort(symbols.begin(), symbols.end(),
                   [](const Symbol& a, const Symbol& b) { return a.start < b.start; });
  for (size_t i = 0, next = 0; i < symbols.size(); i++) {
    while (next < symbols.size() && symbols[next].start <= symbols[i].start) next++;
    const uint64_t end = next < symbols.size() ? symbols[next].start : symbols[i].start + kLastSpan;
    if (symbols[i].is_code) names_.add(symbols[i].start, end, std::string(symbols[i].name));
  }
  names_.build();
}

KernelSymbols KernelSymbols::of_this_kernel() {
  const auto text = read_file("/proc/kallsyms", kMaxBytes);
  return KernelSymbols(text ? std::string_view(*text) : std::string_view());
}

std::string kernel_build_id() {
  const auto notes = read_file("/sys/kernel/notes", uint64_t{1} << 20);
  return notes ? build_id_of_notes(*notes) : "";
}

std::string build_id_of_notes(std::string_view notes) {
  Elf64_Nhdr header;
  while (notes.size() >= sizeof header) {
    std::memcpy(&header, notes.data(), sizeof header);
    notes.remove_prefix(sizeof header);
    const size_t name_size = align4(header.n_namesz), size = header.n_descsz;
    if (name_size > notes.size() || size > notes.size() - name_size) return "";
    if (header.n_type == NT_GNU_BUILD_ID && notes.substr(0, 4) == std::string_view("GNU\0", 4)) {
      return hex_of(notes.substr(name_size, size));
    }
    notes.remove_prefix(std::min(name_size + align4(size), notes.size()));
  }
  return "";
}

}  // namespace prof::symbols
