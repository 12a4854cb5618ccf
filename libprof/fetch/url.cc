#include "libprof/fetch/url.h"

#include <algorithm>
#include <charconv>

namespace prof::fetch {
namespace {

struct Scheme {
  std::string_view prefix;
  bool is_https;
  bool is_verified;
};
constexpr Scheme kSchemes[] = {
    {"http://", false, true},
    {"https://", true, true},
    {"https+insecure://", true, false},
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool begins_with(std::string_view text, std::string_view lower_prefix) {
  return text.size() >= lower_prefix.size() &&
         std::equal(lower_prefix.begin(), lower_prefix.end(), text.begin(),
                    [](char prefix, char c) { return prefix == lower(c); });
}

// Whether it begins with a scheme of its own; a path may have a URL in its query.
bool is_absolute(std::string_view text) {
  const size_t end = text.find("://");
  if (end == std::string_view::npos) return false;
  const auto is_letter = [](char c) { return lower(c) >= 'a' && lower(c) <= 'z'; };
  return is_letter(text[0]) &&
         std::all_of(text.begin(), text.begin() + static_cast<ptrdiff_t>(end), [&](char c) {
           return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '.' || c == '-';
         });
}

// RFC 3986, 5.2.4, of a path that begins with /.
std::string without_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(end);
    const bool is_up = segment == "/..";
    if (is_up) out.resize(out.empty() ? 0 : out.rfind('/'));
    if (!is_up && segment != "/.") {
      out += segment;
    } else if (path.empty()) {
      out += '/';
    }
  }
  return out;
}

bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    return host.ends_with(']') && host.size() > 2 &&
           host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.%") ==
               std::string_view::npos;
  }
  return !host.empty() &&
         host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
             std::string_view::npos;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    unsigned char byte = 0;
    const auto digits = text.substr(i + 1, 2);
    if (text[i] == '%' && digits.size() == 2 &&
        std::from_chars(digits.data(), digits.data() + 2, byte, 16).ptr == digits.data() + 2) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// Visits "key=value" pairs of a query.
template <typename Visit>
void for_each_pair(std::string_view query, Visit&& visit) {
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    visit(query.substr(0, end));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
}

bool has_key(std::string_view pair, std::string_view key) {
  return pair.starts_with(key) && (pair.size() == key.size() || pair[key.size()] == '=');
}

// An Error says no more than what is wrong, and is about a URL only where `text` is_absolute.
Result<Url> parsed(std::string_view text) {
  Url url;
  const Scheme* const scheme = std::find_if(std::begin(kSchemes), std::end(kSchemes),
                                            [&](const Scheme& one) { return begins_with(text, one.prefix); });
  bool is_told = scheme != std::end(kSchemes);  // from a file's name
  if (is_told) {
    url.is_https = scheme->is_https;
    url.is_verified = scheme->is_verified;
    text.remove_prefix(scheme->prefix.size());
  } else if (is_absolute(text)) {
    return fail("its scheme is " + std::string(text.substr(0, text.find(':'))),
                "what can be fetched is http://, https:// and https+insecure://");
  }
  url.port = url.is_https ? 443 : 80;
  text = text.substr(0, text.find('#'));
  const size_t path_at = std::min(text.find_first_of("/?"), text.size());
  std::string_view authority = text.substr(0, path_at), rest = text.substr(path_at);
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    url.user = decoded(authority.substr(0, at));
    authority.remove_prefix(at + 1);
  }
  const size_t colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    const std::string_view digits = authority.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (error != std::errc() || end != digits.data() + digits.size() || url.port < 1 || url.port > 65535) {
      return fail("its port is '" + std::string(digits) + "'", "ports are numbers from 1 to 65535");
    }
    authority = authority.substr(0, colon);
    is_told = true;
  }
  if (authority.empty()) return fail("it names no host", "URLs of profiles are http://HOST:PORT/PATH");
  if (!is_told || !is_host(authority)) {
    return fail("no host has the name '" + std::string(authority) + "'", "check the host");
  }
  url.host = authority;
  const size_t query_at = std::min(rest.find('?'), rest.size());
  url.path = rest.substr(0, query_at);
  if (url.path.empty()) url.path = "/";
  url.query = rest.substr(std::min(query_at + 1, rest.size()));
  return url;
}

}  // namespace

std::string Url::origin() const {
  return std::string(is_https ? "https://" : "http://") + host + ":" + std::to_string(port);
}

std::string Url::target() const { return query.empty() ? path : path + "?" + query; }

std::string Url::text() const {
  const bool is_usual = port == (is_https ? 443 : 80);
  std::string all = is_https ? is_verified ? "https://" : "https+insecure://" : "http://";
  all += host;
  if (!is_usual) all += ":" + std::to_string(port);
  return all + target();
}

std::optional<Url> parse_url(std::string_view text) {
  auto url = parsed(text);
  return url ? std::optional(std::move(*url)) : std::nullopt;
}

std::optional<Error> url_flaw(std::string_view text) {
  if (!is_absolute(text)) return std::nullopt;
  const auto url = parsed(text);
  if (url) return std::nullopt;
  const size_t host_at = text.find("://") + 3;
  const size_t user_end = text.substr(0, text.find_first_of("/?#", host_at)).rfind('@');
  std::string shown(text);  // never the password
  if (user_end != std::string_view::npos) shown.erase(host_at, user_end + 1 - host_at);
  return Error{"cannot fetch " + shown + ": " + url.error().what, url.error().remedy};
}

std::optional<Url> redirected(const Url& url, std::string_view location) {
  if (location.empty()) return std::nullopt;
  std::string text(location);
  if (text.starts_with("//")) {
    text.insert(0, url.is_https ? "https:" : "http:");
  } else if (!is_absolute(text)) {
    const std::string here = url.path.substr(0, url.path.rfind('/') + 1);
    text = url.origin() + (text[0] == '/' ? "" : text[0] == '?' ? url.path : here) + text;
  }
  auto next = parse_url(text);
  if (!next) return std::nullopt;
  next->path = without_dot_segments(next->path);
  next->is_verified = url.is_verified;
  if (next->user.empty() && next->origin() == url.origin()) next->user = url.user;
  return next;
}

std::optional<std::string> query_value(const Url& url, std::string_view key) {
  std::optional<std::string> value;
  for_each_pair(url.query, [&](std::string_view pair) {
    if (!value && has_key(pair, key)) value = decoded(pair.substr(std::min(key.size() + 1, pair.size())));
  });
  return value;
}

void set_query_value(Url& url, std::string_view key, std::string_view value) {
  std::string query;
  for_each_pair(url.query, [&](std::string_view pair) {
    if (!has_key(pair, key)) query.append(pair).append("&");
  });
  url.query = query.append(key).append("=").append(value);
}

Url symbol_service(const Url& url) {
  constexpr std::string_view kGperftools[] = {"/pprof/heap", "/pprof/growth", "/pprof/profile",
                                              "/pprof/pmuprofile", "/pprof/contention"};
  const bool is_plain = url.path.find("/debug/pprof/") != std::string::npos ||
                        std::any_of(std::begin(kGperftools), std::end(kGperftools),
                                    [&](std::string_view end) { return url.path.ends_with(end); });
  Url service = url;
  service.query.clear();
  service.path = url.path.substr(0, url.path.rfind('/') + 1) + (is_plain ? "symbol" : "symbolz");
  return service;
}

}  // namespace prof::fetch
