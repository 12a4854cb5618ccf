#include "stats/benchproc/projection_parse.h"

namespace bench {
namespace {

// "(" is taken; takes the words and ")".
void parse_fixed(Tokenizer& tokens, ProjectionPart& part) {
  part.order = "fixed";
  for (;;) {
    const Token next = tokens.peek();
    if (next.is(')')) {
      if (part.fixed.empty()) return tokens.fail("nothing to match");
      tokens.take();
      return;
    }
    if (!next.is_word()) return tokens.fail("missing )");
    part.fixed.push_back(next.text);
    tokens.take();
  }
}

ProjectionPart parse_part(Tokenizer& tokens) {
  ProjectionPart part;
  const Token key = tokens.peek();
  if (!key.is_word()) {
    tokens.fail("expected key");
    return part;
  }
  tokens.take();
  part.key = key.text;
  part.key_offset = key.offset;
  part.order_offset = key.offset + key.text.size();
  if (!tokens.peek().is('@')) return part;
  tokens.take();
  const Token order = tokens.peek();
  part.order_offset = order.offset;
  if (order.is_word()) {
    part.order = order.text;
    tokens.take();
  } else if (order.is('(')) {
    tokens.take();
    parse_fixed(tokens, part);
  } else {
    tokens.fail("expected named sort order or parenthesized list");
  }
  return part;
}

}  // namespace

tl::expected<std::vector<ProjectionPart>, SyntaxError> parse_projection(std::string_view text) {
  std::optional<SyntaxError> error;
  Tokenizer tokens(text, error);
  std::vector<ProjectionPart> parts;
  for (;;) {
    const Token next = tokens.peek();
    if (next.kind == Token::Kind::kEnd) break;
    if (next.is(',') && !parts.empty()) tokens.take();
    parts.push_back(parse_part(tokens));
  }
  if (error) return tl::unexpected(*error);
  return parts;
}

}  // namespace bench
