#include "libprof/symbols/profile_symbols.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "libprof/base/paths.h"
#include "libprof/symbols/object_file.h"
#include "libprof/symbols/profile_names.h"

namespace prof::symbols {
namespace {

constexpr const char* kModes = "[none|local|fastlocal|remote][:force][:demangle=none|full|templates|default]";

bool is_unknown(std::string_view name) { return is_no_file(name) && name != kVdso && name != kKernel; }

// Code of the kernel and of its vdso is elsewhere in the next build, and their names tell no build.
bool is_of_any_kernel(std::string_view name, StringId build_id) {
  return build_id == 0 && (name == kVdso || name == kKernel);
}

bool is_url(std::string_view name) { return name.starts_with("http://") || name.starts_with("https://"); }

// The mappings of a profile whose locations want symbols, as requests.
struct Work {
  std::vector<Request> requests;
  std::vector<uint32_t> mapping;                 // by request
  std::vector<std::vector<uint32_t>> locations;  // by request, in the order of its addresses
};

Work find_work(const Profile& profile, const Mode& mode, Warnings& warnings) {
  Work work;
  std::vector<std::vector<uint32_t>> users(profile.mappings().size());
  for (uint32_t l = 0; l < profile.locations().size(); l++) {
    const uint32_t mapping = profile.locations()[l].mapping;
    if (mapping != kNoIndex) users[mapping].push_back(l);
  }
  for (uint32_t m = 0; m < users.size(); m++) {
    const Mapping& mapping = profile.mappings()[m];
    const bool has_symbols = mapping.has_functions || mapping.has_filenames || mapping.has_line_numbers ||
                             std::all_of(users[m].begin(), users[m].end(),
                                         [&](uint32_t l) { return profile.locations()[l].line_count != 0; });
    const std::string file(profile.string(mapping.file));
    if (users[m].empty() || (has_symbols && !mode.force)) continue;
    if (file.empty() || is_unknown(file) || (mapping.build_id == 0 && is_url(file))) continue;
    if (is_of_any_kernel(file, mapping.build_id)) {
      warnings.push_back(fmt::format(
          "no symbols for {}: the profile has no build id of it that would tell whether it is this kernel's",
          file));
      continue;
    }
    Request& request = work.requests.emplace_back();
    request.path = file;
    request.build_id = profile.string(mapping.build_id);
    request.placement = Placement{mapping.start, mapping.limit, mapping.offset};
    for (const uint32_t l : users[m]) request.addresses.push_back(profile.locations()[l].address);
    work.mapping.push_back(m);
    work.locations.push_back(std::move(users[m]));
  }
  return work;
}

// Frames of answers as lines of the profile.
class Writer {
 public:
  explicit Writer(ProfileBuilder& builder) : builder_(builder) {}

  void write(uint32_t location, const Code& code) {
    lines_.clear();
    for (const Frame& frame : code.frames) lines_.push_back({function(frame), frame.line, frame.column});
    builder_.set_lines(location, lines_);
  }

 private:
  uint32_t function(const Frame& frame) {
    const Function f = {0, builder_.intern(frame.name), builder_.intern(frame.system_name),
                        builder_.intern(frame.file), frame.start_line};
    const auto [entry, is_new] =
        functions_.try_emplace({f.name, f.system_name, f.filename, f.start_line}, 0u);
    if (is_new) entry->second = builder_.add_function(f);
    return entry->second;
  }

