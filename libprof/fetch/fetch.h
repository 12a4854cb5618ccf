// One HTTP request for one profile. It blocks until the answer is there or its time is up; any thread may
// call it, several may at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "libprof/base/error.h"
#include "libprof/fetch/url.h"

namespace prof::fetch {

struct Options {
  int seconds = 0;  // > 0: asked for by ?seconds=
  int timeout = 0;  // of a whole request; 0: 1.5 times what is asked for, else 60 s
  std::string tls_cert, tls_key,
      tls_ca;  // PEM files: our certificate, its key; whom we trust instead of the system
  uint64_t max_bytes = uint64_t{4} << 30;  // a larger answer is refused
};

// What is requested: `url` with the seconds that were asked for; of a host alone its CPU profile, as Go's
// pprof has it.
Url request_url(Url url, const Options& options);
// How long a service may take to answer `requested`, in seconds: what it says of itself, or -seconds.
int asked_seconds(const Url& requested);
int timeout_seconds(const Url& requested, const Options& options);

// The body of a 200 answer to `requested`; redirects are followed. `body`: POST it, else GET. An Error says
// what happened: no such host, refused, timed out, certificate, status with the server's own words.
// `status`: that of the answer, 0 where there is none.
Result<std::string> get(const Url& requested, const Options& options,
                        const std::optional<std::string>& body = {}, int* status = nullptr);

}  // namespace prof::fetch
