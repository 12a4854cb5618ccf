#include "libprof/symbols/simplify.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace prof::symbols {
namespace {

constexpr std::string_view kAnonymous = "(anonymous namespace)";
constexpr std::string_view kUnnamed = "{unnamed type";
constexpr std::string_view kLambda = "{lambda(";

// Operators whose names hold brackets, longest first.
constexpr std::array<std::string_view, 13> kBracketOperators = {"()", "<=>", "<<=", ">>=", "->*", "<<", ">>",
                                                                "<=", ">=",  "->",  "<",   ">",   "[]"};

bool is_identifier(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Whether `word` is there at `at`; asked at each character.
bool is_at(std::string_view name, size_t at, std::string_view word) {
  return name[at] == word[0] && name.compare(at, word.size(), word) == 0;
}

// The length of an operator's name at `at` ("operator<<"), or 0. Conversions ("operator bool") count to their
// end: a "(" or the end of the name.
size_t operator_length(std::string_view name, size_t at) {
  constexpr std::string_view kWord = "operator";
  if (!is_at(name, at, kWord) || (at > 0 && is_identifier(name[at - 1]))) return 0;
  const size_t end = at + kWord.size();
  if (end < name.size() && is_identifier(name[end])) return 0;
  for (const auto symbol : kBracketOperators) {
    if (name.compare(end, symbol.size(), symbol) == 0) return kWord.size() + symbol.size();
  }
  const size_t stop = name.find_first_of("(<", end);
  return (stop == std::string_view::npos ? name.size() : stop) - at;
}

// The position past the bracket that closes the one at `open`, or npos. Operators and arrows inside are no
// brackets.
size_t past_bracket(std::string_view name, size_t open) {
  std::string closers;
  for (size_t at = open; at < name.size(); at++) {
    switch (name[at]) {
      case 'o':
        if (const size_t length = operator_length(name, at); length != 0) at += length - 1;
        break;
      case '-':
        if (is_at(name, at, "->")) at++;
        break;
      case '<':
        closers += '>';
        break;
      case '(':
        closers += ')';
        break;
      case '{':
        closers += '}';
        break;
      case '[':
        closers += ']';
        break;
      case '>':
      case ')':
      case '}':
      case ']':
        if (closers.empty() || closers.back() != name[at]) return std::string_view::npos;
        closers.pop_back();
        if (closers.empty()) return at + 1;
        break;
      default:
        break;
    }
  }
  return std::string_view::npos;
}

// Skips what follows a parameter list: " const", " volatile", "&", "&&", " noexcept".
size_t past_qualifiers(std::string_view name, size_t at) {
  static constexpr std::array<std::string_view, 6> kQualifiers = {" const", " volatile", " noexcept",
                                                                  " &&",    " &",        "&"};
  for (bool found = true; found;) {
    found = false;
    for (const auto qualifier : kQualifiers) {
      if (name.compare(at, qualifier.size(), qualifier) == 0) {
        at += qualifier.size();
        found = true;
      }
    }
  }
  return at;
}

// Whether the words so far say what kind of thing follows ("vtable for", "non-virtual thunk to") and are no
// return type.
bool is_description(std::string_view words) {
  return words.ends_with(" for") || words.ends_with(" to") || words.ends_with("[clone");
}

// What pprof keeps parameters of: such a name is that of the function, with a word in front.
constexpr std::string_view kCopies[] = {"non-virtual thunk to ", "virtual thunk to ",
                                        "covariant return thunk to ", "transaction clone for ",
                                        "non-transaction clone for "};

bool is_copy(std::string_view name) {
  return std::any_of(std::begin(kCopies), std::end(kCopies),
                     [&](std::string_view words) { return name.starts_with(words); });
}

std::string without_templates(std::string_view name) {
  std::string out;
  for (size_t at = 0; at < name.size();) {
    const size_t length = std::max<size_t>(operator_length(name, at), 1);
    const size_t end = name[at] == '<' ? past_bracket(name, at) : at + length;
    if (end == std::string_view::npos) return std::string(name);
    if (name[at] != '<') out += name.substr(at, length);
    at = end;
  }
  return out;
}

constexpr int kDeepest = 100;

bool limit_templates(std::string_view name, int64_t depth, int nesting, std::string& out) {
  for (size_t at = 0; at < name.size();) {
    if (const size_t length = operator_length(name, at); length != 0) {
      out += name.substr(at, length);
      at += length;
      continue;
    }
    const bool is_d = is_at(name, at, "!(");
    if (name[at] != '<' && !is_d) {
      const bool is_arrow = is_at(name, at, "->");
      out += name.substr(at, is_arrow ? 2 : 1);
      at += is_arrow ? 2 : 1;
      continue;
    }
    const size_t open = is_d ? at + 1 : at, end = past_bracket(name, open);
    if (end == std::string_view::npos) return false;
    const bool is_type = at == 0;  // Rust's "<T as Trait>::f"; what it holds is at the same level
    out += name.substr(at, open + 1 - at);
    if (nesting == kDeepest || (depth == 0 && !is_type)) {
      out += "...";
    } else if (!limit_templates(name.substr(open + 1, end - open - 2), is_type ? depth : depth - 1,
                                nesting + 1, out)) {
      return false;
    }
    out += name[end - 1];
    at = end;
  }
  return true;
}

}  // namespace

std::string limit_templates(std::string_view name, int64_t depth) {
  std::string out;
  return limit_templates(name, depth, 0, out) ? out : std::string(name);
}

std::string simplify(std::string_view name, NameStyle style) {
  if (style == NameStyle::kFull || style == NameStyle::kNone) return std::string(name);
  if (is_copy(name)) return style == NameStyle::kTemplates ? std::string(name) : without_templates(name);
  std::string out;
  for (size_t at = 0; at < name.size();) {
    if (const size_t length = operator_length(name, at); length != 0) {
      out += name.substr(at, length);
      at += length;
    } else if (is_at(name, at, kAnonymous)) {
      out += kAnonymous;
      at += kAnonymous.size();
    } else if (is_at(name, at, kUnnamed)) {
      out += kUnnamed;
      at += kUnnamed.size();
    } else if (is_at(name, at, kLambda)) {
      const size_t parameters = past_bracket(name, at + kLambda.size() - 1);
      const size_t end = past_bracket(name, at);
      if (parameters == std::string_view::npos || end == std::string_view::npos) return std::string(name);
      out += "{lambda()";
      out += name.substr(parameters, end - parameters);
      at = end;
    } else if (name[at] == '(' || name[at] == '<') {
      const size_t end = past_bracket(name, at);
      if (end == std::string_view::npos || (out.empty() && end == name.size())) return std::string(name);
      if (name[at] == '(') {
        at = past_qualifiers(name, end);
      } else {
        // A name that begins with "<" is another language's.
        if (out.empty()) return std::string(name);
        if (style == NameStyle::kTemplates) out += name.substr(at, end - at);
        at = end;
      }
    } else if (is_at(name, at, " <")) {  // "operator<< <char>"
      if (style == NameStyle::kTemplates) out += ' ';
      at++;
    } else if (name[at] == ' ' && !is_at(name, at, " [")) {
      if (is_description(out)) {
        out += ' ';
      } else if (name.find(" for ", at) == std::string_view::npos &&
                 name.find(" to ", at) == std::string_view::npos) {
        out.clear();  // a return type
      } else {
        out += ' ';
      }
      at++;
    } else {
      out += name[at++];
    }
  }
  return out.empty() ? std::string(name) : out;
}

}  // namespace prof::symbols
