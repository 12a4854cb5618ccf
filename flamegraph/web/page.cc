#include "flamegraph/web/page.h"

#include <fmt/format.h>

#include <iterator>

#include "flamegraph/json.h"
#include "flamegraph/text.h"
#include "flamegraph/web/assets.h"

namespace prof::flame::web {

std::string render(const Page& page) {
  std::string html;
  const auto out = std::back_inserter(html);
  fmt::format_to(
      out,
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src "
      "'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; form-action 'self'\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n<title>{}</title>\n<style>\n{}{}</style>\n</head>\n<body>\n",
      escape(page.title), asset("palette.css"), asset("page.css"));
  fmt::format_to(out, "{}{}", page.nav, asset(page.body));
  fmt::format_to(out, "<script type=\"application/json\" id=\"data\">{}</script>\n", page.data);
  for (const std::string_view script : page.scripts)
    fmt::format_to(out, "<script>\n{}</script>\n", asset(script));
  fmt::format_to(out, "</body>\n</html>\n");
  return html;
}

Page flame_page(const Chart& chart, std::string nav) {
  return {chart.title,
          std::move(nav),
          "flame.html",
          to_json(chart),
          {"menu.js", "shorten.js", "format.js", "tree.js", "flame_canvas.js", "mirror.js", "flame_page.js"}};
}

}  // namespace prof::flame::web
