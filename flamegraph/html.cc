#include "flamegraph/html.h"

#include "flamegraph/web/page.h"

namespace prof::flame {

std::string to_html(const Chart& chart) { return web::render(web::flame_page(chart, "")); }

}  // namespace prof::flame
