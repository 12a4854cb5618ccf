// Serves a Site over HTTP, to this machine only unless told otherwise.
#pragma once

#include <memory>
#include <string>

#include "flamegraph/web/address.h"
#include "flamegraph/web/site.h"
#include "libprof/base/error.h"

namespace prof::flame::web {

class Server {
 public:
  // Listens and answers from threads of its own. On a loopback address only local clients and local Host
  // headers are answered. Fails where the address cannot be had. `site` must outlive the Server.
  static Result<std::unique_ptr<Server>> start(Site& site, const Address& address);
  virtual ~Server() = default;  // stops: requests under way are finished
  const std::string& url() const { return url_; }

 protected:
  std::string url_;
};

}  // namespace prof::flame::web
