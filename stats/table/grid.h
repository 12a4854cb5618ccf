// Lays out text in columns: cells may span columns, be aligned, and have a margin in front.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stats/table/style.h"

namespace bench {

class Grid {
 public:
  enum class Align : uint8_t { kLeft, kCenter, kRight };
  static constexpr const char* kDefaultMargin =
      nullptr;  // one space; none in the first column or for empty text; margins outlive the grid

  explicit Grid(const Style& style = {}) : style_(style) {}
  void next_row();
  void skip_to(size_t column) { column_ = column; }
  size_t column() const { return column_; }
  void cell(std::string_view text, Align align = Align::kLeft, const char* margin = kDefaultMargin,
            const char* color = "") {
    span(1, text, align, margin, color);
  }
  void span(size_t columns, std::string_view text, Align align, const char* margin = kDefaultMargin,
            const char* color = "");
  // The column stays as narrow as its single cells: spans widen others.
  void keep_narrow(size_t column);

  // Lines without trailing spaces (but for what a cell itself ends with), widths counted in code points.
  std::string format() const;

 private:
  struct Entry {
    uint32_t row, column, span;
    uint32_t text, size;  // its text in texts_
    uint32_t width;       // of the text, in code points
    Align align;
    uint8_t margin, color;  // in looks_
  };
  std::string_view text_of(const Entry& entry) const {
    return std::string_view(texts_).substr(entry.text, entry.size);
  }
  uint8_t look(std::string_view text);
  std::vector<size_t> margins() const;
  std::vector<size_t> widths(const std::vector<size_t>& margins) const;
  void widen(const Entry& entry, size_t width, std::vector<size_t>& widths) const;

  Style style_;
  std::vector<Entry> entries_;           // by row, then column
  std::string texts_;                    // of all entries: most are too short to be worth a string each
  std::vector<std::string_view> looks_;  // margins and colours, which are few
  std::vector<bool> narrow_;
  size_t columns_ = 0;
  size_t row_ = 0;
  size_t column_ = 0;
};

}  // namespace bench
