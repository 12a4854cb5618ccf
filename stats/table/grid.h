// Lays out text in columns: cells may span columns, be aligned, and have a margin in front.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stats/table/style.h"

namespace bench {

class Grid {
 public:
  enum class Align { kLeft, kCenter, kRight };
  static constexpr const char* kDefaultMargin =
      nullptr;  // one space; none in the first column or for empty text

  explicit Grid(const Style& style = {}) : style_(style) {}
  void next_row();
  void skip_to(size_t column) { column_ = column; }
  size_t column() const { return column_; }
  void cell(std::string text, Align align = Align::kLeft, const char* margin = kDefaultMargin,
            const char* color = "") {
    span(1, std::move(text), align, margin, color);
  }
  void span(size_t columns, std::string text, Align align, const char* margin = kDefaultMargin,
            const char* color = "");
  // The column stays as narrow as its single cells: spans widen others.
  void keep_narrow(size_t column);

  // Lines without trailing spaces (but for what a cell itself ends with), widths counted in code points.
  std::string format() const;

 private:
  struct Entry {
    size_t row, column, span;
    std::string text;
    std::string margin;
    Align align;
    size_t width;       // of the text, in code points
    const char* color;  // SGR parameters
  };
  std::vector<size_t> margins() const;
  std::vector<size_t> widths(const std::vector<size_t>& margins) const;
  void widen(const Entry& entry, size_t width, std::vector<size_t>& widths) const;

  Style style_;
  std::vector<Entry> entries_;  // by row, then column
  std::vector<bool> narrow_;
  size_t columns_ = 0;
  size_t row_ = 0;
  size_t column_ = 0;
};

}  // namespace bench
