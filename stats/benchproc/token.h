// The tokens that filter and projection expressions share, and where in the expression an error is.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "libprof/base/error.h"

namespace re2 {
class RE2;
}

namespace bench {

struct SyntaxError {
  size_t offset = 0;  // in bytes
  std::string message;
};

// "syntax error: MESSAGE", the query on a line of its own, and a caret below the place.
std::string describe(const SyntaxError& error, std::string_view query);

struct Token {
  enum class Kind { kEnd, kWord, kQuoted, kRegexp, kAnd, kOr, kOperator };
  Kind kind = Kind::kEnd;
  size_t offset = 0;
  std::string text;  // of an operator: that character; of a quoted word: unescaped
  std::shared_ptr<const re2::RE2> regexp;

  bool is(char op) const { return kind == Kind::kOperator && text[0] == op; }
  bool is_word() const { return kind == Kind::kWord || kind == Kind::kQuoted; }
};

// A place in an expression. Copying one is looking ahead: take() advances only the copy it is called on,
// though it leaves every copy behind leading space. The first error wins, and ends the expression for all
// copies to come.
class Tokenizer {
 public:
  enum class Regexps { kNo, kYes };

  Tokenizer(std::string_view query, std::optional<SyntaxError>& error) : query_(query), error_(&error) {}

  // A key may be a word or a quoted word; a value also /regexp/.
  Token take(Regexps regexps = Regexps::kNo);
  // What take would return, from behind the space in front of it.
  Token peek(Regexps regexps = Regexps::kNo);
  // Records the error here.
  void fail(std::string message);
  // Fails unless all is taken.
  void expect_end();

 private:
  std::string_view rest() const { return query_.substr(pos_); }
  Token token(Token::Kind kind, std::string text, size_t size);
  Token quoted_word();
  Token bare_word();
  Token regexp();
  Token fail_at(size_t offset, std::string message);

  std::string_view query_;
  std::optional<SyntaxError>* error_;
  size_t pos_ = 0;
};

}  // namespace bench
