// Interned strings: equal strings have equal symbols, and "" is symbol 0.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace bench {

using Symbol = uint32_t;

class Symbols {
 public:
  Symbols() { intern(""); }
  Symbols(const Symbols&) = delete;
  Symbols& operator=(const Symbols&) = delete;

  Symbol intern(std::string_view text) {
    if (const auto found = index_.find(text); found != index_.end()) return found->second;
    texts_.emplace_back(text);
    const auto symbol = static_cast<Symbol>(texts_.size() - 1);
    index_.emplace(texts_.back(), symbol);
    return symbol;
  }
  const std::string& text(Symbol symbol) const { return texts_[symbol]; }

 private:
  std::deque<std::string> texts_;  // a deque never moves its elements: the index views them
  std::unordered_map<std::string_view, Symbol> index_;
};

}  // namespace bench
