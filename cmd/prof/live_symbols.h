// The services that profiles are fetched from, asked for the names of addresses (symbol_service.h).
#pragma once

#include <vector>

#include "libprof/fetch/fetch.h"
#include "libprof/profile/profile.h"
#include "libprof/symbols/symbol_service.h"

namespace prof::cmd {

// What the service at `url` can name of `profile`, which came from it: one for each mapping; none where
// nothing lacks a name. A mapping that has no name of its own is called like the URL meanwhile, and locations
// without a mapping get one, as in pprof: legacy Go profiles have addresses only.
std::vector<symbols::SymbolService> symbol_services(Profile& profile, const fetch::Url& url,
                                                    const fetch::Options& options);

// Such mappings without their name again.
Profile without_url_names(Profile profile);

}  // namespace prof::cmd
