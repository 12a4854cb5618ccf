#include "stats/benchproc/filter_parse.h"

#include <re2/re2.h>

#include "stats/text/unicode.h"

namespace bench {
namespace {

using Kind = Token::Kind;
constexpr auto kYes = Tokenizer::Regexps::kYes;
constexpr int kMaxDepth = 1000;  // parentheses and minus signs within each other

FilterNode combine(FilterNode::Kind kind, std::vector<FilterNode> terms) {
  if (terms.size() == 1) return std::move(terms[0]);
  FilterNode node;
  node.kind = kind;
  node.children = std::move(terms);
  return node;
}

FilterNode match_node(const Token& key, const Token& value) {
  FilterNode node;
  node.kind = FilterNode::Kind::kMatch;
  node.key = key.text;
  node.offset = key.offset;
  node.regexp = value.regexp;
  if (!value.regexp) node.literal = value.text;
  return node;
}

bool is_value(const Token& token) { return token.is_word() || token.kind == Kind::kRegexp; }

// Recursive descent; after an error every token is the end, which unwinds it.
class Parser {
 public:
  explicit Parser(Tokenizer tokens) : tokens_(tokens) {}

  FilterNode parse() {
    FilterNode node = expression(0);
    tokens_.expect_end();
    return node;
  }

 private:
  FilterNode fail(std::string message) {
    tokens_.fail(std::move(message));
    return {};
  }

  FilterNode expression(int depth) {
    if (depth > kMaxDepth) return fail("nested too deeply");
    std::vector<FilterNode> terms;
    for (;;) {
      terms.push_back(conjunction(depth));
      if (tokens_.peek().kind != Kind::kOr) break;
      tokens_.take();
    }
    return combine(FilterNode::Kind::kOr, std::move(terms));
  }

  FilterNode conjunction(int depth) {
    std::vector<FilterNode> terms;
    terms.push_back(match(depth));
    for (;;) {
      const Token next = tokens_.peek();
      if (next.kind == Kind::kEnd || next.kind == Kind::kOr || next.is(')')) break;
      if (next.kind == Kind::kAnd) {
        tokens_.take();
      } else if (next.is_word() || next.is('(') || next.is('-') || next.is('*')) {
        terms.push_back(match(depth));
      } else {
        return fail("unexpected " + quote(next.text));
      }
    }
    return combine(FilterNode::Kind::kAnd, std::move(terms));
  }

  FilterNode match(int depth) {
    const Token first = tokens_.peek();
    if (first.is('(')) {
      tokens_.take();
      FilterNode node = expression(depth + 1);
      if (!tokens_.peek().is(')')) return fail("missing \")\"");
      tokens_.take();
      return node;
    }
    if (first.is('-')) {
      if (depth > kMaxDepth) return fail("nested too deeply");
      tokens_.take();
      FilterNode node;
      node.kind = FilterNode::Kind::kNot;
      node.children.push_back(match(depth + 1));
      return node;
    }
    if (first.is('*')) {
      tokens_.take();
      return {};
    }
    if (!first.is_word()) return fail("expected key:value or subexpression");
    const Tokenizer start = tokens_;
    const Token key = tokens_.take();
    if (tokens_.peek().is(':')) {
      tokens_.take();
      const Token value = tokens_.take(kYes);
      if (is_value(value)) return match_node(key, value);
      if (value.is('(')) return value_list(key);
    }
    tokens_ = start;
    return fail("expected key:value");
  }

  FilterNode value_list(const Token& key) {
    std::vector<FilterNode> terms;
    for (;;) {
      const Token value = tokens_.peek(kYes);
      if (!is_value(value)) return fail("expected value");
      terms.push_back(match_node(key, value));
      tokens_.take(kYes);
      const Token separator = tokens_.peek(kYes);
      if (separator.kind != Kind::kOr && !separator.is(')'))
        return fail("value list must be separated by OR");
      tokens_.take(kYes);
      if (separator.is(')')) return combine(FilterNode::Kind::kOr, std::move(terms));
    }
  }

  Tokenizer tokens_;
};

}  // namespace

tl::expected<FilterNode, SyntaxError> parse_filter(std::string_view query) {
  std::optional<SyntaxError> error;
  FilterNode node = Parser(Tokenizer(query, error)).parse();
  if (error) return tl::unexpected(*error);
  return node;
}

std::string quote_word(std::string_view text) {
  if (text.empty()) return "\"\"";
  if (text == "AND" || text == "OR") return quote(text);
  const bool quoted_start = text[0] == '-' || text[0] == '*';
  for (size_t pos = 0; pos < text.size();) {
    const Rune rune = decode_rune(text.substr(pos));
    const bool special =
        is_space(rune.code) || rune.code < ' ' ||
        std::string_view("\"():@,").find(static_cast<char>(rune.code)) != std::string_view::npos;
    if (quoted_start || (rune.code < 0x80 && special) || is_space(rune.code)) return quote(text);
    pos += rune.size;
  }
  return std::string(text);
}

// A value: where it begins with a slash it would be a regular expression.
static std::string quote_value(std::string_view text) {
  return text.starts_with('/') ? quote(text) : quote_word(text);
}

std::string FilterNode::to_string() const {
  switch (kind) {
    case Kind::kMatch:
      return quote_word(key) + ":" + (regexp ? "/" + regexp->pattern() + "/" : quote_value(literal));
    case Kind::kNot:
      return "-" + children[0].to_string();
    case Kind::kAnd:
    case Kind::kOr:
      break;
  }
  if (children.empty()) return kind == Kind::kAnd ? "*" : "-*";
  std::string text = "(";
  for (size_t i = 0; i < children.size(); i++) {
    if (i > 0) text += kind == Kind::kAnd ? " AND " : " OR ";
    text += children[i].to_string();
  }
  return text + ")";
}

}  // namespace bench
