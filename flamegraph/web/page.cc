#include "flamegraph/web/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "flamegraph/json.h"
#include "flamegraph/text.h"
#include "flamegraph/web/assets.h"

namespace prof::flame::web {

namespace {

std::string head(const std::string& title) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src "
      "'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; form-action 'self'\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n<title>{}</title>\n<style>\n{}{}</style>\n</head>\n<body>\n",
      escape(title), asset("palette.css"), asset("page.css"));
}

}  // namespace

std::string text_page(const std::string& title, const std::string& nav, std::string_view text) {
  std::string html = head(title) + nav + "<pre>";
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    html += escape(text.substr(at, end - at)) + '\n';
    at = end + 1;
  }
  return html + fmt::format("</pre>\n<script>\n{}</script>\n</body>\n</html>\n", asset("menu.js"));
}

std::string render(const Page& page) {
  std::string html = head(page.title);
  const auto out = std::back_inserter(html);
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
