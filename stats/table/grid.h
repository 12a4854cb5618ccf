// Lays out text in columns: cells may span columns, be aligned, and have a margin in front.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stats/table/style.h"

namespace bench {

// Rows of cells. Grids that stand below each other as one table are filled and formatted on their own, and
// share a layout.
class Grid {
 public:
  enum class Align : uint8_t { kLeft, kCenter, kRight };
  static constexpr const char* kDefaultMargin =
      nullptr;  // one space; none in the first column or for empty text; margins outlive the grid

  explicit Grid(const Style& style = {}) : style_(style) {}
  // Room for so many rows of so many cells.
  void reserve(size_t rows, size_t cells);
  void next_row();
  void skip_to(size_t column) { column_ = column; }
  size_t column() const { return column_; }
  void cell(std::string_view text, Align align = Align::kLeft, const char* margin = kDefaultMargin,
            const char* color = "") {
    span(1, text, align, margin, color);
  }
  void span(size_t columns, std::string_view text, Align align, const char* margin = kDefaultMargin,
            const char* color = "") {
    texts_ += text;
    end_span(columns, align, margin, color);
  }
  // The same, of text that is appended to this in front.
  std::string& text() { return texts_; }
  void end_cell(Align align = Align::kLeft, const char* margin = kDefaultMargin, const char* color = "") {
    end_span(1, align, margin, color);
  }
  void end_span(size_t columns, Align align, const char* margin, const char* color);
  // The column stays as narrow as its single cells: spans widen others.
  void keep_narrow(size_t column);

  struct Layout {
    std::vector<size_t> margins, widths;  // of each column; a width includes its margin
  };
  static Layout layout(std::span<const Grid> grids);
  // Lines without trailing spaces (but for what a cell itself ends with), widths counted in code points.
  // REQUIRES: the layout is of grids among which this one was.
  std::string format(const Layout& layout) const;

 private:
  struct Entry {
    uint32_t column, span;
    uint32_t size;   // of its text in texts_, where it follows that of the entry before
    uint32_t width;  // of the text, in code points
    Align align;
    uint8_t margin, color;  // in looks_; the colour only where there are colours
  };
  struct Look {
    const char* text;
    size_t width;
    bool blank;  // so many spaces
  };
  uint8_t look(const char* text);
  void measure(Layout& layout) const;
  static void widen(const Entry& entry, size_t width, const std::vector<bool>& narrow,
                    std::vector<size_t>& widths);

  Style style_;
  std::vector<Entry> entries_;      // by row, then column
  std::string texts_;               // of all entries: most are too short to be worth a string each
  size_t ended_ = 0;                // how much of it
  std::vector<uint32_t> row_ends_;  // in entries_, of all rows but the last
  std::vector<Look> looks_;         // margins and colours, which are few
  std::vector<bool> narrow_;
  size_t columns_ = 0;
  size_t column_ = 0;
};

}  // namespace bench
