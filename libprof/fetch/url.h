// URLs of profiles, as people type them: http://host:6060/debug/pprof/heap, host:6060/debug/pprof/heap,
// https+insecure://host/profile?seconds=5.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libprof/base/error.h"

namespace prof::fetch {

struct Url {
  bool is_https = false;
  bool is_verified = true;  // false: https+insecure, any certificate will do
  std::string user;         // "name:password", percent-decoded, or ""
  std::string host;         // "[::1]" with its brackets
  int port = 0;             // never 0 after parse_url
  std::string path;         // begins with /; without the query
  std::string query;        // without its ?

  std::string origin() const;  // "http://host:port", for messages and requests
  std::string target() const;  // "/path?query"
  std::string text() const;    // both; never the password
};

// Nothing where `text` is neither http(s)://... nor host:port/...: without a scheme it takes a port to be
// told from the name of a file.
std::optional<Url> parse_url(std::string_view text);

// What is wrong with the URL that `text` is meant to be: it has a scheme, but one that is not fetched, or no
// host or port that can be. Nothing where it is a URL, or is not meant as one.
std::optional<Error> url_flaw(std::string_view text);

// Where an answer of `url` with this Location header leads: an address, or a path on the same server, without
// its dot segments (RFC 3986). The password goes with it on the same server only. Nothing where it is
// neither.
std::optional<Url> redirected(const Url& url, std::string_view location);

// The value of `key` in the query, or nothing; and the query with it set.
std::optional<std::string> query_value(const Url& url, std::string_view key);
void set_query_value(Url& url, std::string_view key, std::string_view value);

// Where the service that gave `url` tells the names of addresses, as pprof has it: beside /debug/pprof/X and
// gperftools' /pprof/X it is "symbol", else "symbolz".
Url symbol_service(const Url& url);

}  // namespace prof::fetch
