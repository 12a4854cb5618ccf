#include "libprof/symbols/symbol_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace prof::symbols {
namespace {

std::string_view key_of(const Profile& profile, const Mapping& mapping) {
  return profile.string(mapping.build_id != 0 ? mapping.build_id : mapping.file);
}

// "0x401000 main": nothing where a line is something else.
std::optional<std::pair<uint64_t, std::string_view>> parse_line(std::string_view line) {
  if (!line.starts_with("0x")) return std::nullopt;
  uint64_t address = 0;
  const auto [end, error] = std::from_chars(line.data() + 2, line.data() + line.size(), address, 16);
  std::string_view name = line.substr(static_cast<size_t>(end - line.data()));
  if (error != std::errc() || name.empty() || (name[0] != ' ' && name[0] != '\t')) return std::nullopt;
  name.remove_prefix(std::min(name.find_first_not_of(" \t"), name.size()));
  while (name.ends_with('\r')) name.remove_suffix(1);
  if (name.empty()) return std::nullopt;
  return std::pair(address, name);
}

// The locations of a mapping without names, by their addresses as the service has them.
using Nameless = std::unordered_multimap<uint64_t, uint32_t>;

std::string request_for(const Nameless& nameless) {
  std::vector<uint64_t> addresses;
  for (const auto& [address, location] : nameless) addresses.push_back(address);
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  std::string body;
  for (const uint64_t address : addresses) body += fmt::format("{}{:#x}", body.empty() ? "" : "+", address);
  return body;
}

class Writer {
 public:
  explicit Writer(ProfileBuilder& builder) : builder_(builder) {}

  bool write(std::string_view answer, const Nameless& nameless) {
    bool is_any = false;
    for (size_t start = 0; start < answer.size();) {
      const size_t end = std::min(answer.find('\n', start), answer.size());
      const auto line = parse_line(answer.substr(start, end - start));
      start = end + 1;
      if (!line) continue;
      const auto [begin, rest] = nameless.equal_range(line->first);
      for (auto one = begin; one != rest; ++one) {
        const Line lines[] = {{function(line->second), 0, 0}};
        builder_.set_lines(one->second, lines);
        is_any = true;
      }
    }
    return is_any;
  }

 private:
  uint32_t function(std::string_view text) {
    const StringId name = builder_.intern(text);
    const auto [entry, is_new] = functions_.try_emplace(name, 0u);
    if (is_new) entry->second = builder_.add_function({0, name, name, 0, 0});
    return entry->second;
  }

  ProfileBuilder& builder_;
  std::unordered_map<StringId, uint32_t> functions_;
};

}  // namespace

bool is_no_file(std::string_view mapping) {
  return mapping.starts_with('[') || mapping.starts_with("linux-vdso") || mapping.starts_with("/dev/dri") ||
         mapping.starts_with("//anon") || mapping.starts_with("/memfd:");
}

Profile ask_services(Profile profile, std::span<const SymbolService> services, bool force,
                     Warnings& warnings) {
  std::vector<const SymbolService*> asked(profile.mappings().size());
  for (size_t m = 0; m < asked.size(); m++) {
    const Mapping& mapping = profile.mappings()[m];
    if ((mapping.has_functions && !force) || is_no_file(profile.string(mapping.file))) continue;
    const auto knows = [&](const SymbolService& one) { return one.mapping == key_of(profile, mapping); };
    const auto found = std::find_if(services.begin(), services.end(), knows);
    if (found != services.end()) asked[m] = &*found;
  }
  std::vector<Nameless> nameless(asked.size());
  for (uint32_t l = 0; l < profile.locations().size(); l++) {
    const Location& location = profile.locations()[l];
    if (location.mapping == kNoIndex || location.line_count != 0 || location.address == 0) continue;
    const SymbolService* service = asked[location.mapping];
    if (service == nullptr) continue;
    const uint64_t moved = service->start - profile.mappings()[location.mapping].start;
    nameless[location.mapping].emplace(location.address + moved, l);
  }
  if (std::all_of(nameless.begin(), nameless.end(), [](const Nameless& one) { return one.empty(); }))
    return profile;
  ProfileBuilder builder(std::move(profile));
  Writer writer(builder);
  for (uint32_t m = 0; m < asked.size(); m++) {
    if (nameless[m].empty()) continue;
    const auto answer = asked[m]->ask(request_for(nameless[m]));
    if (!answer) {
      const std::string warning = "no symbols of the service: " + answer.error().message();
      if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end()) warnings.push_back(warning);
    } else if (writer.write(*answer, nameless[m])) {
      builder.mapping(m).has_functions = true;
    }
  }
  return std::move(builder).finish();
}

}  // namespace prof::symbols
