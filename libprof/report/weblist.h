// `weblist`: the source of functions whose name matches, each line with its cost and, behind a click, with
// the instructions made of it and what was inlined there. One HTML page that needs nothing else.
#pragma once

#include <string>
#include <vector>

#include "libprof/report/list.h"

namespace prof::report {

struct WebInstruction {
  uint64_t address = 0;  // in the object file
  int64_t flat = 0;
  int64_t cum = 0;
  std::string text;
  std::vector<std::string> inlined;  // the calls inlined into the line, outermost first: "name file:line"
};

struct WebRoutine {
  Routine source;
  std::vector<std::vector<WebInstruction>> code;  // by line of `source`
};

struct WebListing {
  std::vector<std::string> header;
  Value value;
  int64_t total = 0;
  std::vector<WebRoutine> routines;
  Warnings warnings;  // object files that could not be read: their lines have no instructions
};

// Fails as list() does.
Result<WebListing> weblist(const View& view, const std::string& expression);
std::string print(const WebListing& listing);  // weblist_html.cc

}  // namespace prof::report
