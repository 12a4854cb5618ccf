#include "stats/benchfmt/json.h"

#include <iterator>
#include <vector>

#include "stats/benchfmt/json_documents.h"
#include "stats/text/unicode.h"

namespace bench {
namespace {

// Hands out bytes and counts the lines that have been taken.
struct CountingIterator {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  reference operator*() const { return *at; }
  CountingIterator& operator++() {
    if (*at == '\n') ++*line;
    ++at;
    return *this;
  }
  CountingIterator operator++(int) {
    const CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at == other.at; }
  bool operator!=(const CountingIterator& other) const { return at != other.at; }

  const char* at;
  size_t* line;  // shared by all copies: only the one that moves counts
};

// Makes the document with the lines of its objects. nlohmann's own parser with a callback looks through the
// whole of a list at the end of each object in it, for what the callback may have thrown away.
class LinedDocument {
 public:
  explicit LinedDocument(const size_t& line) : line_(line) {}
  Json take() { return std::move(root_); }

  // As nlohmann's sax_parse() calls them; true goes on.
  bool null() { return put(nullptr); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(Json::number_integer_t value) { return put(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return put(value); }
  bool number_float(Json::number_float_t value, const std::string&) { return put(value); }
  bool string(std::string& value) { return put(printable(std::move(value))); }
  bool binary(Json::binary_t&) { return false; }  // no text has any
  bool start_object(size_t) { return open(Json::object()); }
  bool start_array(size_t) { return open(Json::array()); }
  bool key(std::string& key) {
    member_ = &(*open_.back().value)[printable(std::move(key))];
    return true;
  }
  bool end_object() {
    const auto [object, line] = open_.back();
    open_.pop_back();
    if (open_.empty() || open_.back().value->is_array()) (*object)[kLineKey] = line;
    return true;
  }
  bool end_array() {
    open_.pop_back();
    return true;
  }
  bool parse_error(size_t, const std::string&, const Json::exception&) { return false; }

 private:
  struct Open {
    Json* value;  // stays where it is: what is around it grows only when it is closed
    size_t line;
  };

  Json& next() {
    if (open_.empty()) return root_;
    Json& around = *open_.back().value;
    return around.is_array() ? around.emplace_back() : *member_;
  }
  bool put(Json value) {
    next() = std::move(value);
    return true;
  }
  bool open(Json value) {
    Json& place = next();
    place = std::move(value);
    open_.push_back({&place, line_});
    return true;
  }

  const size_t& line_;  // that has been read up to
  Json root_;
  Json* member_ = nullptr;  // of the object around, whose key was read
  std::vector<Open> open_;
};

char first_of(std::string_view data) {
  const size_t start = data.find_first_not_of(" \t\r\n");
  return start == std::string_view::npos ? '\0' : data[start];
}

}  // namespace

bool is_json(std::string_view data) { return first_of(data) == '{'; }

bool is_any_json(std::string_view data) {
  return is_json(data) || (first_of(data) == '[' && is_json(data.substr(data.find('[') + 1)));
}

prof::Result<void> refuse_json(std::string_view, Source& source) {
  return prof::fail("cannot read " + source.file + ": it is JSON, but not of a benchmark that is known",
                    "docs/benchcmp.md lists the formats; --input-format forces one");
}

prof::Result<Json> parse_json(std::string_view data, const Source& source, const char* format, size_t line) {
  LinedDocument document(line);
  const bool is_whole = Json::sax_parse(CountingIterator{data.data(), &line},
                                        CountingIterator{data.data() + data.size(), &line}, &document);
  if (!is_whole) {
    const std::string place = "cannot read " + source.file + ":" + std::to_string(line);
    if (const size_t count = json_documents(data).size(); count > 1) {
      return prof::fail(place + ": it is not one JSON document but " + std::to_string(count),
                        "a file each, with one label, is one side as well: new=1.json new=2.json");
    }
    return prof::fail(place + ": it starts like " + format + " but is not whole JSON");
  }
  return document.take();
}

}  // namespace bench
