#include "stats/table/grid.h"

#include <algorithm>

#include "stats/text/unicode.h"

namespace bench {
namespace {

bool blank(std::string_view text) {
  for (; !text.empty(); text.remove_prefix(decode_rune(text).size)) {
    if (!is_space(decode_rune(text).code)) return false;
  }
  return true;
}

}  // namespace

constexpr std::pair<std::string_view, std::string_view> kAsciiMargins[] = {
    {" ± ", " +- "}, {" │ ", " | "}, {" │", " |"}};

uint8_t Grid::look(std::string_view text) {
  size_t i = 0;
  while (i < looks_.size() && looks_[i] != text) i++;
  if (i == looks_.size()) looks_.push_back(text);
  return static_cast<uint8_t>(i);
}

void Grid::next_row() {
  if (!entries_.empty()) row_++;
  column_ = 0;
}

void Grid::span(size_t columns, std::string_view text, Align align, const char* margin, const char* color) {
  std::string_view front = margin != nullptr ? margin : column_ == 0 || text.empty() ? "" : " ";
  std::string spelled;
  if (style_.ascii) {
    spelled = to_ascii(text);
    text = spelled;
    for (const auto& [rule, ascii] : kAsciiMargins) {
      if (front == rule) front = ascii;
    }
  }
  const auto narrow = [](size_t value) { return static_cast<uint32_t>(value); };
  entries_.push_back({narrow(row_), narrow(column_), narrow(columns), narrow(texts_.size()),
                      narrow(text.size()), narrow(rune_count(text)), align, look(front), look(color)});
  texts_ += text;
  column_ += columns;
  columns_ = std::max(columns_, column_);
}

void Grid::keep_narrow(size_t column) {
  if (narrow_.size() <= column) narrow_.resize(column + 1);
  narrow_[column] = true;
}

std::vector<size_t> Grid::margins() const {
  std::vector<size_t> margins(columns_);
  for (const Entry& entry : entries_) {
    margins[entry.column] = std::max(margins[entry.column], rune_count(looks_[entry.margin]));
  }
  return margins;
}

// Brings the columns of a span to `width` together: the average for each, but a column that is wider already
// keeps its width and leaves less to the others. Widest first, so that what is left is known.
void Grid::widen(const Entry& entry, size_t width, std::vector<size_t>& widths) const {
  auto left = static_cast<ptrdiff_t>(width);
  ptrdiff_t present = 0;
  std::vector<size_t> growing;
  for (size_t column = entry.column; column < entry.column + entry.span; column++) {
    present += static_cast<ptrdiff_t>(widths[column]);
    if (column < narrow_.size() && narrow_[column]) {
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

std::vector<size_t> Grid::widths(const std::vector<size_t>& margins) const {
  std::vector<size_t> widths(columns_);
  std::vector<const Entry*> spans;
  for (const Entry& entry : entries_) {
    const size_t width = entry.width + margins[entry.column];
    if (entry.span == 1) {
      widths[entry.column] = std::max(widths[entry.column], width);
    } else {
      spans.push_back(&entry);
    }
  }
  std::stable_sort(spans.begin(), spans.end(),
                   [](const Entry* a, const Entry* b) { return a->span < b->span; });
  for (const Entry* entry : spans) widen(*entry, entry->width + margins[entry->column], widths);
  return widths;
}

std::string Grid::format() const {
  const auto margins = this->margins();
  const auto widths = this->widths(margins);
  std::vector<size_t> offsets(columns_ + 1);
  for (size_t i = 0; i < columns_; i++) offsets[i + 1] = offsets[i] + widths[i];

  std::string out;
  size_t row = 0, offset = 0;
  for (const Entry& entry : entries_) {
    if (blank(text_of(entry)) && blank(looks_[entry.margin])) continue;
    for (; row < entry.row; row++) {
      out += '\n';
      offset = 0;
    }
    const size_t margin = margins[entry.column];
    // A span of narrow columns may be too small for its text; what follows keeps its distance, as in
    // benchstat.
    const size_t start = offsets[entry.column];
    out.append(start >= offset ? start - offset : offset - start, ' ');
    out.append(margin - rune_count(looks_[entry.margin]), ' ');
    out += looks_[entry.margin];
    const size_t available = offsets[entry.column + entry.span] - offsets[entry.column] - margin;
    const size_t spare = available - std::min<size_t>(available, entry.width);
    const size_t before = entry.align == Align::kRight    ? spare
                          : entry.align == Align::kCenter ? spare / 2
                                                          : 0;
    out.append(before, ' ');
    if (style_.color) {
      out += style_.paint(text_of(entry), looks_[entry.color]);
    } else {
      out += text_of(entry);
    }
    offset = offsets[entry.column] + margin + before + entry.width;
  }
  if (!entries_.empty()) out += '\n';
  return out;
}

}  // namespace bench
