#include "cmd/prof/live_symbols.h"

#include <algorithm>
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

}  // namespace

std::vector<symbols::SymbolService> symbol_services(Profile& profile, const fetch::Url& url,
                                                    const fetch::Options& options) {
  const auto is_nameless = [](const Location& location) { return location.line_count == 0; };
  if (std::none_of(profile.locations().begin(), profile.locations().end(), is_nameless)) return {};
  if (profile.mappings().empty()) profile = report::copy_of(profile, true, "");
  rename_mappings(profile, url.text(), [](std::string_view file) { return file.empty(); });
  const auto ask = [service = fetch::symbol_service(url), options](const std::string& addresses) {
    return fetch::get(service, options, addresses);
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
