#include "flamegraph/web/server.h"

#include "flamegraph/web/http_server.h"
#include "libprof/base/lazy_library.h"

namespace prof::flame::web {

Result<std::unique_ptr<Server>> Server::start(Site& site, const Address& address) {
  static const LazyLibrary library("prof-web.so");
  decltype(&prof_web_start) start = nullptr;
  if (!library.find("prof_web_start", start)) {
    return fail("cannot serve pages: prof-web.so cannot be loaded", "install prof again");
  }
  Result<std::unique_ptr<Server>> server;
  start([&site](const std::string& path, const Parameters& parameters) { return site.get(path, parameters); },
        address, server);
  return server;
}

}  // namespace prof::flame::web
