#include "cmd/prof/live_symbols.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "libprof/report/proto.h"

namespace prof::cmd {
namespace {

bool is_url(std::string_view name) { return name.starts_with("http://") || name.starts_with("https://"); }

void rename_mappings(Profile& profile, std::string_view name, bool (*is_meant)(std::string_view file)) {
  const auto is_one = [&](const Mapping& mapping) {
    return mapping.build_id == 0 && is_meant(profile.string(mapping.file));
  };
  if (std::none_of(profile.mappings().begin(), profile.mappings().end(), is_one)) return;
  ProfileBuilder builder(std::move(profile));
  const StringId id = builder.intern(name);
  for (uint32_t m = 0; m < builder.profile().mappings().size(); m++) {
    Mapping& mapping = builder.mapping(m);
    if (mapping.build_id == 0 && is_meant(builder.profile().string(mapping.file))) mapping.file = id;
  }
  profile = std::move(builder).finish();
}

// Of addresses in a query: many servers and proxies take 8 KiB for the first line of a request.
constexpr size_t kMostQuery = 7000;

Result<std::string> get_in_pieces(fetch::Url service, const fetch::Options& options,
                                  std::string_view addresses) {
  std::string all;
  while (!addresses.empty()) {
    const size_t end = addresses.size() <= kMostQuery ? addresses.size() : addresses.rfind('+', kMostQuery);
    service.query = addresses.substr(0, end);
    auto answer = fetch::get(service, options);
    if (!answer) return answer;
    all += *answer + '\n';
    addresses.remove_prefix(std::min(end + 1, addresses.size()));
  }
  return all;
}

// Go's services take no POST from Go 1.22 on.
Result<std::string> names_of(const std::string& addresses, const fetch::Url& service,
                             const fetch::Options& options) {
  constexpr int kMethodNotAllowed = 405;
  int status = 0;
  auto answer = fetch::get(service, options, addresses, &status);
  return status == kMethodNotAllowed ? get_in_pieces(service, options, addresses) : answer;
}

}  // namespace

std::vector<symbols::SymbolService> symbol_services(Profile& profile, const fetch::Url& url,
                                                    const fetch::Options& options) {
  const auto is_nameless = [](const Location& location) { return location.line_count == 0; };
  if (std::none_of(profile.locations().begin(), profile.locations().end(), is_nameless)) return {};
  if (profile.mappings().empty()) profile = report::copy_of(profile, true, "");
  rename_mappings(profile, url.text(), [](std::string_view file) { return file.empty(); });
  const auto ask = [service = fetch::symbol_service(url), options](const std::string& addresses) {
    return names_of(addresses, service, options);
  };
  std::vector<symbols::SymbolService> services;
  for (const Mapping& mapping : profile.mappings()) {
    const StringId name = mapping.build_id != 0 ? mapping.build_id : mapping.file;
    services.push_back({std::string(profile.string(name)), mapping.start, ask});
  }
  return services;
}

Profile without_url_names(Profile profile) {
  rename_mappings(profile, "", is_url);
  return profile;
}

}  // namespace prof::cmd
