#include "cmd/prof/sources.h"

#include <fmt/format.h>
#include <glob.h>
#include <unistd.h>

#include <optional>

#include "cmd/prof/cli.h"
#include "cmd/prof/progress.h"
#include "libprof/profile/merge.h"
#include "libprof/report/proto.h"
#include "libprof/report/units.h"
#include "libprof/report/view.h"
#include "libprof/symbols/object_file.h"

namespace prof::cmd {

std::vector<std::string> expand(const std::vector<std::string>& patterns) {
  std::vector<std::string> files;
  for (const std::string& pattern : patterns) {
    glob_t found = {};
    const bool is_pattern =
        pattern.find_first_of("*?[") != std::string::npos && ::access(pattern.c_str(), F_OK) != 0;
    if (is_pattern && ::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
      files.insert(files.end(), found.gl_pathv, found.gl_pathv + found.gl_pathc);
    } else {
      files.push_back(pattern);
    }
    ::globfree(&found);
  }
  return files;
}

namespace {

// One file is taken as it is.
Result<Profile> load_all(const std::vector<std::string>& patterns, const char* kind, const Sources& sources) {
  const auto read = [&](const std::string& file) {
    auto profile = read_profile(file, sources.decode);
    if (profile && sources.in_mapping && profile->mappings().empty()) {
      profile = report::copy_of(*profile, true, "");
    }
    return profile;
  };
  const std::vector<std::string> files = expand(patterns);
  if (files.size() == 1) return read(files[0]);
  Merger merger(report::unit_ratio);
  std::optional<Error> first;
  for (const std::string& file : files) {
    const auto profile = read(file);
    if (!profile) {
      if (!first) first = profile.error();
      show({profile.error().message()});
      continue;
    }
    if (const auto added = merger.add(*profile); !added) {
      return fail(fmt::format("cannot merge {}: {}", file, added.error().what), added.error().remedy);
    }
  }
  if (merger.count() == 0) return tl::unexpected(*first);
  if (merger.count() < files.size()) {
    show({fmt::format("read {} {} profiles out of {}", merger.count(), kind, files.size())});
  }
  return std::move(merger).finish();
}

// By sample type of `profile`: the base's sum over its own. Fails where the types differ.
Result<std::vector<double>> normalizing(const Profile& profile, const Profile& base) {
  const auto types = profile.sample_types(), others = base.sample_types();
  bool is_same = types.size() == others.size();
  for (size_t t = 0; is_same && t < types.size(); t++) {
    is_same = profile.string(types[t].type) == base.string(others[t].type) &&
              profile.string(types[t].unit) == base.string(others[t].unit);
  }
  if (!is_same) {
    return fail("cannot normalize: the profile and its base have different sample types",
                "name a base of the same kind");
  }
  const auto sum = [](const Profile& p, size_t type) {
    report::Sum all;
    for (size_t i = 0; i < p.sample_count(); i++) all.add(p.values(i)[type], 0);
    return static_cast<double>(all.value);
  };
  std::vector<double> factors;
  for (size_t t = 0; t < types.size(); t++) {
    const double own = sum(profile, t);
    factors.push_back(own == 0 ? 0 : sum(base, t) / own);
  }
  return factors;
}

Result<Profile> subtract(const Profile& profile, const Profile& base, const Sources& sources) {
  Merger::How plus, minus;
  if (sources.normalize) {
    auto factors = normalizing(profile, base);
    if (!factors) return tl::unexpected(factors.error());
    plus.factors = std::move(*factors);
  }
  minus.is_negative = true;
  if (sources.is_diff_base) minus.mark = report::kBaseTag;
  Merger merger(report::unit_ratio);
  (void)merger.add(profile, plus);  // the first always fits
  if (const auto added = merger.add(base, minus); !added) return tl::unexpected(added.error());
  return std::move(merger).finish();
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

Result<Profile> load(Sources sources) {
  take_program(sources);
  auto profile = load_all(sources.files, "source", sources);
  if (!profile) return profile;
  if (!sources.base.empty()) {
    const auto base = load_all(sources.base, "base", sources);
    if (!base) return tl::unexpected(base.error());
    profile = subtract(*profile, *base, sources);
    if (!profile) return profile;
  }
  sources.symbols.settings.progress = terminal_progress("Looking up symbols:");
  profile = symbols::add_symbols(std::move(*profile), sources.symbols);
  show(profile->warnings);
  if (sources.comment.empty()) return profile;
  return report::copy_of(*profile, false, sources.comment);
}

}  // namespace prof::cmd
