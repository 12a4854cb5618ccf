#include "libprof/report/remote_source.h"

#include <set>
#include <utility>

#include "libprof/report/source.h"
#include "libprof/symbols/debuginfod.h"

namespace prof::report {

Result<std::string> RemoteSource::find(const std::string& file) {
  if (!symbols::debuginfod_is_on()) return fail("");
  if (!is_ready_) find_origins();
  is_ready_ = true;
  Result<std::string> found = fail("");
  for (const Origin& origin : origins_[file]) {
    found = symbols::debuginfod_source(origin.build_id, origin.path);
    if (found) break;
  }
  return found;
}

void RemoteSource::find_origins() {
  const Profile& p = view_.profile();
  std::set<std::pair<StringId, StringId>> seen;
  for (const Location& location : p.locations()) {
    const StringId build_id = location.mapping == kNoIndex ? 0 : p.mappings()[location.mapping].build_id;
    if (build_id == 0) continue;
    for (const Line& line : p.lines(location)) {
      const StringId name = p.functions()[line.function].filename;
      const std::string_view path = p.string(name);
      if (!path.starts_with('/') || !seen.emplace(name, build_id).second) continue;
      const Options& options = view_.options();
      origins_[shown_path(path, options.trim_path, options.source_path)].push_back(
          {std::string(path), std::string(p.string(build_id))});
    }
  }
}

}  // namespace prof::report
