#include <algorithm>
#include <climits>
#include <filesystem>
#include <map>
#include <set>

#include "libprof/base/files.h"
#include "stats/benchfmt/emitter.h"
#include "stats/benchfmt/json.h"
#include "stats/benchfmt/lines.h"
#include "stats/text/unicode.h"

namespace bench {
namespace {

namespace fs = std::filesystem;

// What benchmark.json beside it says; null where there is none.
Json about(const fs::path& sample) {
  const auto text = prof::read_file((sample.parent_path() / "benchmark.json").string());
  return text ? Json::parse(*text, nullptr, false) : Json();
}

// {group}/{function}/new/sample.json: the name is in benchmark.json beside it, else it is the path below
// `directory`, or the last folder where that is none.
std::string name_of(const fs::path& sample, const fs::path& directory) {
  const Json json = about(sample);
  for (const char* key : {"full_id", "title", "group_id"}) {
    if (const std::string name = text_of(member(json, key)); !name.empty()) return printable(name);
  }
  const fs::path folder = sample.parent_path().parent_path();
  const fs::path below = directory.empty() ? fs::path() : folder.lexically_relative(directory);
  const bool is_below = !below.empty() && below != "." && *below.begin() != "..";
  const std::string name = (is_below ? below : folder.filename()).string();
  return name.empty() ? "criterion" : name;
}

constexpr const char* kLatest = "new";  // the baseline that every run writes

// {name}/{baseline}/sample.json, by baseline and path. That of --save-baseline is one where criterion's other
// file is beside it.
using Baselines = std::map<std::string, std::vector<fs::path>>;
prof::Result<Baselines> baselines_below(const fs::path& path, int most_depth) {
  std::error_code error;
  Baselines baselines;
  fs::path reading = path;
  for (fs::recursive_directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    reading = entry->path();
    if (entry.depth() >= most_depth) entry.disable_recursion_pending();
    const fs::path folder = reading.parent_path();
    if (reading.filename() != "sample.json") continue;
    if (folder.filename() == kLatest || fs::exists(folder / "benchmark.json", error))
      baselines[folder.filename().string()].push_back(reading);
  }
  if (error) return prof::fail("cannot read " + reading.string() + ": " + error.message());
  for (auto& [name, samples] : baselines) std::sort(samples.begin(), samples.end());
  return baselines;
}

// Of DIRECTORY the latest run, else the only baseline; of DIRECTORY/BASELINE, which is no path, that one.
// None where it is neither.
prof::Result<std::vector<fs::path>> samples_below(const fs::path& path) {
  constexpr int kAnyDepth = INT_MAX, kDepth = 4;  // group/function/parameter/baseline/sample.json
  std::error_code error;
  const std::vector<fs::path> none;
  if (!fs::is_directory(path, error)) {
    const fs::path parent = path.parent_path();
    if (fs::exists(path, error) || parent.empty() || !fs::is_directory(parent, error)) return none;
    auto baselines = baselines_below(parent, kDepth);
    return baselines ? std::move((*baselines)[path.filename().string()]) : none;
  }
  auto baselines = baselines_below(path, kAnyDepth);
  if (!baselines) return tl::unexpected(baselines.error());
  if (baselines->empty()) return none;
  if (const auto latest = baselines->find(kLatest); latest != baselines->end()) return latest->second;
  if (baselines->size() == 1) return baselines->begin()->second;
  std::string names;
  for (const auto& [name, samples] : *baselines) names += (names.empty() ? "" : ", ") + name;
  return prof::fail("cannot read " + path.string() + ": it has no run called new, but the baselines " + names,
                    "name one behind the directory: " + (path / baselines->begin()->first).string());
}

prof::Result<void> read_sample(std::string_view data, const fs::path& directory, Source& source) {
  const auto document = parse_json(data, source, "criterion's sample.json");
  if (!document) return tl::unexpected(document.error());
  const Json &iterations = member(*document, "iters"), &times = member(*document, "times");
  if (!iterations.is_array() || !times.is_array() || iterations.size() != times.size()) {
    return prof::fail("cannot read " + source.file + ": its iters and times are not lists of one length");
  }
  const std::string name = name_of(source.file, directory);
  Emitter out(source);
  for (size_t i = 0; i < times.size(); i++) {
    const auto count = number_of(iterations[i]), nanoseconds = number_of(times[i]);
    if (!count || !nanoseconds || !(*count > 0)) {
      entry_problem(
          source, *document, times[i],
          "sample " + std::to_string(i + 1) + ": its iters and times are not two numbers > 0; left out");
      continue;
    }
    out.begin(name, *count < 9e18 ? static_cast<int64_t>(*count) : 1);
    out.add(*nanoseconds / *count, "ns/op");
    out.end();
  }
  return {};
}

}  // namespace

bool is_criterion(std::string_view data) { return has_keys(data, {"iters", "times"}); }

prof::Result<void> read_criterion(std::string_view data, Source& source) {
  return read_sample(data, "", source);
}

// "fib 20   time:   [26.029 µs 26.251 µs 26.505 µs]"; "Benchmarking fib 20" looks like a line of Go's.
bool is_criterion_text(std::string_view data) {
  bool found = false;
  for_each_line(data.substr(0, kLooked), [&](std::string_view line, size_t) {
    const size_t at = line.find(" time: ");
    if (found || at == std::string_view::npos || !line.ends_with(']')) return;
    const auto words = words_of(line.substr(at));
    found = words.size() == 7 && words[1].starts_with('[') && words[2].ends_with('s');
  });
  return found;
}

prof::Result<void> refuse_criterion_text(std::string_view, Source& source) {
  return prof::fail("cannot read " + source.file + ": it is criterion's report, which has no runs",
                    "name target/criterion, where these are, or run cargo bench -- --output-format bencher");
}

size_t criterion_directories(const std::string& path) {
  std::set<std::string> directories;
  if (const auto samples = samples_below(path)) {
    for (const fs::path& sample : *samples) {
      const std::string folder = sample.parent_path().parent_path().string(),
                        below = "/" + text_of(member(about(sample), "directory_name"));
      directories.insert(folder.ends_with(below) ? folder.substr(0, folder.size() - below.size()) : path);
    }
  }
  return directories.size();
}

prof::Result<bool> read_criterion_directory(const std::string& path, Source& source) {
  const auto samples = samples_below(path);
  if (!samples) return tl::unexpected(samples.error());
  if (samples->empty()) return false;
  const std::string directory = source.file;
  for (const fs::path& sample : *samples) {
    source.file = sample.string();
    const auto text = prof::read_file(source.file);
    if (!text) return tl::unexpected(text.error());
    if (auto done = read_sample(*text, path, source); !done) return tl::unexpected(done.error());
  }
  source.file = directory;
  return true;
}

}  // namespace bench
