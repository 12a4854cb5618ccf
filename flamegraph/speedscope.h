// speedscope's file format: https://github.com/jlfwong/speedscope/wiki/Importing-from-custom-sources,
// "sampled" profiles, one for each sample type of the profile.
#pragma once

#include <string>

#include "libprof/report/view.h"

namespace prof::flame {

// All samples of the view. Its sample type is the one that is shown first.
std::string to_speedscope(const report::View& view, const std::string& name);

}  // namespace prof::flame
