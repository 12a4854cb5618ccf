#include "libprof/report/table_writer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <concepts>
#include <nlohmann/json.hpp>
#include <utility>

#include "libprof/base/utf8.h"
#include "libprof/report/header.h"
#include "libprof/report/units.h"

namespace prof::report {
namespace {

double percent(const Share& share) {
  return share.of == 0 ? 0 : 100 * static_cast<double>(share.part) / static_cast<double>(share.of);
}

std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

class JsonWriter : public TableWriter {
 public:
  explicit JsonWriter(Sink sink) : sink_(std::move(sink)) {}

  void begin(std::string_view report, const View& view, const Value& value) override {
    const Profile& p = view.profile();
    nlohmann::ordered_json head = {{"format", "prof report"}, {"version", 1}, {"report", report}};
    if (!p.mappings().empty()) {
      head["file"] = p.string(p.mappings()[0].file);
      head["build_id"] = p.string(p.mappings()[0].build_id);
    }
    head["comments"] = nlohmann::json::array();
    for (const StringId comment : p.comments) head["comments"].push_back(p.string(comment));
    head["type"] = value.type;
    head["unit"] = value.unit;
    head["total"] = view.total();
    head["time_ns"] = p.time_ns;
    head["duration_ns"] = p.duration_ns;
    head["options"] = nlohmann::json::object();
    for (const OptionInfo& option : option_table()) {
      const std::string set = get(view.options(), option);
      if (set != get({}, option)) head["options"][option.name] = set;
    }
    head["warnings"] = view.warnings();
    std::string text = head.dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
    text.erase(text.rfind('\n'));  // stays open
    sink_(text);
  }

  void open(std::string_view name, std::span<const Column> columns) override {
    close();
    columns_.clear();
    for (const Column& column : columns) columns_.push_back(json_text(column.name));
    sink_(fmt::format(",\n {}: [", json_text(name)));
    is_open_ = is_first_ = true;
  }

  void put(std::span<const Cell> cells) override {
    std::string text = is_first_ ? "\n  {" : ",\n  {";
    is_first_ = false;
    for (size_t i = 0; i < cells.size(); i++) {
      text += fmt::format("{}{}: {}", i == 0 ? "" : ", ", columns_[i], std::visit(*this, cells[i]));
    }
    sink_(text + '}');
  }

  void end() override {
    close();
    sink_("\n}\n");
  }

  std::string operator()(bool value) const { return value ? "true" : "false"; }
  template <std::integral Number>
  std::string operator()(Number value) const {
    return std::to_string(value);
  }
  std::string operator()(const Amount& amount) const { return std::to_string(amount.value); }
  std::string operator()(const Share& share) const { return fmt::format("{:.6g}", percent(share)); }
  std::string operator()(const std::string& text) const { return json_text(text); }
  std::string operator()(const std::vector<std::string>& list) const {
    std::vector<std::string> texts;
    for (const std::string& text : list) texts.push_back(json_text(text));
    return fmt::format("[{}]", fmt::join(texts, ", "));
  }
  template <std::integral Number>
  std::string operator()(const std::vector<Number>& list) const {
    return fmt::format("[{}]", fmt::join(list, ", "));
  }

 private:
  void close() {
    if (is_open_) sink_(is_first_ ? "]" : "\n ]");
    is_open_ = false;
  }

  Sink sink_;
  std::vector<std::string> columns_;
  bool is_open_ = false, is_first_ = true;
};

// RFC 4180, a line of headings above each table, an empty line between two.
class CsvWriter : public TableWriter {
 public:
  explicit CsvWriter(Sink sink) : sink_(std::move(sink)) {}

  void begin(std::string_view, const View&, const Value& value) override { unit_ = value.unit; }

  void open(std::string_view, std::span<const Column> columns) override {
    std::string text = std::exchange(is_first_, false) ? "" : "\n";
    for (size_t i = 0; i < columns.size(); i++) {
      const std::string unit = columns[i].is_amount && !unit_.empty() ? "_" + unit_ : "";
      text += (i == 0 ? "" : ",") + (*this)(columns[i].name + unit);
    }
    sink_(text + '\n');
  }

