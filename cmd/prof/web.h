// Serving a profile to browsers, for `prof web` and `prof pprof -http`.
#pragma once

#include <string>

#include "flamegraph/web/server.h"
#include "libprof/profile/profile.h"
#include "libprof/report/options.h"

namespace prof::cmd {

// Until SIGINT, SIGTERM or SIGHUP. `name`: what the profile is called.
Result<void> serve(Profile profile, const std::string& name, const report::Options& options,
                   const flame::web::Address& address, bool no_browser);

}  // namespace prof::cmd
