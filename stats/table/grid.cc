#include "stats/table/grid.h"

#include <algorithm>

#include "stats/text/unicode.h"

namespace bench {
namespace {

bool blank(std::string_view text) {
  if (!text.empty() && text[0] > ' ' && text[0] < '\x7f') return false;  // mostly
  for (; !text.empty(); text.remove_prefix(decode_rune(text).size)) {
    if (!is_space(decode_rune(text).code)) return false;
  }
  return true;
}

constexpr std::pair<std::string_view, const char*> kAsciiMargins[] = {
    {" ± ", " +- "}, {" │ ", " | "}, {" │", " |"}};

}  // namespace

// By address: they are literals.
uint8_t Grid::look(const char* text) {
  size_t i = 0;
  while (i < looks_.size() && looks_[i].text != text) i++;
  if (i == looks_.size()) looks_.push_back({text, rune_count(text), blank(text)});
  return static_cast<uint8_t>(i);
}

void Grid::reserve(size_t rows, size_t cells) {
  constexpr size_t kBytes = 6;  // of a cell, about
  entries_.reserve(rows * cells);
  row_ends_.reserve(rows);
  texts_.reserve(rows * cells * kBytes);
}

void Grid::next_row() {
  if (!entries_.empty()) row_ends_.push_back(static_cast<uint32_t>(entries_.size()));
  column_ = 0;
}

void Grid::end_span(size_t columns, Align align, const char* margin, const char* color) {
  const size_t column = column_;
  column_ += columns;
  columns_ = std::max(columns_, column_);
  const bool empty = texts_.size() == ended_;
  if (columns == 1 && empty && margin == kDefaultMargin) return;  // nothing of it is ever seen
  const char* front = margin != nullptr ? margin : column == 0 || empty ? "" : " ";
  if (style_.terminal && prof::has_controls(std::string_view(texts_).substr(ended_))) {
    texts_.replace(ended_, std::string::npos, style_.line(texts_.substr(ended_)));
  }
  if (style_.ascii) {
    texts_.replace(ended_, std::string::npos, to_ascii(texts_.substr(ended_)));
    for (const auto& [rule, ascii] : kAsciiMargins) {
      if (front == rule) front = ascii;
    }
  }
  const auto text = std::string_view(texts_).substr(ended_);
  ended_ = texts_.size();
  const auto narrow = [](size_t value) { return static_cast<uint32_t>(value); };
  entries_.push_back({narrow(column), narrow(columns), narrow(text.size()), narrow(rune_count(text)), align,
                      look(front), style_.color ? look(color) : uint8_t{0}});
}

void Grid::keep_narrow(size_t column) {
  if (narrow_.size() <= column) narrow_.resize(column + 1);
  narrow_[column] = true;
}

// Brings the columns of a span to `width` together: the average for each, but a column that is wider already
// keeps its width and leaves less to the others. Widest first, so that what is left is known.
void Grid::widen(const Entry& entry, size_t width, const std::vector<bool>& narrow,
                 std::vector<size_t>& widths) {
  auto left = static_cast<ptrdiff_t>(width);
  ptrdiff_t present = 0;
  std::vector<size_t> growing;
  for (size_t column = entry.column; column < entry.column + entry.span; column++) {
    present += static_cast<ptrdiff_t>(widths[column]);
    if (narrow[column]) {
      left -= static_cast<ptrdiff_t>(widths[column]);
    } else {
      growing.push_back(column);
    }
  }
  if (present >= static_cast<ptrdiff_t>(width)) return;
  std::stable_sort(growing.begin(), growing.end(), [&](size_t a, size_t b) { return widths[a] > widths[b]; });
  auto count = static_cast<ptrdiff_t>(growing.size());
  for (const size_t column : growing) {
    const ptrdiff_t average = (left + count - 1) / count;
    widths[column] = static_cast<size_t>(std::max(static_cast<ptrdiff_t>(widths[column]), average));
    left -= static_cast<ptrdiff_t>(widths[column]);
    count--;
  }
}

// The widest margin of each column, and the widest text of those entries that have a column for themselves.
void Grid::measure(Layout& layout) const {
  for (const Entry& entry : entries_) {
    size_t& margin = layout.margins[entry.column];
    margin = std::max(margin, looks_[entry.margin].width);
    size_t& width = layout.widths[entry.column];
    if (entry.span == 1) width = std::max<size_t>(width, entry.width);
  }
}

Grid::Layout Grid::layout(std::span<const Grid> grids) {
  size_t columns = 0;
  for (const Grid& grid : grids) columns = std::max(columns, grid.columns_);
  Layout layout{std::vector<size_t>(columns), std::vector<size_t>(columns)};
  std::vector<bool> narrow(columns);
  std::vector<const Entry*> spans;
  for (const Grid& grid : grids) {
    grid.measure(layout);
    for (size_t i = 0; i < grid.narrow_.size(); i++) narrow[i] = narrow[i] || grid.narrow_[i];
    for (const Entry& entry : grid.entries_) {
      if (entry.span != 1) spans.push_back(&entry);
    }
  }
  for (size_t i = 0; i < columns; i++) layout.widths[i] += layout.margins[i];
  std::stable_sort(spans.begin(), spans.end(),
                   [](const Entry* a, const Entry* b) { return a->span < b->span; });
  for (const Entry* entry : spans)
    widen(*entry, entry->width + layout.margins[entry->column], narrow, layout.widths);
  return layout;
}

std::string Grid::format(const Layout& layout) const {
  std::vector<size_t> offsets(layout.widths.size() + 1);
  for (size_t i = 0; i < layout.widths.size(); i++) offsets[i + 1] = offsets[i] + layout.widths[i];

  std::string out;
  constexpr size_t kBeyondAscii = 16;  // bytes a line, about
  out.reserve((row_ends_.size() + 1) * (offsets.back() + kBeyondAscii));
  size_t row = 0, offset = 0, text_start = 0;
  for (size_t i = 0; i < entries_.size(); i++) {
    const Entry& entry = entries_[i];
    const Look& front = looks_[entry.margin];
    const auto text = std::string_view(texts_).substr(text_start, entry.size);
    text_start += entry.size;
    for (; row < row_ends_.size() && row_ends_[row] <= i; row++) {
      out += '\n';
      offset = 0;
    }
    if (front.blank && blank(text)) continue;
    const size_t margin = layout.margins[entry.column];
    // A span of narrow columns may be too small for its text; what follows keeps its distance, as in
    // benchstat.
    const size_t start = offsets[entry.column];
    size_t spaces = (start >= offset ? start - offset : offset - start) + margin;
    if (!front.blank) {
      out.append(spaces - front.width, ' ');
      out += front.text;
      spaces = 0;
    }
    const size_t available = offsets[entry.column + entry.span] - start - margin;
    const size_t spare = available - std::min<size_t>(available, entry.width);
    const size_t before = entry.align == Align::kRight    ? spare
                          : entry.align == Align::kCenter ? spare / 2
                                                          : 0;
    out.append(spaces + before, ' ');
    if (style_.color) {
      out += style_.paint(text, looks_[entry.color].text);
    } else {
      out += text;
    }
    offset = start + margin + before + entry.width;
  }
  if (!entries_.empty()) out += '\n';
  return out;
}

}  // namespace bench
