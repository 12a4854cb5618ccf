#include "libprof/report/tags.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "libprof/report/units.h"

namespace prof::report {
namespace {

// Cells of one table, each but the last of a row right-aligned in its column. A column ends where a row does
// not have it.
struct Row {
  std::vector<std::string> cells;  // aligned
  std::string rest;
};

size_t width(std::string_view text) {  // in characters of UTF-8
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string align(const std::vector<Row>& rows) {
  std::string out;
  for (size_t begin = 0; begin < rows.size();) {
    size_t end = begin;
    while (end < rows.size() && !rows[end].cells.empty()) end++;
    std::vector<size_t> widths;
    for (size_t i = begin; i < end; i++) {
      widths.resize(std::max(widths.size(), rows[i].cells.size()));
      for (size_t c = 0; c < rows[i].cells.size(); c++)
        widths[c] = std::max(widths[c], width(rows[i].cells[c]) + 1);
    }
    for (size_t i = begin; i < end; i++) {
      for (size_t c = 0; c < rows[i].cells.size(); c++) {
        out.append(widths[c] - width(rows[i].cells[c]), ' ');
        out += rows[i].cells[c];
      }
      out += rows[i].rest + '\n';
    }
    if (end < rows.size()) out += rows[end++].rest + '\n';
    begin = end;
  }
  return out;
}

}  // namespace

std::vector<Tag> tags(const View& view) {
  const Profile& p = view.profile();
  std::map<std::string, std::map<std::string, Sum>> sums;
  for (size_t i = 0; i < p.sample_count(); i++) {
    if (!view.keeps(i)) continue;
    const int64_t v = view.value().of(p, i);
    for (const Label& label : p.labels(i)) {
      if (!view.shows_tag(label)) continue;
      const std::string key(p.string(label.key));
      if (is_text(label)) sums[key][std::string(p.string(label.str))].add(v, 0);
      if (is_number(label)) {
        sums[key][amount(label.num, view.units().of(label.key), view.value().output_unit)].add(v, 0);
      }
    }
  }
  std::vector<Tag> tags;
  for (const auto& [key, values] : sums) {
    Tag& tag = tags.emplace_back();
    tag.key = key;
    Sum total;
    for (const auto& [text, sum] : values) {
      total.add(sum.value, 0);
      tag.values.push_back({text, sum.value});
    }
    tag.total = total.value;
    std::stable_sort(tag.values.begin(), tag.values.end(), [](const TagValue& a, const TagValue& b) {
      return magnitude(a.value) > magnitude(b.value);  // else by text, as they are
    });
  }
  return tags;
}

std::string print_tags(const std::vector<Tag>& tags, const View& view) {
  std::vector<Row> rows;
  const Value& value = view.value();
  for (const Tag& tag : tags) {
    const auto share = [&](int64_t part) {
      return view.total() > 0 ? fmt::format(" ({})", percentage(part, view.total())) : "";
    };
    rows.push_back({{tag.key + ":"},
                    fmt::format(" Total {} of {}{}", value.format(tag.total), value.format(view.total()),
                                share(tag.total))});
    for (const TagValue& row : tag.values) {
      rows.push_back({{" ", value.format(row.value) + share(row.value) + ":"}, " " + row.text});
    }
    rows.push_back({});
  }
  return align(rows);
}

}  // namespace prof::report
