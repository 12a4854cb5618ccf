#include "flamegraph/web/site.h"

#include <fmt/format.h>

#include <algorithm>

#include "flamegraph/chart.h"
#include "flamegraph/folded.h"
#include "flamegraph/html.h"
#include "flamegraph/json.h"
#include "flamegraph/svg.h"
#include "flamegraph/text.h"
#include "flamegraph/web/page.h"
#include "flamegraph/web/report_pages.h"
#include "flamegraph/web/top_json.h"
#include "libprof/profile/codec.h"
#include "libprof/report/top.h"
#include "libprof/report/view.h"

namespace prof::flame::web {
namespace {

using report::View;

constexpr size_t kRecent = 16;     // answers kept: a reload and the way back cost nothing
constexpr int64_t kTopRows = 500;  // unless the address says n=

struct Request {
  const View& view;
  const std::string& name;   // of the profile
  const std::string& query;  // "" or "?..."
  std::string_view path;
};

Chart chart_of(const Request& request, const Limits& limits) {
  ChartOptions options;
  options.stack.min_fraction = limits.min_percent / 100;
  options.stack.max_nodes = limits.max_nodes;
  options.icicle = true;
  options.title = request.name;
  return make_chart(request.view, options);
}

report::Top top_of(const Request& request) { return report::top(request.view); }

std::string menu(const Request& request);

Result<std::string> flame_html(const Request& request) {
  return render(flame_page(chart_of(request, kHtmlLimits), menu(request)));
}
Result<std::string> top_html(const Request& request) {
  return render({request.name,
                 menu(request),
                 "top.html",
                 to_json(top_of(request), request.name),
                 {"format.js", "menu.js", "top.js"}});
}
Result<std::string> flame_json(const Request& request) { return to_json(chart_of(request, kHtmlLimits)); }
Result<std::string> top_json(const Request& request) { return to_json(top_of(request), request.name); }
Result<std::string> html_file(const Request& request) { return to_html(chart_of(request, kHtmlLimits)); }
Result<std::string> svg_file(const Request& request) { return to_svg(chart_of(request, kSvgLimits)); }
Result<std::string> folded_file(const Request& request) { return to_folded(request.view); }

Result<std::string> profile_file(const Request& request) { return encode_profile(request.view.profile()); }

template <auto report>
Result<std::string> text_html(const Request& request) {
  const auto text = report(request.view);
  if (!text) return text;
  return text_page(request.name, menu(request), *text);
}
Result<std::string> source_html(const Request& request) { return source_page(request.view); }

constexpr const char* kHtml = "text/html; charset=utf-8";
constexpr const char* kJson = "application/json";

struct Route {
  std::string_view path;
  const char* type;
  Result<std::string> (*answer)(const Request&);
  const char* menu = nullptr;      // what the menu calls it
  const char* download = nullptr;  // offered as a file of this name
  void (*shape)(report::Options& options) = nullptr;
};
constexpr Route kRoutes[] = {
    {"/", kHtml, flame_html, "Flame graph"},
    {"/top", kHtml, top_html, "Top"},
    {"/flamegraph.json", kJson, flame_json},
    {"/top.json", kJson, top_json},
    {"/download/flame.html", kHtml, html_file, "HTML", "flame.html"},
    {"/download/flame.svg", "image/svg+xml", svg_file, "SVG", "flame.svg"},
    {"/download/flame.folded", "text/plain; charset=utf-8", folded_file, "Folded", "flame.folded"},
    // As pprof calls them.
    {"/ui", kHtml, flame_html},
    {"/ui/", kHtml, flame_html},
    {"/ui/flamegraph", kHtml, flame_html},
    {"/ui/top", kHtml, top_html},
    {"/ui/graph", kHtml, text_html<callers_and_callees>, nullptr, nullptr, for_text},
    {"/ui/peek", kHtml, text_html<peek>, nullptr, nullptr, for_lines},
    {"/ui/source", kHtml, source_html, nullptr, nullptr, for_source},
    {"/ui/disasm", kHtml, text_html<disassembly>, nullptr, nullptr, for_instructions},
    {"/ui/download", "application/vnd.google.protobuf+gzip", profile_file},
};

std::string sample_choice(const View& view) {
  const Profile& profile = view.profile();
  std::string html = "<label>Sample <select id=\"sample\">";
  for (size_t i = 0; i < profile.sample_types().size(); i++) {
    const std::string name = escape(profile.string(profile.sample_types()[i].type));
    html += fmt::format("<option value=\"{}\"{}>{}</option>", i, i == view.value().index ? " selected" : "",
                        name);
  }
  return html + "</select></label>";
}

std::string menu(const Request& request) {
  std::string html = "<nav class=\"menu\" aria-label=\"Views\"><strong>prof</strong>\n";
  const std::string query = escape(request.query);
  for (const Route& route : kRoutes) {
    if (route.menu == nullptr || route.download != nullptr) continue;
    html += fmt::format("<a href=\"{}{}\"{}>{}</a>\n", route.path, query,
                        route.path == request.path ? " aria-current=\"page\"" : "", route.menu);
  }
  html += sample_choice(request.view) + "\n<span class=\"right\">Save as</span>\n";
  for (const Route& route : kRoutes) {
    if (route.download == nullptr) continue;
    html += fmt::format("<a href=\"{}{}\" download=\"{}\">{}</a>\n", route.path, query, route.download,
                        route.menu);
  }
  return html + "</nav>\n";
}

Response failure(int status, const std::string& message) {
  return {status, "text/plain; charset=utf-8", "prof: " + message + "\n"};
}

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

// The same parameters always make the same query.
std::string query_of(const Parameters& parameters) {
  std::string query;
  for (const auto& [name, value] : parameters) {
    query += (query.empty() ? '?' : '&') + encoded(name) + '=' + encoded(value);
  }
  return query;
}

}  // namespace

Site::Site(Profile profile, std::string name, report::Options defaults)
    : profile_(std::move(profile)), name_(std::move(name)), defaults_(std::move(defaults)) {}

std::shared_ptr<const Response> Site::get(const std::string& path, const Parameters& parameters) {
  const std::string key = path + query_of(parameters);
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = recent_.find(key); found != recent_.end()) return found->second;
  }
  auto response = std::make_shared<const Response>(answer(path, parameters));
  const std::lock_guard lock(mutex_);
  if (response->status != 200 || !recent_.try_emplace(key, response).second) return response;
  order_.push_back(key);
  if (order_.size() > kRecent) {
    recent_.erase(order_.front());
    order_.erase(order_.begin());
  }
  return response;
}

Response Site::answer(const std::string& path, const Parameters& parameters) const {
  const auto* route =
      std::find_if(std::begin(kRoutes), std::end(kRoutes), [&](const Route& r) { return r.path == path; });
  if (route == std::end(kRoutes))
    return failure(404, "no page " + printable(path) +
                            "; there are /, /top, /ui/source?f=FUNCTION and the other pages of pprof's /ui/");
  report::Options options = defaults_;
  for (const auto& [name, value] : parameters) {
    for (const report::OptionInfo& info : report::option_table()) {
      if (info.url == nullptr || info.url != name) continue;
      if (const auto done = report::set(options, info, value); !done)
        return failure(400, done.error().message());
    }
  }
  if (route->shape != nullptr) {
    route->shape(options);
  } else if (options.nodecount < 0) {
    options.nodecount = kTopRows;
  }
  const auto view = View::make(profile_, options);
  if (!view) return failure(400, view.error().message());
  auto page = route->answer({*view, name_, query_of(parameters), route->path});
  if (!page) return failure(400, page.error().message());
  return {200, route->type, std::move(*page)};
}

}  // namespace prof::flame::web
