// The grammar of filters, as a tree. Meaning is given to it in filter.h.
//
//   expr  = and {"OR" and}          and   = match {["AND"] match}
//   match = "(" expr ")" | "-" match | "*" | key ":" value | key ":" "(" value {"OR" value} ")"
//   value = word | /regexp/
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "stats/benchproc/token.h"

namespace bench {

struct FilterNode {
  enum class Kind { kMatch, kNot, kAnd, kOr };  // an empty kAnd matches everything
  Kind kind = Kind::kAnd;
  std::vector<FilterNode> children;

  // kMatch
  std::string key;
  std::string literal;
  std::shared_ptr<const re2::RE2> regexp;  // null: compare with the literal
  size_t offset = 0;                       // of the key

  // The tree in the language that was parsed, with all that was implied: `(a:b AND -c:"d e")`.
  std::string to_string() const;
};

// The error is the describe()d syntax error.
tl::expected<FilterNode, SyntaxError> parse_filter(std::string_view query);

// A word of the language that reads back as `text`.
std::string quote_word(std::string_view text);

}  // namespace bench