  void put(std::span<const Cell> cells) override {
    std::string text;
    for (size_t i = 0; i < cells.size(); i++) text += (i == 0 ? "" : ",") + std::visit(*this, cells[i]);
    sink_(text + '\n');
  }

  void end() override {}

  std::string operator()(bool value) const { return value ? "true" : "false"; }
  template <std::integral Number>
  std::string operator()(Number value) const {
    return std::to_string(value);
  }
  std::string operator()(const Amount& amount) const { return std::to_string(amount.value); }
  std::string operator()(const Share& share) const { return fmt::format("{:.6g}", percent(share)); }
  std::string operator()(const std::vector<std::string>& list) const {
    return (*this)(fmt::format("{}", fmt::join(list, ";")));
  }
  template <std::integral Number>
  std::string operator()(const std::vector<Number>& list) const {
    return fmt::format("{}", fmt::join(list, ";"));
  }
  std::string operator()(const std::string& bytes) const {
    const std::string text = as_utf8(bytes);
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string field = "\"";
    for (const char c : text) field += c == '"' ? "\"\"" : std::string(1, c);
    return field + '"';
  }

 private:
  Sink sink_;
  std::string unit_;
  bool is_first_ = true;
};

// GitHub's tables; what is text in the profile is code in the document.
class MarkdownWriter : public TableWriter {
 public:
  explicit MarkdownWriter(Sink sink) : sink_(std::move(sink)) {}

  void begin(std::string_view, const View& view, const Value& value) override {
    value_ = value;
    std::string text;
    for (const std::string& line : profile_header(view, value)) text += fmt::format("- {}\n", escaped(line));
    for (const std::string& warning : view.warnings())
      text += fmt::format("- Warning: {}\n", escaped(warning));
    sink_(text);
  }

  void open(std::string_view name, std::span<const Column> columns) override {
    std::string text = fmt::format("\n### {}\n\n|", name), rule = "|";
    for (const Column& column : columns) {
      text += fmt::format(" {} |", column.name);
      rule += column.is_amount || std::string_view(column.name).ends_with("_percent") ? "---:|" : "---|";
    }
    sink_(fmt::format("{}\n{}\n", text, rule));
  }

  void put(std::span<const Cell> cells) override {
    std::string text = "|";
    for (const Cell& cell : cells) text += fmt::format(" {} |", std::visit(*this, cell));
    sink_(text + '\n');
  }

  void end() override {}

  std::string operator()(bool value) const { return value ? "yes" : ""; }
  template <std::integral Number>
  std::string operator()(Number value) const {
    return std::to_string(value);
  }
  std::string operator()(const Amount& amount) const {
    return amount.value == 0 ? "0" : escaped(value_.format(amount.value));
  }
  std::string operator()(const Share& share) const {
    return std::string(trim(percentage(share.part, share.of)));
  }
  std::string operator()(const std::vector<std::string>& list) const {
    std::vector<std::string> texts;
    for (const std::string& text : list) texts.push_back((*this)(text));
    return fmt::format("{}", fmt::join(texts, "<br>"));
  }
  template <std::integral Number>
  std::string operator()(const std::vector<Number>& list) const {
    return fmt::format("{}", fmt::join(list, "<br>"));
  }
  std::string operator()(const std::string& text) const {
    if (text.empty()) return "";
    return text.find('`') == std::string::npos ? fmt::format("`{}`", escaped(text)) : escaped(text);
  }

 private:
  static std::string escaped(std::string_view text) {
    std::string safe;
    for (const char c : as_utf8(text)) {
      if (c == '|') safe += '\\';
      safe += c == '\n' || c == '\r' ? ' ' : c;
    }
    return safe;
  }

  Sink sink_;
  Value value_;
};

template <typename Writer>
std::unique_ptr<TableWriter> make(Sink sink) {
  return std::make_unique<Writer>(std::move(sink));
}

constexpr TableFormat kFormats[] = {
    {"json", make<JsonWriter>}, {"csv", make<CsvWriter>}, {"markdown", make<MarkdownWriter>}};

}  // namespace

std::span<const TableFormat> table_formats() { return kFormats; }

}  // namespace prof::report
