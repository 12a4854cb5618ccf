// Stacks as lines of text: the folded stacks of Brendan Gregg's stackcollapse scripts, and what `perf script`
// prints. Names are all that these tell.
#pragma once

#include <optional>
#include <string_view>

#include "libprof/base/error.h"
#include "libprof/profile/profile.h"

namespace prof {

// "main;parse;read 17": frames from the root, then a whole number of samples. A frame's suffix "_[k]", "_[i]"
// or
// "_[j]", as stackcollapse-perf.pl --all annotates kernel, inlined and JIT frames, stays in the name. Blank
// lines and lines that begin with # are skipped. Nothing where the first line that says something is not of
// this form, or where no stack has two frames and some line is more than a word and a count; an Error where a
// later line is not of it, or a count has a fraction (flamegraph.pl takes those). One sample type,
// samples/count; two, old/count and new/count, where every line ends in two numbers, as those of
// difffolded.pl do.
std::optional<Result<Profile>> read_folded(std::string_view text);

// `perf script`: a heading a sample ("comm pid/tid [cpu] time: period event:"), then a frame on the same
// line, or lines of an address, a symbol with its offset and the file in parentheses, leaf first, with their
// source lines
// (-F +srcline) or without; nothing where it does not begin like one. Of processes and mappings
// (--show-mmap-events) it takes nothing. The first mapping is the file that the busiest threads are called
// like. Two sample types an event, how often it was sampled and the sum of its periods: samples/count and its
// name, or where there are several (at most 32), samples:NAME/count and NAME, the first by default. Labels
// thread, pid and tid.
std::optional<Result<Profile>> read_perf_script(std::string_view text);

}  // namespace prof
