#include "stats/benchfmt/json.h"

#include <iterator>
#include <vector>

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

}  // namespace

prof::Result<Json> parse_json(std::string_view data, const Source& source, const char* format) {
  size_t line = 1;
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
    return prof::fail("cannot read " + source.file + ":" + std::to_string(line) + ": it starts like " +
                      format + " but is not whole JSON");
  }
  return json;
}

}  // namespace bench
