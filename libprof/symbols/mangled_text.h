// What the demanglers of Rust and D share: a parser reads a mangled name from front to end and writes the
// readable one as it goes. After a mistake it does nothing more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace prof::symbols {

class MangledText {
 protected:
  explicit MangledText(std::string_view text) : text_(text) {}

  // Counts the depth of the recursion, and what has been done: back references make a name longer than its
  // mangling, exponentially where it is made to annoy. Each function that can come back to itself has one.
  class Step {
   public:
    explicit Step(MangledText& text) : text_(text) {
      if (++text_.depth_ > kMaxDepth || ++text_.steps_ > kMaxSteps || text_.out_.size() > kLongestName)
        text_.ok_ = false;
    }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;
    ~Step() { text_.depth_--; }

   private:
    MangledText& text_;
  };

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  // '\0' at the end and after a mistake.
  char peek(size_t ahead = 0) const { return ok_ && at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  char next() {
    if (at_ >= text_.size()) ok_ = false;
    return ok_ ? text_[at_++] : '\0';
  }
  bool take(char c) {
    if (peek() != c || !ok_ || at_ >= text_.size()) return false;
    at_++;
    return true;
  }
  bool take(std::string_view word) {
    if (!ok_ || !text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void write(std::string_view text) {
    if (ok_ && !is_silent_) out_ += text;
  }

  // Reads what `parse` does, and writes nothing of it.
  template <typename Parse>
  void silently(Parse parse) {
    const bool was_silent = is_silent_;
    is_silent_ = true;
    parse();
    is_silent_ = was_silent;
  }

  // Goes on at an earlier place, and comes back.
  template <typename Parse>
  void back_at(size_t place, Parse parse) {
    const size_t here = at_;
    at_ = place;
    parse();
    at_ = here;
  }

  std::string_view text_;
  size_t at_ = 0;
  bool ok_ = true;
  bool is_silent_ = false;
  std::string out_;

 private:
  static constexpr int kMaxDepth = 200;
  static constexpr int kMaxSteps = 1 << 16;
  static constexpr size_t kLongestName = size_t{1} << 16;

  int depth_ = 0;
  int steps_ = 0;
};

}  // namespace prof::symbols
