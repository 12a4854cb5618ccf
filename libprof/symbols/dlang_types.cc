#include <array>
#include <span>

#include "libprof/symbols/dlang_parser.h"

namespace prof::symbols {
namespace {

constexpr std::array<const char*, 26> kBasicTypes = {
    "char",  "bool",   "creal", "double", "real",         "float",  "byte",    "ubyte",  "int",
    "ireal", "uint",   "long",  "ulong",  "typeof(null)", "ifloat", "idouble", "cfloat", "cdouble",
    "short", "ushort", "wchar", "void",   "dchar",        nullptr,  nullptr,   nullptr};

struct Word {
  char letter;
  std::string_view word;
};

constexpr Word kConventions[] = {{'F', ""},
                                 {'U', "extern(C) "},
                                 {'W', "extern(Windows) "},
                                 {'V', "extern(Pascal) "},
                                 {'R', "extern(C++) "},
                                 {'Y', "extern(Objective-C) "}};

// Behind "N".
constexpr Word kAttributes[] = {{'a', "pure "},     {'b', "nothrow "}, {'c', "ref "},   {'d', "@property "},
                                {'e', "@trusted "}, {'f', "@safe "},   {'i', "@nogc "}, {'j', "return "},
                                {'l', "scope "},    {'m', "@live "}};

constexpr Word kStorage[] = {{'M', "scope "}, {'I', "in "}, {'J', "out "}, {'K', "ref "}, {'L', "lazy "}};

const Word* find(std::span<const Word> words, char letter) {
  for (const Word& word : words) {
    if (word.letter == letter) return &word;
  }
  return nullptr;
}

}  // namespace

bool DParser::is_function() const { return find(kConventions, peek()) != nullptr; }

void DParser::type() {
  const Step step(*this);
  if (is_function()) {
    function();
    return write("function");
  }
  if (peek() == 'Q') return follow([&] { type(); });
  const char c = next();
  if (c >= 'a' && c <= 'z' && kBasicTypes[static_cast<size_t>(c - 'a')] != nullptr)
    return write(kBasicTypes[static_cast<size_t>(c - 'a')]);
  const size_t start = out_.size();
  switch (c) {
    case 'x':
      return wrapped("const(");
    case 'y':
      return wrapped("immutable(");
    case 'O':
      return wrapped("shared(");
    case 'z':
      if (take('k')) return write("ucent");
      if (take('i')) return write("cent");
      break;
    case 'N':
      if (take('g')) return wrapped("inout(");
      if (take('h')) return wrapped("__vector(");
      if (take('n')) return write("noreturn");
      break;
    case 'A':
      type();
      return write("[]");
    case 'G': {
      const uint64_t size = decimal();
      type();
      return write("[" + std::to_string(size) + "]");
    }
    case 'H': {  // the key comes first
      write("[");
      type();
      write("]");
      const size_t middle = out_.size();
      type();
      return move_to(start, middle);
    }
    case 'P':
      type();
      if (!out_.ends_with(" function") || is_silent_) write("*");
      return;
    case 'D': {
      const std::string behind = modifiers();
      if (peek() == 'Q') {
        follow([&] { function(); });
      } else {
        function();
      }
      return write("delegate" + behind);
    }
    case 'I':
    case 'C':
    case 'S':
    case 'E':
    case 'T':
      return qualified_name(false);
    case 'B': {
      const uint64_t count = decimal();
      write("Tuple!(");
      for (uint64_t i = 0; ok_ && i < count; i++) {
        if (i > 0) write(", ");
        type();
      }
      return write(")");
    }
    default:
      break;
  }
  ok_ = false;
}

void DParser::wrapped(std::string_view word) {
  write(word);
  type();
  write(")");
}

// Its result comes last, and is written first.
void DParser::function() {
  const Step step(*this);
  const size_t start = out_.size();
  std::string convention, attributes;
  function_without_result(convention, attributes);
  const size_t middle = out_.size();
  type();
  move_to(start, middle);
  if (!is_silent_) out_.insert(start, convention);
  write(" " + attributes);
}

void DParser::function_without_result(std::string& convention, std::string& words) {
  const Word* word = find(kConventions, next());
  if (word == nullptr) ok_ = false;
  if (!ok_) return;
  convention = word->word;
  attributes(words);
  write("(");
  parameters();
  write(")");
}

void DParser::attributes(std::string& words) {
  while (peek() == 'N') {
    const Word* word = find(kAttributes, peek(1));
    if (word == nullptr) return;  // what is behind is the first parameter's
    words += word->word;
    at_ += 2;
  }
}

void DParser::parameters() {
  for (bool is_first = true; ok_; is_first = false) {
    if (take('Z')) return;
    if (take('X')) return write("...");
    if (!is_first) write(", ");
    if (take('Y')) return write("...");
    for (bool is_more = true; is_more;) {
      is_more = false;
      if (const Word* word = find(kStorage, peek())) {
        // "I" is an interface's, too, which goes on with a name.
        if (word->letter == 'I' && is_digit(peek(1))) break;
        write(word->word);
        at_++;
        is_more = true;
      } else if (take("Nk")) {
        write("return ");
        is_more = true;
      }
    }
    type();
  }
}

std::string DParser::modifiers() {
  std::string words;
  while (ok_) {
    if (take('x')) return words + " const";
    if (take('y')) return words + " immutable";
    if (take('O')) {
      words += " shared";
    } else if (take("Ng")) {
      words += " inout";
    } else {
      break;
    }
  }
  return words;
}

}  // namespace prof::symbols
