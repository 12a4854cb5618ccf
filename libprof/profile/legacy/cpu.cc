// CPU profiles: machine words of 32 or 64 bits in either byte order, then text. The words: 0, 3, 0 (C++) or
// 1 (Java), the period in us, 0; then for each sample its count, its depth and that many addresses; at last
// 0, 1, 0. The text: the memory map, or Java's symbols. Of a file that was cut the samples before the cut
// count.
#include <fmt/format.h>

#include "libprof/profile/legacy/legacy.h"
#include "libprof/profile/legacy/memory_map.h"

namespace prof::legacy {
namespace {

// Deeper stacks are damage, not what the rest of the file had.
constexpr uint64_t kMostFrames = 1 << 16;

class Words {
 public:
  Words(std::string_view bytes, size_t size, bool is_big) : bytes_(bytes), size_(size), is_big_(is_big) {}

  bool has(uint64_t words) const { return words <= (bytes_.size() - at_) / size_; }
  uint64_t next() {  // REQUIRES: has(1)
    uint64_t word = 0;
    for (size_t i = 0; i < size_; i++) {
      const uint64_t byte = static_cast<unsigned char>(bytes_[at_ + (is_big_ ? i : size_ - 1 - i)]);
      word = word << 8 | byte;
    }
    at_ += size_;
    return word;
  }
  void skip_all() { at_ = bytes_.size(); }
  size_t offset() const { return at_; }
  bool is_at_end() const { return at_ == bytes_.size(); }
  std::string_view rest() const { return bytes_.substr(at_); }

 private:
  std::string_view bytes_;
  size_t size_;
  bool is_big_;
  size_t at_ = 0;
};

enum Kind : uint64_t { kCpp, kJava };

struct Header {
  Words words;  // those behind it
  int64_t period_ns;
};

std::optional<Header> find_header(std::string_view bytes, Kind kind) {
  for (const size_t size : {4, 8}) {
    for (const bool is_big : {false, true}) {
      Words words(bytes, size, is_big);
      if (!words.has(5) || words.next() != 0 || words.next() != 3 || words.next() != kind) continue;
      const uint64_t period_us = words.next();
      if (period_us == 0 || period_us > INT64_MAX / 1000 || words.next() != 0) continue;
      return Header{words, static_cast<int64_t>(period_us) * 1000};
    }
  }
  return std::nullopt;
}

// Return addresses, all but the leaf, become those of their calls where `are_calls`.
Result<Draft> read_samples(Header& header, bool are_calls) {
  Draft draft;
  draft.sample_types = {{"samples", "count"}, {"cpu", "nanoseconds"}};
  draft.period_type = {"cpu", "nanoseconds"};
  draft.period = header.period_ns;
  Words& words = header.words;
  std::vector<uint64_t> stack;
  while (!words.is_at_end()) {
    const size_t offset = words.offset();
    const bool has_head = words.has(2);
    const auto count = has_head ? static_cast<int64_t>(words.next()) : 0;
    const uint64_t depth = has_head ? words.next() : 0;
    if (!has_head || !words.has(depth)) {
      if (depth > kMostFrames) {
        return fail(fmt::format("the sample at byte {} has {} frames, more than the file", offset, depth));
      }
      draft.warnings.push_back(fmt::format(
          "the profile is cut short: the sample at byte {} is left out, and what was behind it", offset));
      words.skip_all();
      break;
    }
    stack.clear();
    for (uint64_t i = 0; i < depth; i++) stack.push_back(words.next() - (are_calls && i > 0 ? 1 : 0));
    if (count == 0 && depth == 1 && stack[0] == 0) break;
    draft.add_sample(stack, {count, multiply(count, draft.period)});
  }
  return draft;
}

}  // namespace

bool detect_cpu(std::string_view bytes) { return find_header(bytes, kCpp).has_value(); }
bool detect_java_cpu(std::string_view bytes) { return find_header(bytes, kJava).has_value(); }

Result<Draft> read_cpu(std::string_view bytes) {
  auto header = find_header(bytes, kCpp);
  auto draft = read_samples(*header, true);
  if (!draft) return draft;
  draft->strip_handler_frames();
  Lines lines(header->words.rest());
  auto mappings = read_memory_map(lines);
  if (!mappings) return tl::unexpected(mappings.error());
  draft->mappings = std::move(*mappings);
  return draft;
}

Result<Draft> read_java_cpu(std::string_view bytes) {
  auto header = find_header(bytes, kJava);
  auto draft = read_samples(*header, false);
  if (draft) read_java_symbols(header->words.rest(), *draft);
  return draft;
}

}  // namespace prof::legacy
