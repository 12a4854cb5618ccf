// Names as drawn: short enough for their box, and harmless inside markup.
#pragma once

#include <string>
#include <string_view>

namespace prof::flame {

// `name` in at most `columns` characters: first without what people read last (arguments, template arguments,
// leading namespaces), then cut. "" where fewer than three characters fit. web/shorten.js does the same in
// the browser.
std::string shorten(std::string_view name, size_t columns);

// `text` as well-formed UTF-8 without control characters: each offending byte becomes U+FFFD, tabs and line
// ends a space.
std::string printable(std::string_view text);

// printable() text with < > & " ' escaped: fit for elements and quoted attributes of XML and HTML.
std::string escape(std::string_view text);

// printable() text as a JSON string, quotes included, without "<": fit for a script element.
std::string json_string(std::string_view text);

}  // namespace prof::flame
