#include <poll.h>

#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include "libprof/record/collector.h"
#include "libprof/record/outputs.h"
#include "libprof/record/recorder.h"
#include "libprof/record/snapshot.h"
#include "libprof/record/wall_watch.h"
#include "libprof/record/write_profiles.h"

namespace prof::record {
namespace {

// And the directory, where nothing else is in it.
void remove_spools(const std::string& directory) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(directory, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    const fs::path kind = entry->path().extension();
    if (kind == spool::kSuffix || kind == ".journal" || kind == ".error" ||
        entry->path().filename() == kOutputsFile)
      files.push_back(entry->path());
  }
  for (const fs::path& file : files) fs::remove(file, ignored);
  fs::remove(directory, ignored);
}

}  // namespace

Result<Recording> collect(const CollectOptions& options) {
  Recording recording;
  recording.is_rest = !options.follow;
  std::vector<Kind> all;
  all.reserve(kKindCount);
  for (int i = 0; i < kKindCount; i++) all.push_back(static_cast<Kind>(i));
  const std::string output = options.output_directory.empty() ? "./" : options.output_directory + "/";
  const auto names = output_names(output, all);
  if (const auto writable = check_outputs(output, names); !writable) {
    return tl::unexpected<Error>(writable.error());
  }
  const auto lock = DirectoryLock::take(options.directory);
  if (!lock) return tl::unexpected<Error>(lock.error());
  Collector collector(options.directory, false);
  const auto how = [&] {
    return BuildOptions{"", options.progress, false, false, options.directory, collector.refused()};
  };
  collector.poll();
  std::optional<WallWatch> watch;
  while (options.follow && collector.any_open()) {
    if (collector.write_requested()) {
      Recording now;
      build_and_write(now, collector.processes(), collector.warnings(), how(), names);
      tell_outputs(options.directory, now);
      collector.done_writing(now.error.has_value() || now.saved_elsewhere);
    }
    ::poll(nullptr, 0, watch ? watch->milliseconds_to_next(kPollMilliseconds) : kPollMilliseconds);
    collector.poll();
    for (const ProcessRecord* process : collector.recording()) {
      const KindRecord& wall = process->kind(Kind::k_wall);
      if (wall.asked && !watch) watch.emplace(wall.period);
    }
    if (watch) watch->poll(collector.recording());
  }
  collector.finish();
  if (collector.processes().empty()) {
    const Warnings& why = collector.warnings();
    return fail("no spools to collect in " + options.directory + (why.empty() ? "" : ": " + why.front()),
                "name the directory that prof record left: it holds files like 1234-5678.spool");
  }
  build_and_write(recording, collector.processes(), collector.warnings(), how(), names);
  const bool is_written = !recording.error && !recording.saved_elsewhere;
  if (options.remove && is_written) remove_spools(options.directory);
  return recording;
}

}  // namespace prof::record
