#include "cmd/prof/sources.h"

#include <fmt/format.h>
#include <glob.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <thread>

#include "cmd/prof/cli.h"
#include "cmd/prof/live_symbols.h"
#include "cmd/prof/progress.h"
#include "cmd/prof/saved_copy.h"
#include "cmd/prof/waiting.h"
#include "libprof/base/files.h"
#include "libprof/base/in_order.h"
#include "libprof/perf/directory.h"
#include "libprof/perf/perf_data.h"
#include "libprof/profile/merge.h"
#include "libprof/profile/subtract.h"
#include "libprof/report/proto.h"
#include "libprof/report/units.h"
#include "libprof/report/view.h"
#include "libprof/symbols/object_file.h"

namespace prof::cmd {

namespace {

constexpr size_t kMaxRequests = 128;  // at a time, as pprof has it

bool is_url(const std::string& source) {
  return ::access(source.c_str(), F_OK) != 0 && fetch::parse_url(source).has_value();
}

// What to read for one argument.
std::vector<std::string> expand_one(const std::string& source) {
  std::vector<std::string> files;
  std::error_code error;
  if (perf::is_perf_directory(source)) return {source};
  if (std::filesystem::is_directory(source, error)) {
    for (std::filesystem::directory_iterator entry(source, error), end; entry != end;
         entry.increment(error)) {
      const bool is_hidden = entry->path().filename().string().starts_with('.');
      if (!is_hidden && entry->is_regular_file(error)) files.push_back(entry->path().string());
    }
    std::sort(files.begin(), files.end());
  } else if (source.find_first_of("*?[") != std::string::npos && ::access(source.c_str(), F_OK) != 0 &&
             !is_url(source)) {
    glob_t found = {};
    if (::glob(source.c_str(), 0, nullptr, &found) == 0)
      files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
  }
  if (files.empty()) files.push_back(source);
  return files;
}

// Linux perf's files are told by their first bytes; all else is the business of libprof/profile.
Result<Profile> decode_any(std::string bytes, const DecodeOptions& options) {
  if (!perf::is_perf_data(bytes)) return decode_profile(std::move(bytes), options);
  return perf::read_perf_data(bytes, {options.name, options.max_inflated, true});
}

// What is no file and no URL, but is clearly meant as a place of profiles.
std::optional<Error> no_source(const std::string& source) {
  std::error_code error;
  if (std::filesystem::is_directory(source, error)) {
    return Error{fmt::format("cannot read {}: the directory holds no profiles", source),
                 "hidden files and the directories in it are not looked at"};
  }
  return ::access(source.c_str(), F_OK) == 0 ? std::nullopt : fetch::url_flaw(source);
}

// A profile without mappings, in one of the program's: of a base, too, as pprof has it.
Profile in_made_mapping(const Profile& profile, const symbols::ReadingOptions& program) {
  ProfileBuilder builder(report::copy_of(profile, true, ""));
  builder.mapping(0).file = builder.intern(program.program);
  builder.mapping(0).build_id = builder.intern(program.build_id);
  return std::move(builder).finish();
}

struct Loaded {
  Profile profile;
  bool is_remote = false;
  std::vector<symbols::SymbolService> services;  // of what is remote
};

Result<Loaded> read_one(const std::string& source, const Sources& sources, bool is_one_of_many) {
  std::optional<fetch::Url> url;
  if (is_url(source)) url = fetch::request_url(*fetch::parse_url(source), sources.fetch);
  auto profile = [&] {
    DecodeOptions decode = sources.decode;
    decode.is_one_of_many = is_one_of_many;
    decode.name = url ? url->text() : source == "-" ? "standard input" : source;
    if (!url && perf::is_perf_directory(source)) {
      return perf::read_perf_directory(source, {decode.name, decode.max_inflated, true});
    }
    if (const auto error = url ? std::nullopt : no_source(source)) {
      return Result<Profile>(tl::unexpected(*error));
    }
    if (!url && is_large_compressed_file(source)) return read_profile(source, decode);  // no perf.data
    auto bytes = url ? fetch::get(*url, sources.fetch) : read_file(source);
    return bytes ? decode_any(std::move(*bytes), decode) : Result<Profile>(tl::unexpected(bytes.error()));
  }();
  if (profile && sources.in_mapping && profile->mappings().empty()) {
    profile = in_made_mapping(*profile, sources.symbols);
  }
  if (!profile) return tl::unexpected(profile.error());
  Loaded loaded{std::move(*profile), url.has_value(), {}};
  const symbols::Mode& mode = sources.symbols.mode;
  if (loaded.is_remote && mode.remote && !mode.none)
    loaded.services = symbol_services(loaded.profile, *url, sources.fetch);
  return loaded;
}

// What is waited for, on a terminal.
std::unique_ptr<Waiting> wait_line(const std::vector<std::string>& sources, const fetch::Options& options) {
  std::string what;
  size_t count = 0;
  int seconds = 0;
  for (const std::string& source : sources) {
    if (!is_url(source)) continue;
    const fetch::Url url = fetch::request_url(*fetch::parse_url(source), options);
    what = count++ == 0 ? "Fetching " + url.text() : fmt::format("Fetching {} profiles", count);
    seconds = std::max(seconds, fetch::asked_seconds(url));
  }
  return count == 0 ? nullptr : std::make_unique<Waiting>(what, seconds);
}

// One file is taken as it is. Of several, as many are held at a time as are read at a time.
Result<Loaded> load_all(const std::vector<std::string>& patterns, const char* kind, const Sources& sources) {
  const std::vector<std::string> files = expand(patterns);
  const bool has_urls = std::any_of(files.begin(), files.end(), is_url);
  auto waiting = wait_line(files, sources.fetch);
  if (files.size() == 1) return read_one(files[0], sources, false);
  Merger merger(report::unit_ratio);
  std::optional<Error> first, unlike;
  Loaded all;
  const size_t threads = has_urls ? kMaxRequests : std::max(1u, std::thread::hardware_concurrency());
  for_each_in_order(
      files.size(), threads, [&](size_t i) { return read_one(files[i], sources, true); },
      [&](size_t i, Result<Loaded> one) {
        if (!one) {
          waiting.reset();
          if (!first) first = one.error();
          show({one.error().message()});
          return true;
        }
        if (const auto added = merger.add(one->profile); !added) {
          unlike =
              Error{fmt::format("cannot merge {}: {}", files[i], added.error().what), added.error().remedy};
          return false;
        }
        all.is_remote |= one->is_remote;
        std::move(one->services.begin(), one->services.end(), std::back_inserter(all.services));
        return true;
      });
  waiting.reset();
  if (unlike) return tl::unexpected(*unlike);
  if (merger.count() == 0) return tl::unexpected(*first);
  show_if_partial(merger.count(), kind, files.size());
  all.profile = std::move(merger).finish();
  return all;
}

bool is_build_id(const std::string& text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

void take_program(Sources& sources) {
  if (sources.files.size() < 2) return;
  const std::string first = sources.files[0];
  if (symbols::is_object_file(first)) {
    sources.symbols.program = first;
  } else if (sources.symbols.build_id.empty() && is_build_id(first)) {
    sources.symbols.build_id = first;
  } else {
    return;
  }
  sources.files.erase(sources.files.begin());
}

}  // namespace

std::vector<std::string> expand(const std::vector<std::string>& patterns) {
  std::vector<std::string> files;
  for (const std::string& pattern : patterns) {
    const auto found = expand_one(pattern);
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

void show_if_partial(size_t read, const char* kind, size_t all) {
  if (read < all) show({fmt::format("read {} {} profiles out of {}", read, kind, all)});
}

std::string name_of(const Sources& sources) {
  const std::string& file = sources.files.back();  // the first may be the program
  return file.substr(file.rfind('/') + 1);
}

Result<Profile> load(Sources sources) {
  take_program(sources);
  auto loaded = load_all(sources.files, "source", sources);
  if (!loaded) return tl::unexpected(loaded.error());
  Profile profile = std::move(loaded->profile);
  if (!sources.base.empty()) {
    auto base = load_all(sources.base, "base", sources);
    if (!base) return tl::unexpected(base.error());
    auto rest = subtract(profile, base->profile, report::unit_ratio,
                         {sources.normalize, sources.is_diff_base ? report::kBaseTag : ""});
    if (!rest) return rest;
    profile = std::move(*rest);
    std::move(base->services.begin(), base->services.end(), std::back_inserter(loaded->services));
  }
  sources.symbols.settings.progress = terminal_progress("Looking up symbols:");
  sources.symbols.services = std::move(loaded->services);
  profile = symbols::add_symbols(std::move(profile), sources.symbols);
  sources.symbols.settings.progress = nullptr;
  if (!sources.symbols.services.empty()) profile = without_url_names(std::move(profile));
  show(profile.warnings);
  if (!sources.comment.empty()) profile = report::copy_of(profile, false, sources.comment);
  if (loaded->is_remote) save_copy(profile);
  return profile;
}

}  // namespace prof::cmd
