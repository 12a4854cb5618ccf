// The half of Server (server.h) that speaks HTTP, with httplib. It is a module of its own, prof-web.so, for
// the reason that libprof/fetch/client.h gives.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "flamegraph/web/server.h"

namespace prof::flame::web {

// Called by several threads at once.
using Handler = std::function<std::shared_ptr<const Response>(const std::string& path, const Parameters&)>;

}  // namespace prof::flame::web

// Both sides are of one build, so that C++ types can cross. Sets `server` to what `Server::start` returns.
extern "C" [[gnu::visibility("default")]] void prof_web_start(
    const prof::flame::web::Handler& handler, const prof::flame::web::Address& address,
    prof::Result<std::unique_ptr<prof::flame::web::Server>>& server);
