#include "libprof/symbols/symbol_cache.h"

#include <array>
#include <filesystem>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "libprof/base/cache_directory.h"
#include "libprof/base/files.h"
#include "libprof/profile/codec.h"
#include "libprof/profile/profile.h"

namespace prof::symbols {

namespace fs = std::filesystem;

namespace {

// Changes with what answers mean: with the reader of DWARF, the demanglers, this format.
constexpr const char* kVersion = "5";
constexpr const char* kPrefix = "symbols-";
// A location's mapping tells where its answer is from.
constexpr std::array kSources = {Source::kNone, Source::kUnwindTable, Source::kSymbol, Source::kDebugInfo};

SymbolCache::Codes codes_of(const Profile& profile) {
  SymbolCache::Codes codes;
  for (const Location& location : profile.locations()) {
    if (location.mapping >= kSources.size()) continue;
    Code& code = codes[location.address];
    code.source = kSources[location.mapping];
    for (const Line& line : profile.lines(location)) {
      const Function& f = profile.functions()[line.function];
      code.frames.push_back({std::string(profile.string(f.name)), std::string(profile.string(f.system_name)),
                             std::string(profile.string(f.filename)), f.start_line, line.line, line.column});
    }
  }
  return codes;
}

Profile profile_of(const SymbolCache::Codes& codes, const std::string& fingerprint) {
  ProfileBuilder builder;
  builder.add_sample_type("symbols", "count");
  builder.header().comments.push_back(builder.intern(fingerprint));
  for (const Source source : kSources) builder.add_mapping({0, static_cast<uint64_t>(source), 0, 0, 0, 0});
  std::map<std::tuple<StringId, StringId, StringId, int64_t>, uint32_t> functions;
  std::vector<Line> lines;
  for (const auto& [address, code] : codes) {
    lines.clear();
    for (const Frame& frame : code.frames) {
      const Function f = {0, builder.intern(frame.name), builder.intern(frame.system_name),
                          builder.intern(frame.file), frame.start_line};
      const auto [entry, is_new] =
          functions.try_emplace({f.name, f.system_name, f.filename, f.start_line}, 0u);
      if (is_new) entry->second = builder.add_function(f);
      lines.push_back({entry->second, frame.line, frame.column});
    }
    Location location;
    location.address = address;
    location.mapping = static_cast<uint32_t>(code.source);
    builder.add_location(location, lines);
  }
  return std::move(builder).finish();
}

}  // namespace

SymbolCache::SymbolCache(std::string directory, uint64_t max_bytes)
    : directory_(std::move(directory)), max_bytes_(max_bytes) {}

std::string SymbolCache::file(const std::string& key) const {
  return directory_ + "/" + kPrefix + key + ".pb.gz";
}

SymbolCache::Codes SymbolCache::load(const std::string& key, const std::string& fingerprint) const {
  std::error_code ignored;
  if (directory_.empty() || !fs::is_regular_file(file(key), ignored)) return {};
  const auto profile = read_profile(file(key));
  if (!profile || profile->comments.size() != 1) return {};
  if (profile->string(profile->comments[0]) != kVersion + (" " + fingerprint)) return {};
  fs::last_write_time(file(key), fs::file_time_type::clock::now(), ignored);
  return codes_of(*profile);
}

void SymbolCache::store(const std::string& key, const std::string& fingerprint, const Codes& codes) const {
  if (directory_.empty()) return;
  std::error_code failed;
  fs::create_directories(directory_, failed);
  if (failed) return;
  const Profile profile = profile_of(codes, kVersion + (" " + fingerprint));
  if (write_file_atomically(file(key), encode_profile(profile)))
    shrink_cache(directory_, kPrefix, max_bytes_);
}

}  // namespace prof::symbols
