#include "libprof/fetch/fetch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "libprof/base/lazy_library.h"
#include "libprof/fetch/client.h"

namespace prof::fetch {

Url request_url(Url url, const Options& options) {
  if (url.path == "/") url.path = "/debug/pprof/profile";
  if (options.seconds > 0) set_query_value(url, "seconds", std::to_string(options.seconds));
  return url;
}

int asked_seconds(const Url& requested) {
  const std::string text = query_value(requested, "seconds").value_or("");
  int seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return std::clamp(seconds, 0, 1'000'000);
}

int timeout_seconds(const Url& requested, const Options& options) {
  if (options.timeout > 0) return options.timeout;
  const int seconds = asked_seconds(requested);
  return seconds > 0 ? seconds + (seconds + 1) / 2 : 60;
}

Result<std::string> get(const Url& url, const Options& options, const std::optional<std::string>& body,
                        int* status) {
  if (status != nullptr) *status = 0;
  for (const std::string& file : {options.tls_cert, options.tls_key, options.tls_ca}) {
    if (!file.empty() && ::access(file.c_str(), R_OK) != 0) {
      return fail(fmt::format("cannot read {}: {}", file, std::strerror(errno)), "check the path");
    }
  }
  static const LazyLibrary client("prof-fetch.so");
  decltype(&prof_fetch_send) send = nullptr;
  if (!client.find("prof_fetch_send", send)) {
    return fail(fmt::format("cannot fetch {}: prof-fetch.so cannot be loaded", url.text()),
                "install prof again");
  }
  Result<std::string> answer;
  int answered = 0;
  send(url, options, body, answer, answered);
  if (status != nullptr) *status = answered;
  return answer;
}

}  // namespace prof::fetch
