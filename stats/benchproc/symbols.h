// Interned strings: equal strings have equal symbols, and "" is symbol 0.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "stats/benchproc/flat_index.h"

namespace bench {

using Symbol = uint32_t;

class Symbols {
 public:
  Symbols() { intern(""); }
  Symbols(const Symbols&) = delete;
  Symbols& operator=(const Symbols&) = delete;

  Symbol intern(std::string_view text) {
    const uint64_t hash = std::hash<std::string_view>()(text);
    const Symbol known = index_.find(hash, [&](Symbol symbol) { return texts_[symbol] == text; });
    if (known != FlatIndex::kNone) return known;
    texts_.emplace_back(text);
    const auto symbol = static_cast<Symbol>(texts_.size() - 1);
    index_.insert(hash, symbol);
    return symbol;
  }
  // The same, faster where texts come in the order in which they came before: `guess` is where to look first,
  // and becomes that of the next.
  Symbol intern(std::string_view text, Symbol& guess) {
    const bool guessed = guess < texts_.size() && texts_[guess] == text;
    const Symbol symbol = guessed ? guess : intern(text);
    guess = symbol + 1;
    return symbol;
  }
  const std::string& text(Symbol symbol) const { return texts_[symbol]; }

 private:
  std::deque<std::string> texts_;  // a deque never moves its elements: text() stays valid
  FlatIndex index_;
};

}  // namespace bench
