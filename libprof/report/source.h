// Source files: finding them by the paths that a profile has, reading their lines.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libprof/base/error.h"

namespace prof::report {

// Without "." and ".." components and doubled slashes, as far as the text alone tells.
std::string clean_path(std::string_view path);

// `path` without the first of `prefixes` that it starts with. Where there are none: without all up to the
// last name of a directory of `search`, so that /build/app/src/a.cc is found as src/a.cc in /home/me/app.
// Lists are separated by colons.
std::string_view trim_path(std::string_view path, std::string_view prefixes, std::string_view search);

// `path` as reports name it: trimmed and clean.
std::string shown_path(std::string_view path, std::string_view prefixes, std::string_view search);

class SourceReader {
 public:
  // Gives the local copy of a file that is not found, or an error, of "" where there is nothing to tell.
  using Elsewhere = std::function<Result<std::string>(const std::string& path)>;

  // `search`: directories; each and all its parents are tried for relative paths. Empty: the working
  // directory.
  SourceReader(std::string search, std::string prefixes, Elsewhere elsewhere = nullptr);

  // The lines of a file; [0] is line 1. Null where it is not found or not readable: see error().
  const std::vector<std::string>* lines(const std::string& path);
  // Why lines() was null: where it was looked for, and what `elsewhere` said.
  std::string error(const std::string& path) const;

 private:
  std::optional<std::string> find(const std::string& path) const;
  std::string local_error(const std::string& path) const;

  std::string search_;
  std::string prefixes_;
  Elsewhere elsewhere_;
  std::map<std::string, std::string> refusals_;  // of elsewhere_, by path
  std::map<std::string, std::optional<std::vector<std::string>>> files_;
};

}  // namespace prof::report
