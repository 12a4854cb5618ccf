#include "stats/benchfmt/json.h"

#include <iterator>
#include <vector>

#include "stats/benchfmt/json_documents.h"

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
  std::vector<size_t> open;  // lines of the objects around; 0 is a list
  const auto note_line = [&](int, Json::parse_event_t event, Json& parsed) {
    switch (event) {
      case Json::parse_event_t::object_start:
        open.push_back(line);
        break;
      case Json::parse_event_t::array_start:
        open.push_back(0);
        break;
      case Json::parse_event_t::array_end:
        open.pop_back();
        break;
      case Json::parse_event_t::object_end: {
        const size_t start = open.back();
        open.pop_back();
        if (open.empty() || open.back() == 0) parsed[kLineKey] = start;
        break;
      }
      default:
        break;
    }
    return true;
  };
  Json json = Json::parse(CountingIterator{data.data(), &line},
                          CountingIterator{data.data() + data.size(), &line}, note_line, false);
  if (json.is_discarded()) {
    const std::string place = "cannot read " + source.file + ":" + std::to_string(line);
    if (const size_t count = json_documents(data).size(); count > 1) {
      return prof::fail(place + ": it is not one JSON document but " + std::to_string(count),
                        "a file each, with one label, is one side as well: new=1.json new=2.json");
    }
    return prof::fail(place + ": it starts like " + format + " but is not whole JSON");
  }
  return json;
}

}  // namespace bench
