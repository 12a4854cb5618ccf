#include "stats/benchfmt/bare_numbers.h"

#include <algorithm>
#include <cctype>
#include <limits>

namespace bench {

std::string quote_bare_numbers(std::string_view data) {
  std::string out;
  out.reserve(data.size() + 64);
  bool in_string = false;
  for (size_t i = 0; i < data.size();) {
    const char c = data[i];
    if (in_string && c == '\\' && i + 1 < data.size()) {
      out += data.substr(i, 2);
      i += 2;
      continue;
    }
    if (c == '"') in_string = !in_string;
    size_t end = i + (c == '-' || c == '+' ? 1 : 0);
    const size_t word = end;
    while (end < data.size() && std::isalpha(static_cast<unsigned char>(data[end])) != 0) end++;
    if (in_string || end == word) {
      out += c;
      i++;
      continue;
    }
    std::string lowered(data.substr(word, end - word));
    std::transform(lowered.begin(), lowered.end(), lowered.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    // Letters inside a number (1e5) follow a digit and stay as they are.
    const bool starts =
        i == 0 || (std::isalnum(static_cast<unsigned char>(data[i - 1])) == 0 && data[i - 1] != '.');
    const bool special = starts && (lowered == "nan" || lowered == "inf" || lowered == "infinity");
    if (special) out += '"';
    out += data.substr(i, end - i);
    if (special) out += '"';
    i = end;
  }
  return out;
}

bool read_number(const Json& value, double& number) {
  if (value.is_number()) {
    number = value.get<double>();
    return true;
  }
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  if (text.empty() || text.size() > 9) return false;
  const bool negative = text[0] == '-';
  switch (text[negative || text[0] == '+' ? 1 : 0]) {
    case 'N':
    case 'n':
      number = std::numeric_limits<double>::quiet_NaN();
      return text.size() <= 4;
    case 'I':
    case 'i':
      number = negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
      return true;
  }
  return false;
}

}  // namespace bench
