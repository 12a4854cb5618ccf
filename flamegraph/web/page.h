// Pages put together from the assets: one document, styles and scripts inside, nothing fetched but from its
// own server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "flamegraph/chart.h"

namespace prof::flame::web {

struct Page {
  std::string title;
  std::string nav;                        // markup before the page's own controls; empty in an export
  std::string_view body;                  // the name of an .html asset
  std::string data;                       // JSON without "<", in <script id="data">
  std::vector<std::string_view> scripts;  // names of .js assets, in order
};

std::string render(const Page& page);

// `text`, as a report prints it, below `nav`.
std::string text_page(const std::string& title, const std::string& nav, std::string_view text);

// The flame graph of a chart, below `nav`.
Page flame_page(const Chart& chart, std::string nav);

}  // namespace prof::flame::web
