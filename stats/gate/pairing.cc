#include "stats/gate/pairing.h"

#include <algorithm>

namespace bench {
namespace {

std::string join(const std::vector<std::string>& words, const char* separator) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty() && !word.empty()) text += separator;
    text += word;
  }
  return text;
}

void add(std::vector<Unpaired>& list, Unpaired found, const std::string& unit) {
  const auto known = std::find_if(list.begin(), list.end(), [&](const Unpaired& other) {
    return other.row == found.row && other.column == found.column && other.where == found.where;
  });
  Unpaired& entry = known != list.end() ? *known : list.emplace_back(std::move(found));
  entry.units.push_back(unit);
}

}  // namespace

std::string column_of(const Table& table, size_t column) { return join(table.columns[column], " "); }

std::string place_of(const Tables& tables, const Table& table) {
  std::vector<std::string> words;
  for (size_t i = 0; i < table.keys.size(); i++) {
    const auto differs = [&](const Table& other) { return other.keys[i].second != table.keys[i].second; };
    if (std::any_of(tables.tables.begin(), tables.tables.end(), differs)) {
      words.push_back(table.keys[i].first + ": " + table.keys[i].second);
    }
  }
  return join(words, ", ");
}

void pair_rows(const Tables& tables, std::vector<Unpaired>& vanished, std::vector<Unpaired>& added) {
  for (const Table& table : tables.tables) {
    const std::string where = place_of(tables, table);
    for (const Row& row : table.rows) {
      const auto has = [&](size_t place) {
        return std::any_of(row.cells.begin(), row.cells.end(),
                           [&](const Cell& cell) { return table.places[cell.column] == place; });
      };
      const bool before = has(0);
      for (size_t place = 1; place < tables.columns.size(); place++) {
        if (before == has(place)) continue;
        add(before ? vanished : added, {row.label, join(tables.columns[place], " "), where, {}}, table.unit);
      }
    }
  }
}

Absent absent_inputs(const Tables& tables, const std::string& columns, const std::vector<Input>& inputs,
                     const std::vector<std::string>& telling) {
  Absent absent;
  const bool are_files = columns == ".file" ||
                         (columns.starts_with(".file@") && columns.find_first_of(" ,(") == std::string::npos);
  if (!are_files) return absent;
  bool is_after = false;
  for (const Input& input : inputs) {
    const bool present = std::any_of(tables.columns.begin(), tables.columns.end(), [&](const auto& column) {
      return column.size() == 1 && is_of_input(column[0], input.label);
    });
    is_after = is_after || present;
    const bool tells = std::find(telling.begin(), telling.end(), input.label) != telling.end();
    if (!present && (is_after || !tells)) (is_after ? absent.after : absent.before).push_back(input.label);
  }
  return absent;
}

}  // namespace bench
