#include "libprof/symbols/dlang.h"

#include <algorithm>

#include "libprof/symbols/dlang_parser.h"

namespace prof::symbols {
namespace {

// Members that the language names. The data that the compiler makes is named after what it is of.
struct SpecialName {
  std::string_view mangled, shown;
  bool is_data = false;
};
constexpr SpecialName kSpecialNames[] = {
    {"__ctor", "this"},
    {"__dtor", "~this"},
    {"__postblit", "this(this)"},
    {"__init", "initializer for ", true},
    {"__vtbl", "vtable for ", true},
    {"__Class", "ClassInfo for ", true},
    {"__Interface", "Interface for ", true},
    {"__ModuleInfo", "ModuleInfo for ", true},
};

// What the compiler calls scopes that have no name.
bool is_nameless(std::string_view name) {
  return name.size() > 3 && name.starts_with("__S") &&
         std::all_of(name.begin() + 3, name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<std::string> DParser::run() {
  symbol();
  // What the compiler appended (".isra.0") is for its own use.
  if (ok_ && at_ < text_.size() && text_[at_] != '.') ok_ = false;
  return ok_ && !out_.empty() ? std::optional(out_) : std::nullopt;
}

void DParser::symbol() {
  const Step step(*this);
  qualified_name(true);
  if (!take('Z')) silently([&] { type(); });  // data that the compiler made has no type
}

void DParser::qualified_name(bool of_symbol) {
  const Step step(*this);
  const size_t start = out_.size();
  std::string instance;
  do {
    while (take('0')) {  // a scope without a name
    }
    if (out_.size() > start) write(".");
    const size_t before = out_.size();
    instance_.clear();
    name(start);
    const bool is_again =
        !instance.empty() && std::string_view(out_).substr(std::min(before, out_.size())) == instance;
    if (is_again) out_.resize(before - 1);
    instance = std::move(instance_);
    instance_.clear();
    if (peek() == 'M' || is_function()) parameters_of_name(of_symbol);
  } while (ok_ && is_name());
}

bool DParser::is_name() const {
  if (peek() != 'Q')
    return is_digit(peek()) || (peek() == '_' && peek(1) == '_' && (peek(2) == 'T' || peek(2) == 'U'));
  const auto found = reference();
  return found && is_digit(text_[found->to]);
}

void DParser::name(size_t start) {
  const Step step(*this);
  if (peek() == 'Q') {
    follow([&] { plain_name(start); });
  } else if (peek() == '_') {
    template_instance();
  } else {
    plain_name(start);
  }
}

void DParser::plain_name(size_t start) {
  const uint64_t size = decimal();
  if (!ok_ || size == 0 || size > text_.size() - at_) {
    ok_ = false;
    return;
  }
  const std::string_view text = text_.substr(at_, size);
  if (is_nameless(text)) {
    at_ += size;
    return name(start);
  }
  if (text.starts_with("__T") || text.starts_with("__U")) {  // before 2018 with its size in front
    const size_t end = at_ + size;
    template_instance();
    if (at_ != end) ok_ = false;
    return;
  }
  at_ += size;
  for (const SpecialName& special : kSpecialNames) {
    if (text != special.mangled || (special.is_data && peek() != 'Z')) continue;
    if (!special.is_data) return write(special.shown);
    if (is_silent_) return;
    if (out_.size() > start) out_.pop_back();  // the dot
    out_.insert(start, special.shown);
    return;
  }
  write(text);
}

void DParser::parameters_of_name(bool of_symbol) {
  const size_t here = at_, before = out_.size();
  std::string behind, unused;
  if (take('M')) {
    behind = modifiers();
    if (of_symbol && peek() == 'Q' && !is_name()) return;  // as an earlier function: symbol() reads it
  }
  if (is_full_) {
    function_without_result(unused, unused);
  } else {
    silently([&] { function_without_result(unused, unused); });
  }
  if (ok_ && at_ < text_.size()) {
    if (of_symbol && is_full_) write(behind);
    return;
  }
  at_ = here;  // it was the symbol's type
  out_.resize(before);
  ok_ = true;
}

void DParser::template_instance() {
  const Step step(*this);
  if (!take("__T") && !take("__U")) ok_ = false;
  const size_t before = out_.size();
  name(before);
  const auto arguments = [&] {
    write("!(");
    for (bool is_first = true; ok_ && !take('Z'); is_first = false) {
      if (!is_first) write(", ");
      template_argument();
    }
    write(")");
  };
  if (has_arguments_) return arguments();
  std::string instance = out_.substr(std::min(before, out_.size()));
  silently(arguments);
  instance_ = std::move(instance);
}

void DParser::template_argument() {
  const Step step(*this);
  take('H');  // of a specialization
  switch (next()) {
    case 'T':
      return type();
    case 'S': {
      const size_t here = at_;
      if (is_digit(peek())) decimal();  // before 2018 a whole symbol had its size in front
      if (take("_D")) return symbol();
      at_ = here;
      return qualified_name(false);
    }
    case 'V': {
      const auto found = reference();
      const char letter = peek() == 'Q' && found ? text_[found->to] : peek();
      const size_t before = out_.size();
      type();
      const std::string type_name = out_.substr(std::min(before, out_.size()));
      out_.resize(before);
      return value(letter, type_name);
    }
    case 'X': {
      const uint64_t size = decimal();
      if (!ok_ || size > text_.size() - at_) break;
      write(text_.substr(at_, size));
      at_ += size;
      return;
    }
    default:
      break;
  }
  ok_ = false;
}

uint64_t DParser::decimal() {
  if (!is_digit(peek())) ok_ = false;
  uint64_t number = 0;
  while (is_digit(peek())) {
    const auto digit = static_cast<uint64_t>(next() - '0');
    if (number > (UINT64_MAX - digit) / 10) ok_ = false;
    number = number * 10 + digit;
  }
  return ok_ ? number : 0;
}

// "Q" and the distance in digits of base 26, the last of them a small letter.
std::optional<DParser::Reference> DParser::reference() const {
  size_t distance = 0;
  for (size_t at = at_ + 1; peek() == 'Q' && at < text_.size() && distance <= at_; at++) {
    const char c = text_[at];
    const bool is_last = c >= 'a' && c <= 'z';
    if (!is_last && (c < 'A' || c > 'Z')) return std::nullopt;
    distance = distance * 26 + static_cast<size_t>(c - (is_last ? 'a' : 'A'));
    if (!is_last) continue;
    if (distance == 0 || distance > at_) return std::nullopt;
    return Reference{at_ - distance, at + 1};
  }
  return std::nullopt;
}

void DParser::move_to(size_t start, size_t middle) {
  const auto place = [&](size_t at) { return out_.begin() + static_cast<std::ptrdiff_t>(at); };
  std::rotate(place(start), place(middle), out_.end());
}

std::optional<std::string> demangle_d(std::string_view linker_name, NameStyle style) {
  if (!linker_name.starts_with("_D")) return std::nullopt;
  if (linker_name == "_Dmain") return "D main";
  if (linker_name.starts_with("_DTi")) {  // "_DTi16_D...": moves the object by 16 and goes on there
    const size_t function = linker_name.find_first_not_of("0123456789", 4);
    const auto name = demangle_d(linker_name.substr(std::min(function, linker_name.size())), style);
    return name ? std::optional("thunk to " + *name) : std::nullopt;
  }
  return DParser(linker_name.substr(2), style).run();
}

}  // namespace prof::symbols
