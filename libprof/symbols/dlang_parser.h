// The grammar of D's mangled names, for those who write them out: dlang.cc has names and templates,
// dlang_types.cc types, dlang_values.cc the values that templates were made with.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "libprof/symbols/mangled_text.h"
#include "libprof/symbols/simplify.h"

namespace prof::symbols {

class DParser : private MangledText {
 public:
  // `text`: behind "_D".
  DParser(std::string_view text, NameStyle style)
      : MangledText(text),
        has_arguments_(style != NameStyle::kDefault),
        is_full_(style == NameStyle::kFull) {}

  std::optional<std::string> run();

 private:
  void symbol();
  // `of_symbol`: the modifiers of functions ("const") are written, too.
  void qualified_name(bool of_symbol);
  bool is_name() const;
  void name(size_t start);  // `start`: where the qualified name that it is of starts
  void plain_name(size_t start);
  void parameters_of_name(bool of_symbol);
  void template_instance();
  void template_argument();

  void type();
  void wrapped(std::string_view word);
  void function();
  void function_without_result(std::string& convention, std::string& attributes);
  void attributes(std::string& text);
  void parameters();
  std::string modifiers();
  bool is_function() const;

  // `type`: the letter of the value's type; `type_name`: what it is called.
  void value(char type, const std::string& type_name);
  void integer(char type);
  void real();
  void text_value();
  void list(char close, bool is_map);

  uint64_t decimal();
  struct Reference {
    size_t to, end;  // where it leads, always back; what is behind it
  };
  std::optional<Reference> reference() const;
  // Reads by `parse` what the reference here leads to.
  template <typename Parse>
  void follow(Parse parse) {
    const auto found = reference();
    if (!found) {
      ok_ = false;
      return;
    }
    back_at(found->to, parse);
    at_ = found->end;
  }
  // Moves what was written since `middle` in front of what was written since `start`.
  void move_to(size_t start, size_t middle);

  const bool has_arguments_, is_full_;
  std::string instance_;  // of the template instance that was just written without its arguments
};

}  // namespace prof::symbols
