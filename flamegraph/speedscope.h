// speedscope's file format: https://github.com/jlfwong/speedscope/wiki/Importing-from-custom-sources,
// "sampled" profiles, one for each sample type of the profile.
#pragma once

#include <string>

#include "libprof/base/file_parts.h"
#include "libprof/report/view.h"

namespace prof::flame {

// All samples of the view, one by one: memory is that of its frames. Its sample type is the one that is shown
// first.
void write_speedscope(const report::View& view, const std::string& name, const Put& put);

}  // namespace prof::flame