  ProfileBuilder& builder_;
  std::vector<Line> lines_;
  std::map<std::tuple<StringId, StringId, StringId, int64_t>, uint32_t> functions_;
};

void write_answers(const Work& work, const std::vector<Answer>& answers, ProfileBuilder& builder) {
  Writer writer(builder);
  for (size_t i = 0; i < answers.size(); i++) {
    Mapping& mapping = builder.mapping(work.mapping[i]);
    for (size_t a = 0; a < answers[i].codes.size(); a++) {
      const Code& code = answers[i].codes[a];
      const bool had_lines = builder.profile().locations()[work.locations[i][a]].line_count != 0;
      if (code.source == Source::kNone || (code.source == Source::kUnwindTable && had_lines)) continue;
      writer.write(work.locations[i][a], code);
      mapping.has_functions |= code.source >= Source::kSymbol;
    }
    if (answers[i].has_debug_info) {
      mapping.has_filenames = mapping.has_line_numbers = mapping.has_inline_frames = true;
    }
  }
}

// One sentence for all binaries that are not here, however many; not for those that a service knew.
void report_missing(const Profile& profile, const std::vector<uint32_t>& mappings, size_t wanted,
                    bool is_asked, Warnings& warnings) {
  std::vector<std::string> missing;
  for (const uint32_t m : mappings) {
    const Mapping& mapping = profile.mappings()[m];
    if (!is_asked || !mapping.has_functions) missing.emplace_back(base_name(profile.string(mapping.file)));
  }
  if (missing.empty()) return;
  constexpr size_t kNamed = 3;
  std::string names;
  for (size_t i = 0; i < std::min(kNamed, missing.size()); i++) names += (i == 0 ? "" : ", ") + missing[i];
  if (missing.size() > kNamed) names += fmt::format(" and {} more", missing.size() - kNamed);
  warnings.push_back(fmt::format(
      "no symbols for {} of {} binaries, which are not on this machine: {}; PPROF_BINARY_PATH=DIR "
      "says where they are",
      missing.size(), wanted, names));
}

// Of code whose file has no name, in pprof's words: what a profile without mappings is of is its program.
void report_unnamed(const Profile& profile, bool is_forced, Warnings& warnings) {
  std::vector<char> is_used(profile.mappings().size());
  bool is_unnamed = false, is_main = false;
  for (const Location& location : profile.locations()) {
    if (location.mapping != kNoIndex) is_used[location.mapping] = 1;
    is_main |= profile.mappings().empty() && location.line_count == 0;
  }
  for (size_t m = 0; m < is_used.size(); m++) {
    const Mapping& mapping = profile.mappings()[m];
    const bool has_symbols = mapping.has_functions || mapping.has_filenames || mapping.has_line_numbers;
    if (is_used[m] == 0 || !profile.string(mapping.file).empty() || (has_symbols && !is_forced)) continue;
    (m == 0 ? is_main : is_unnamed) = true;
  }
  if (is_main) {
    warnings.push_back("Main binary filename not available: name the program in front of the profile");
  }
  if (is_unnamed) {
    warnings.push_back("Some binary filenames not available. Symbolization may be incomplete.");
  }
}

// Names the files that are here: PPROF_BINARY_PATH, then what the caller said of the first mapping.
Profile locate(Profile profile, const ReadingOptions& options, Warnings& warnings) {
  ProfileBuilder builder(std::move(profile));
  if (builder.profile().mappings().empty()) {
    const uint32_t only = builder.add_mapping({});
    for (uint32_t l = 0; l < builder.profile().locations().size(); l++) builder.put_in_mapping(l, only);
  }
  for (uint32_t m = 0; m < builder.profile().mappings().size(); m++) {
    const std::string file(builder.profile().string(builder.mapping(m).file));
    const std::string build_id(builder.profile().string(builder.mapping(m).build_id));
    if (is_unknown(file) || is_url(file)) continue;
    const std::string found = find_binary(options.search, file, build_id, warnings);
    if (!found.empty()) builder.mapping(m).file = builder.intern(found);
  }
  Mapping& main = builder.mapping(0);
  if (!options.program.empty()) main.file = builder.intern(options.program);
  if (!options.build_id.empty() && main.build_id == 0) main.build_id = builder.intern(options.build_id);
  return std::move(builder).finish();
}

bool has_directory(std::string_view search_path) {
  bool found = false;
  for (size_t at = 0; at < search_path.size() && !found;) {
    const size_t end = std::min(search_path.find(':', at), search_path.size());
    std::error_code ignored;
    found = std::filesystem::is_directory(search_path.substr(at, end - at), ignored);
    at = end + 1;
  }
  return found;
}

}  // namespace

Result<Mode> parse_mode(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  Mode mode;
  for (std::string_view rest = lower; !rest.empty();) {
    const size_t colon = std::min(rest.find(':'), rest.size());
    const std::string_view word = rest.substr(0, colon);
    rest.remove_prefix(std::min(colon + 1, rest.size()));
    if (word.empty() || word == "demangle=default") continue;
    if (word == "none" || word == "no") {
      mode.none = true;
    } else if (word == "local" || word == "fastlocal") {
      mode.local = true;
      mode.remote = false;
      mode.debug_info = word == "local";
    } else if (word == "remote") {
      mode.local = false;
      mode.remote = true;
    } else if (word == "force") {
      mode.force = true;
    } else if (word == "demangle=none" || word == "demangle=full" || word == "demangle=templates") {
      mode.force = true;
      mode.style = word == "demangle=none"   ? NameStyle::kNone
                   : word == "demangle=full" ? NameStyle::kFull
                                             : NameStyle::kTemplates;
    } else {
      return fail(fmt::format("cannot understand symbolize mode \"{}\"", text),
                  fmt::format("it is {}", kModes));
    }
  }
  return mode;
}

Profile add_symbols(Profile profile, const ReadingOptions& options) {
  const bool is_named = !options.program.empty() || !options.build_id.empty();
  Warnings warnings;
  if (is_named || has_directory(options.search)) profile = locate(std::move(profile), options, warnings);
  const Mode& mode = options.mode;
  std::vector<uint32_t> missing;  // mappings
  size_t wanted = 0;
  if (!mode.none && mode.local) {
    report_unnamed(profile, mode.force, warnings);
    Work work = find_work(profile, mode, warnings);
    Settings settings = options.settings;
    settings.debug_info = mode.debug_info;
    settings.style = mode.style;
    const std::vector<Answer> answers = symbolize_all(work.requests, settings);
    wanted = answers.size();
    bool is_new = false;
    for (size_t i = 0; i < answers.size(); i++) {
      if (answers[i].is_missing) {
        missing.push_back(work.mapping[i]);
        continue;
      }
      warnings.insert(warnings.end(), answers[i].warnings.begin(), answers[i].warnings.end());
      is_new = is_new || std::any_of(answers[i].codes.begin(), answers[i].codes.end(),
                                     [](const Code& code) { return code.source != Source::kNone; });
    }
    if (is_new) {
      ProfileBuilder builder(std::move(profile));
      write_answers(work, answers, builder);
      profile = std::move(builder).finish();
    }
  }
  const bool is_asked = !mode.none && mode.remote && !options.services.empty();
  if (is_asked) profile = ask_services(std::move(profile), options.services, mode.force, warnings);
  report_missing(profile, missing, wanted, is_asked, warnings);
  if (!mode.none) profile = make_readable(std::move(profile), mode.style, mode.force);
  profile.warnings.insert(profile.warnings.end(), warnings.begin(), warnings.end());
  return profile;
}

}  // namespace prof::symbols
