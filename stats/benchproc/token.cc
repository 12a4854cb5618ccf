#include "stats/benchproc/token.h"

#include <re2/re2.h>

#include "stats/text/unicode.h"

namespace bench {
namespace {

bool is_operator(char32_t c) { return c == '(' || c == ')' || c == ':' || c == '@' || c == ','; }
// In front of a word `-` and `*` are operators; inside one they are part of it.
bool starts_operator(char32_t c) { return is_operator(c) || c == '-' || c == '*'; }

// Where the slash is that ends a regular expression: not one that is escaped, in [] or in ().
size_t end_of_regexp(std::string_view text) {
  int classes = 0, groups = 0;
  for (size_t i = 0; i < text.size(); i++) {
    if (classes == 0 && groups == 0 && text[i] == '/') return i;
    switch (text[i]) {
      case '[':
        classes++;
        break;
      case ']':
        if (classes > 0) classes--;
        break;
      case '(':
        if (classes == 0) groups++;
        break;
      case ')':
        if (classes == 0) groups--;
        break;
      case '\\':
        i++;
        break;
    }
  }
  return std::string_view::npos;
}

struct RegexpError {
  re2::RE2::ErrorCode code;
  const char* text;
};
constexpr RegexpError kRegexpErrors[] = {
    {re2::RE2::ErrorBadEscape, "invalid escape sequence"},
    {re2::RE2::ErrorBadCharClass, "invalid character class"},
    {re2::RE2::ErrorBadCharRange, "invalid character class range"},
    {re2::RE2::ErrorMissingBracket, "missing closing ]"},
    {re2::RE2::ErrorMissingParen, "missing closing )"},
    {re2::RE2::ErrorUnexpectedParen, "unexpected )"},
    {re2::RE2::ErrorTrailingBackslash, "trailing backslash at end of expression"},
    {re2::RE2::ErrorRepeatArgument, "missing argument to repetition operator"},
    {re2::RE2::ErrorRepeatSize, "invalid repeat count"},
    {re2::RE2::ErrorRepeatOp, "invalid nested repetition operator"},
    {re2::RE2::ErrorBadPerlOp, "invalid or unsupported Perl syntax"},
    {re2::RE2::ErrorBadUTF8, "invalid UTF-8"},
    {re2::RE2::ErrorBadNamedCapture, "invalid named capture"},
};

std::string describe(const re2::RE2& regexp) {
  std::string text = regexp.error();
  for (const auto& known : kRegexpErrors) {
    if (known.code == regexp.error_code()) text = std::string(known.text) + ": `" + regexp.error_arg() + "`";
  }
  return "error parsing regexp: " + text;
}

}  // namespace

std::string describe(const SyntaxError& error, std::string_view query) {
  size_t column = 0;
  for (size_t pos = 0; pos < error.offset && pos < query.size();) {
    const Rune rune = decode_rune(query.substr(pos));
    if (is_graphic(rune.code)) column++;
    pos += rune.size;
  }
  return "syntax error: " + error.message + "\n\t" + std::string(query) + "\n\t" + std::string(column, ' ') +
         "^";
}

Token Tokenizer::token(Token::Kind kind, std::string text, size_t size) {
  Token result{kind, pos_, std::move(text), nullptr};
  pos_ += size;
  return result;
}

Token Tokenizer::fail_at(size_t offset, std::string message) {
  if (!*error_) *error_ = SyntaxError{offset, std::move(message)};
  pos_ = query_.size();
  return {Token::Kind::kEnd, pos_, "", nullptr};
}

void Tokenizer::fail(std::string message) { fail_at(pos_, std::move(message)); }

void Tokenizer::expect_end() {
  if (const Token next = peek(); next.kind != Token::Kind::kEnd) fail("unexpected " + quote(next.text));
}

Token Tokenizer::take(Regexps regexps) {
  while (!rest().empty()) {
    const char first = rest()[0];
    if (starts_operator(static_cast<unsigned char>(first))) {
      return token(Token::Kind::kOperator, std::string(1, first), 1);
    }
    const Rune rune = decode_rune(rest());
    if (is_space(rune.code)) {
      pos_ += rune.size;
      continue;
    }
    if (regexps == Regexps::kYes && first == '/') return regexp();
    return first == '"' ? quoted_word() : bare_word();
  }
  return token(Token::Kind::kEnd, "", 0);
}

Token Tokenizer::peek(Regexps regexps) {
  while (!rest().empty() && is_space(decode_rune(rest()).code)) pos_ += decode_rune(rest()).size;
  return Tokenizer(*this).take(regexps);
}

Token Tokenizer::quoted_word() {
  const std::string_view text = rest();
  size_t end = 1;
  while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
  if (end >= text.size()) return fail_at(pos_, "missing end quote");
  std::string word;
  if (!unquote(text.substr(0, end + 1), word)) return fail_at(pos_, "bad escape sequence");
  return token(Token::Kind::kQuoted, std::move(word), end + 1);
}

Token Tokenizer::bare_word() {
  const std::string_view text = rest();
  size_t end = 0;
  while (end < text.size()) {
    const Rune rune = decode_rune(text.substr(end));
    if (is_space(rune.code) || is_operator(rune.code)) break;
    end += rune.size;
  }
  std::string word(text.substr(0, end));
  const auto kind = word == "AND" ? Token::Kind::kAnd : word == "OR" ? Token::Kind::kOr : Token::Kind::kWord;
  return token(kind, std::move(word), end);
}

Token Tokenizer::regexp() {
  const std::string_view text = rest().substr(1);
  const size_t end = end_of_regexp(text);
  if (end == std::string_view::npos) return fail_at(pos_, "missing close \"/\"");
  std::string expression(text.substr(0, end));
  auto compiled = std::make_shared<re2::RE2>(expression, re2::RE2::Quiet);
  if (!compiled->ok()) return fail_at(pos_, describe(*compiled));
  const size_t size = end + 2;
  if (const std::string_view after = rest().substr(size); !after.empty()) {
    const auto next = static_cast<unsigned char>(after[0]);
    if (!is_space(next) && !starts_operator(next)) {
      return fail_at(pos_ + size, "regexp must be followed by space or an operator (unescaped \"/\"?)");
    }
  }
  Token result = token(Token::Kind::kRegexp, std::move(expression), size);
  result.regexp = std::move(compiled);
  return result;
}

}  // namespace bench
