#include "libprof/symbols/profile_names.h"

#include <utility>
#include <vector>

#include "libprof/symbols/demangle.h"

namespace prof::symbols {
namespace {

constexpr std::string_view kCall = "operator()";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// What compilers at run time write behind a name: a file, "py::<module>:/a.py", Java's types,
// "LFoo;::put(I)V", .NET's tier, "Add(int32)[Tier1]".
bool has_jit_parts(std::string_view name) {
  if (name.find(';') != std::string_view::npos) return true;
  for (size_t at = 0; at < name.size(); at++) {
    const char next = at + 1 < name.size() ? name[at + 1] : '\0';
    if (name[at] == ')' && (is_letter(next) || next == '[')) return true;
    if (name[at] != ':') continue;
    if (next == ':') {
      at++;
    } else if (!name.substr(0, at).ends_with("[abi")) {
      return true;
    }
  }
  return false;
}

// Java's "Map.<init>" and Go's "foo.(*Bar[...]).Method" have brackets and are no C++, nor are names that
// begin with one, or have one for a scope: Python's "<module>", Rust's "<T as Trait>::f", Java's
// "Map::<init>".
bool looks_like_cxx(std::string_view name) {
  if (name.starts_with('<') || name.find("::<") != std::string_view::npos) return false;
  if (name.find(".<") != std::string_view::npos || name.find("]).") != std::string_view::npos) return false;
  if (has_jit_parts(name)) return false;
  return name.find_first_of("<>[]") != std::string_view::npos || name.find("::") != std::string_view::npos;
}

// Without what lies between matching brackets; as it is where they do not match.
std::string without(std::string_view name, char open, char close) {
  std::string rest;
  int depth = 0;
  size_t kept = 0;  // what is being kept begins here
  for (size_t at = 0; at < name.size(); at++) {
    const char c = name[at];
    if (depth == 0 && c == kCall[0] && name.substr(at).starts_with(kCall)) {
      at += kCall.size() - 1;
    } else if (c == open) {
      if (depth++ == 0) rest += name.substr(kept, at - kept);
    } else if (c == close) {
      if (--depth < 0) return std::string(name);
      kept = at + 1;
    }
  }
  return depth == 0 ? rest += name.substr(kept) : std::string(name);
}

std::string readable(std::string_view linker_name, NameStyle style) {
  std::string name = demangle(std::string(linker_name), style);
  if (name != linker_name || style == NameStyle::kFull || !looks_like_cxx(name)) return name;
  name = without(name, '(', ')');
  return style == NameStyle::kDefault ? without(name, '<', '>') : name;
}

// What debug information told to be around a function that has no linker's name, with "::" behind it; "" for
// others.
std::string_view scope_of(std::string_view name, std::string_view linker_name) {
  const std::string own = "::" + readable(linker_name, NameStyle::kDefault);
  return name.ends_with(own) ? name.substr(0, name.size() - own.size() + 2) : std::string_view();
}

// `name_of`: what a function is to be called.
template <typename NameOf>
Profile rename(Profile profile, NameOf name_of) {
  std::vector<std::pair<uint32_t, std::string>> changes;
  for (uint32_t f = 0; f < profile.functions().size(); f++) {
    const Function& function = profile.functions()[f];
    const std::string_view now = profile.string(function.name);
    std::string name = name_of(function, now, profile.string(function.system_name));
    if (name != now) changes.emplace_back(f, std::move(name));
  }
  if (changes.empty()) return profile;
  ProfileBuilder builder(std::move(profile));
  for (const auto& [function, name] : changes) builder.function(function).name = builder.intern(name);
  return std::move(builder).finish();
}

}  // namespace

Profile make_readable(Profile profile, NameStyle style, bool force) {
  return rename(std::move(profile),
                [&](const Function& function, std::string_view now, std::string_view linker) {
                  const bool is_done = !force && !now.empty() && function.name != function.system_name;
                  if (linker.empty() || is_done) return std::string(now);
                  if (style == NameStyle::kNone) return std::string(force ? linker : now);
                  return std::string(scope_of(now, linker)) + readable(linker, style);
                });
}

Profile limit_templates(Profile profile, int64_t depth) {
  return rename(std::move(profile), [&](const Function&, std::string_view now, std::string_view linker) {
    const std::string name = demangle(std::string(linker), NameStyle::kTemplates);
    return limit_templates(name != linker ? name : now, depth);
  });
}

}  // namespace prof::symbols
