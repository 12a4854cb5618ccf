// What must be said of the numbers of a table, printed below it: each message once, with a number.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "stats/table/table.h"

namespace bench {

// Rows are taken by all processors, so many at a time, in the order in which they are printed.
constexpr size_t kRowsAtOnce = 1024;
inline size_t chunks_of(const Table& table) { return (table.order.size() + kRowsAtOnce - 1) / kRowsAtOnce; }
template <typename Visit>
void for_each_row(const Table& table, size_t chunk, const Visit& visit) {
  const size_t end = std::min((chunk + 1) * kRowsAtOnce, table.order.size());
  for (size_t i = chunk * kRowsAtOnce; i < end; i++) visit(table.rows[table.order[i]]);
}

// The messages of a table, numbered in the order in which they appear; equal ones share a number. All are
// there before the first mark is printed, so that rows can be printed side by side.
class Footnotes {
 public:
  explicit Footnotes(const Table& table);

  // Appends the numbers of the messages, as "¹ ²".
  void mark(std::string& text, std::initializer_list<Notes> lists) const;
  // The same behind a space, where there is one.
  std::string marks(std::initializer_list<Notes> lists) const;
  bool empty() const { return messages_.empty(); }
  // "¹ all samples are equal", ...
  std::vector<std::string> lines() const;

 private:
  void add(const std::string& message);

  std::vector<std::string> messages_;
  std::map<std::string, size_t> numbers_;
};

}  // namespace bench
