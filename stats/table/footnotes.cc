#include "stats/table/footnotes.h"

#include <utility>

#include "libprof/base/on_all_cores.h"
#include "stats/table/render.h"

namespace bench {
namespace {

std::string superscript(size_t number) {
  constexpr const char* kDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text;
  for (const char digit : std::to_string(number)) text += kDigits[digit - '0'];
  return text;
}

// Most rows say what the row before says.
void collect(const Row& row, std::vector<const std::string*>& found) {
  const auto take = [&](const Notes& messages) {
    if (messages.empty()) return;
    for (const std::string& message : messages) {
      if (found.empty() || *found.back() != message) found.push_back(&message);
    }
  };
  for (const Cell& cell : row.cells) {
    take(cell.warnings);
    take(cell.summary.warnings);
    if (cell.comparison) take(cell.comparison->warnings);
  }
}

}  // namespace

Footnotes::Footnotes(const Table& table) {
  std::vector<std::vector<const std::string*>> found(chunks_of(table));
  prof::on_all_cores(found.size(), [&](size_t i) {
    for_each_row(table, i, [&](const Row& row) { collect(row, found[i]); });
  });
  for (const auto& messages : found) {
    for (const std::string* message : messages) add(*message);
  }
  if (!has_summary(table)) return;
  for (const ColumnSummary& summary : table.summaries) {
    for (const std::string& message : summary.warnings) add(message);
  }
}

void Footnotes::mark(std::string& text, std::initializer_list<Notes> lists) const {
  bool first = true;
  for (const Notes& messages : lists) {
    if (messages.empty()) continue;
    for (const std::string& message : messages)
      text += (std::exchange(first, false) ? "" : " ") + superscript(numbers_.at(message));
  }
}

std::string Footnotes::marks(std::initializer_list<Notes> lists) const {
  std::string text;
  mark(text, lists);
  return text.empty() ? text : " " + text;
}

std::vector<std::string> Footnotes::lines() const {
  std::vector<std::string> lines;
  for (size_t i = 0; i < messages_.size(); i++) lines.push_back(superscript(i + 1) + " " + messages_[i]);
  return lines;
}

void Footnotes::add(const std::string& message) {
  if (numbers_.try_emplace(message, messages_.size() + 1).second) messages_.push_back(message);
}

}  // namespace bench
