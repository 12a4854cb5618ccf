// The options of every report, and the one table that names them. Command-line flags, pprof-style flags, URL
// parameters and shell variables are all made from it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "libprof/base/error.h"

namespace prof::report {

struct Options {
  // What is shown of each sample.
  std::string sample_index;  // a sample type's name or position; empty: the profile's default
  bool mean = false;
  double divide_by = 1;
  std::string unit = "minimum";

  // How it is ordered and laid out.
  std::string sort = "flat";
  bool compact_labels = false;
  bool relative_percentages = false;
  bool call_tree = false;  // of graphs drawn as pictures; text reports ignore it, as pprof's do
  bool normalize = false;  // for whoever subtracts a base
  bool intel_syntax = false;
  std::string source_path;
  std::string trim_path;
  std::string output;  // the file that a report goes to

  // What is one node.
  std::string granularity;  // empty: functions
  bool noinlines = false;
  bool showcolumns = false;

  // What is left out.
  int64_t nodecount = -1;  // -1: what the report has by default; 0: all
  double nodefraction = 0.005;
  double edgefraction = 0.001;
  bool trim = true;
  bool drop_negative = false;

  // Which samples and frames count.
  std::string focus, ignore, hide, show, show_from;
  std::string tagfocus, tagignore;

  // Which tags are seen, and what stacks are made of.
  std::string tagshow, taghide;
  std::string prune_from, tagroot, tagleaf;
  bool per_thread = false;
  int64_t template_depth = -1;  // -1: names as the profile has them

  // Control characters in names are shown, and a name is on one line (terminal_text.h): for a terminal.
  bool terminal_names = false;

  bool adds_frames() const { return per_thread || !tagroot.empty() || !tagleaf.empty(); }
};

enum class Group { kDisplay, kSort, kGranularity, kTrim, kFilter, kStacks };

struct OptionInfo {
  using Member = std::variant<std::string Options::*, bool Options::*, int64_t Options::*, double Options::*>;

  const char* name;
  const char* url;  // its name in a URL; nullptr: not taken from URLs (paths)
  Group group;
  Member member;
  const char* value;                          // what help shows for its value; nullptr for a switch
  const char* help;                           // one line
  std::span<const char* const> choices = {};  // where non-empty, the only values; each is also a switch
};

std::span<const OptionInfo> option_table();
const char* group_name(Group group);
const OptionInfo* find_option(std::string_view name);
const OptionInfo* find_choice(std::string_view choice);  // the option that has it

// Of a switch, as pprof takes it: true, t, yes, y, 1 or nothing; false, f, no, n, 0; in any case.
std::optional<bool> parse_switch(std::string_view text);

std::string get(const Options& options, const OptionInfo& option);
// Fails on text that is no value of the option, naming the values there are.
Result<void> set(Options& options, const OptionInfo& option, std::string_view text);

}  // namespace prof::report
