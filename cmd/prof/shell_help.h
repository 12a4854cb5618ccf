// What the shell tells about itself: commands, options, and the words that complete.
#pragma once

#include <string>
#include <vector>

#include "libprof/profile/profile.h"
#include "libprof/report/options.h"

namespace prof::cmd {

std::string help();                            // all commands and options, a line each
std::string help_on(const std::string& name);  // one of them

// "  NAME = VALUE //: CHOICES", as they can be typed to assign them.
std::string list_options(const report::Options& options, const std::vector<std::string>& types);

// Commands, options and choices, and the sample types' shortcuts, in order.
std::vector<std::string> names_to_complete(const std::vector<std::string>& types);
// Of an option's values: whether they are expressions that match functions, and else those that can be
// listed.
bool matches_functions(const report::OptionInfo& option);
std::vector<std::string> values_of(const report::OptionInfo& option, const std::vector<std::string>& types);
// Every function of the profile as an expression without blanks that matches it.
std::vector<std::string> function_patterns(const Profile& profile);

std::vector<std::string> starting_with(const std::string& start, const std::vector<std::string>& words);
// Of function_patterns(), those of names that begin with `part`, or where there is none, that have it. It may
// be typed as names are shown, or quoted as patterns are.
std::vector<std::string> containing(const std::string& part, const std::vector<std::string>& patterns);

}  // namespace prof::cmd
