#include "libprof/symbols/rust.h"

#include <array>
#include <cstdint>

#include "libprof/symbols/punycode.h"

namespace prof::symbols {
namespace {

constexpr int kMaxDepth = 200;
// Back references make a name longer than its mangling, exponentially where it is made to annoy.
constexpr size_t kLongestName = size_t{1} << 16;
constexpr int kMaxSteps = 1 << 16;

constexpr std::array<const char*, 26> kBasicTypes = {
    "i8",   "bool", "char", "f64",   "str",   "f32", nullptr, "u8", "isize", "usize", nullptr, "i32", "u32",
    "i128", "u128", "_",    nullptr, nullptr, "i16", "u16",   "()", "...",   nullptr, "i64",   "u64", "!"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A parser of the grammar that writes as it reads; after a mistake it does nothing more.
class Demangler {
 public:
  explicit Demangler(std::string_view text) : text_(text) {}

  std::optional<std::string> run() {
    path(true);
    if (ok_ && at_ < text_.size() && text_[at_] >= 'A' && text_[at_] <= 'Z') {
      is_silent_ = true;  // the crate that instantiated it
      path(false);
    }
    // What the compiler appended (".llvm.123") is for its own use.
    if (ok_ && at_ < text_.size() && text_[at_] != '.' && text_[at_] != '$') ok_ = false;
    return ok_ ? std::optional(out_) : std::nullopt;
  }

 private:
  // Counts the depth of the recursion, and what has been done.
  class Step {
   public:
    explicit Step(Demangler& d) : d_(d) {
      if (++d_.depth_ > kMaxDepth || ++d_.steps_ > kMaxSteps || d_.out_.size() > kLongestName) d_.ok_ = false;
    }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;
    ~Step() { d_.depth_--; }

   private:
    Demangler& d_;
  };

  char next() {
    if (at_ >= text_.size()) ok_ = false;
    return ok_ ? text_[at_++] : '\0';
  }
  bool take(char c) {
    if (!ok_ || at_ >= text_.size() || text_[at_] != c) return false;
    at_++;
    return true;
  }
  void write(std::string_view text) {
    if (ok_ && !is_silent_) out_ += text;
  }

  uint64_t base62() {
    if (take('_')) return 0;
    uint64_t value = 0;
    while (ok_) {
      const char c = next();
      if (c == '_') return value + 1;
      uint64_t digit = 0;
      if (is_digit(c)) {
        digit = static_cast<uint64_t>(c - '0');
      } else if (c >= 'a' && c <= 'z') {
        digit = static_cast<uint64_t>(c - 'a') + 10;
      } else if (c >= 'A' && c <= 'Z') {
        digit = static_cast<uint64_t>(c - 'A') + 36;
      } else {
        ok_ = false;
      }
      if (value > (UINT64_MAX - digit) / 62) ok_ = false;
      value = value * 62 + digit;
    }
    return 0;
  }
  uint64_t disambiguator() { return take('s') ? base62() + 1 : 0; }

  std::string identifier() {
    const bool is_punycode = take('u');
    size_t size = 0;
    if (ok_ && (at_ >= text_.size() || !is_digit(text_[at_]))) ok_ = false;
    if (!take('0')) {
      while (ok_ && at_ < text_.size() && is_digit(text_[at_])) {
        size = size * 10 + static_cast<size_t>(text_[at_++] - '0');
        if (size > text_.size()) ok_ = false;
      }
    }
    take('_');
    if (!ok_ || size > text_.size() - at_) {
      ok_ = false;
      return "";
    }
    const std::string_view name = text_.substr(at_, size);
    at_ += size;
    std::string decoded;
    if (!is_punycode) return std::string(name);
    return decode_punycode(name, decoded) ? decoded : "{" + std::string(name) + "}";
  }

  // Goes on at an earlier place, and comes back.
  template <typename Parse>
  void back_reference(Parse parse) {
    const size_t start = at_ - 1;
    const uint64_t to = base62();
    if (to >= start) ok_ = false;
    if (!ok_ || is_silent_) return;
    const size_t here = at_;
    at_ = to;
    parse();
    at_ = here;
  }

  // `is_value`: in an expression, where generic arguments follow "::".
  void path(bool is_value) {
    const Step step(*this);
    switch (next()) {
      case 'C':
        disambiguator();
        write(identifier());
        break;
      case 'N':
        nested(is_value);
        break;
      case 'M':
        impl_path();
        write("<");
        type();
        write(">");
        break;
      case 'X':
        impl_path();
        [[fallthrough]];
      case 'Y':
        write("<");
        type();
        write(" as ");
        path(false);
        write(">");
        break;
      case 'I':
        path(is_value);
        write(is_value ? "::<" : "<");
        for (bool is_first = true; ok_ && !take('E'); is_first = false) {
          if (!is_first) write(", ");
          generic_argument();
        }
        write(">");
        break;
      case 'B':
        back_reference([&] { path(is_value); });
        break;
      default:
        ok_ = false;
    }
  }

  void nested(bool is_value) {
    const char space = next();
    path(is_value);
    const uint64_t number = disambiguator();
    const std::string name = identifier();
    if (space >= 'a' && space <= 'z') {
      if (!name.empty()) write("::" + name);
    } else if (space >= 'A' && space <= 'Z') {
      write("::{");
      write(space == 'C' ? "closure" : space == 'S' ? "shim" : std::string_view(&space, 1));
      if (!name.empty()) write(":" + name);
      write("#" + std::to_string(number) + "}");
    } else {
      ok_ = false;
    }
  }

  // Where the implementation stands: says nothing to people.
  void impl_path() {
    disambiguator();
    const bool was_silent = is_silent_;
    is_silent_ = true;
    path(false);
    is_silent_ = was_silent;
  }

  void generic_argument() {
    if (take('L')) {
      lifetime(base62());
    } else if (take('K')) {
      constant();
    } else {
      type();
    }
  }

  void lifetime(uint64_t index) {
    if (index == 0) return write("'_");
    if (index > lifetimes_) {
      ok_ = false;
      return;
    }
    const uint64_t depth = lifetimes_ - index;
    write(depth < 26 ? std::string("'") + static_cast<char>('a' + depth) : "'_" + std::to_string(depth));
  }

  // Writes "for<'a, 'b> " where lifetimes are bound, and binds them for `inside`.
  template <typename Inside>
  void bound(Inside inside) {
    const uint64_t count = take('G') ? base62() + 1 : 0;
    if (count > text_.size()) ok_ = false;
    const uint64_t outside = lifetimes_;
    if (ok_ && count > 0) {
      write("for<");
      for (uint64_t i = 0; ok_ && i < count; i++) {
        if (i > 0) write(", ");
        lifetimes_++;
        lifetime(1);
      }
      write("> ");
    }
    inside();
    lifetimes_ = outside;
  }

  void type() {
    const Step step(*this);
    const char c = next();
    if (c >= 'a' && c <= 'z') {
      const char* name = kBasicTypes[static_cast<size_t>(c - 'a')];
      if (name == nullptr) ok_ = false;
      return write(name != nullptr ? name : "");
    }
    switch (c) {
      case 'R':
      case 'Q':
        write("&");
        if (take('L')) {
          if (const uint64_t index = base62(); index != 0) {
            lifetime(index);
            write(" ");
          }
        }
        if (c == 'Q') write("mut ");
        type();
        break;
      case 'P':
      case 'O':
        write(c == 'P' ? "*const " : "*mut ");
        type();
        break;
      case 'A':
      case 'S':
        write("[");
        type();
        if (c == 'A') {
          write("; ");
          constant();
        }
        write("]");
        break;
      case 'T': {
        write("(");
        int count = 0;
        for (; ok_ && !take('E'); count++) {
          if (count > 0) write(", ");
          type();
        }
        write(count == 1 ? ",)" : ")");
        break;
      }
      case 'F':
        bound([&] { function(); });
        break;
      case 'D':
        write("dyn ");
        bound([&] {
          for (bool is_first = true; ok_ && !take('E'); is_first = false) {
            if (!is_first) write(" + ");
            trait();
          }
        });
        if (!take('L')) ok_ = false;
        if (const uint64_t index = base62(); index != 0) {
          write(" + ");
          lifetime(index);
        }
        break;
      case 'B':
        back_reference([&] { type(); });
        break;
      default:
        if (ok_) at_--;
        path(false);
    }
  }

  void function() {
    if (take('U')) write("unsafe ");
    if (take('K')) {
      std::string abi = take('C') ? "C" : identifier();
      for (char& c : abi) c = c == '_' ? '-' : c;
      write("extern \"" + abi + "\" ");
    }
    write("fn(");
    for (bool is_first = true; ok_ && !take('E'); is_first = false) {
      if (!is_first) write(", ");
      type();
    }
    write(")");
    if (take('u')) return;  // nothing returned
    write(" -> ");
    type();
  }

  // A trait with what its associated types are, which share its angle brackets.
  void trait() {
    const size_t before = out_.size();
    path(false);
    bool is_open = false;
    while (take('p')) {
      if (!is_open && ok_ && !is_silent_ && out_.size() > before && out_.back() == '>') {
        out_.pop_back();
        write(", ");
      } else {
        write(is_open ? ", " : "<");
      }
      is_open = true;
      write(identifier() + " = ");
      type();
    }
    if (is_open) write(">");
  }

  void constant() {
    const Step step(*this);
    const char c = next();
    if (c == 'p') return write("_");
    if (c == 'B') return back_reference([&] { constant(); });
    const bool is_negative = take('n');
    std::string digits;
    for (char d = next(); ok_ && d != '_'; d = next()) {
      if (!is_digit(d) && (d < 'a' || d > 'f')) ok_ = false;
      digits += d;
    }
    if (!ok_) return;
    const bool is_short = digits.size() <= 16;
    const uint64_t value = is_short && !digits.empty() ? std::stoull(digits, nullptr, 16) : 0;
    if (c == 'b') return write(value != 0 ? "true" : "false");
    if (c == 'c') {
      std::string text = "'";
      add_utf8(static_cast<uint32_t>(value > 0x10ffff ? 0xfffd : value), text);
      return write(text + "'");
    }
    constexpr std::string_view kIntegers = "asxlnihtymoj";
    if (kIntegers.find(c) == std::string_view::npos) {
      ok_ = false;
      return;
    }
    write(is_negative ? "-" : "");
    write(is_short ? std::to_string(value) : "0x" + digits);
  }

  std::string_view text_;
  size_t at_ = 0;
  bool ok_ = true;
  bool is_silent_ = false;
  int depth_ = 0;
  int steps_ = 0;
  uint64_t lifetimes_ = 0;  // bound around here
  std::string out_;
};

}  // namespace

std::optional<std::string> demangle_rust(std::string_view linker_name) {
  if (!linker_name.starts_with("_R") || linker_name.size() < 3) return std::nullopt;
  if (linker_name[2] < 'A' || linker_name[2] > 'Z') return std::nullopt;  // a version to come
  return Demangler(linker_name.substr(2)).run();
}

}  // namespace prof::symbols
