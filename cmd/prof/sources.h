// The profiles that a command line names, as one.
#pragma once

#include <string>
#include <vector>

#include "libprof/fetch/fetch.h"
#include "libprof/profile/codec.h"
#include "libprof/profile/profile.h"
#include "libprof/symbols/profile_symbols.h"

namespace prof::cmd {

struct Sources {
  std::vector<std::string> files;  // paths, directories, glob patterns, URLs, "-"; several are merged
  std::vector<std::string> base;   // what is subtracted
  bool is_diff_base = false;       // percentages are of the base
  bool normalize = false;          // first make the totals equal to the base's
  std::string comment;             // added
  bool in_mapping = false;         // locations are in a mapping even where a profile has none, as pprof's are
  DecodeOptions decode;
  fetch::Options fetch;             // for URLs
  symbols::ReadingOptions symbols;  // for what came without
};

// A pattern that is no file's name becomes the files that it matches, where there are any; a directory
// becomes the files in it, by name, but hidden ones.
std::vector<std::string> expand(const std::vector<std::string>& patterns);

// Shows how many of `all` profiles of a kind ("source") could be read, where that is not all.
void show_if_partial(size_t read, const char* kind, size_t all);

// What pages and pictures call it: the last file without its directories.
std::string name_of(const Sources& sources);

// Where several are named, the first may be the program that they are of (or its build id, as pprof has it).
// Shows warnings: what readers noticed, and sources that could not be read where others could. Reads several
// files, and waits for several URLs, at the same time. Of what came from a URL a copy is kept (saved_copy.h).
Result<Profile> load(Sources sources);

}  // namespace prof::cmd
