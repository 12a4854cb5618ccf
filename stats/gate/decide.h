// The verdict on one comparison, whose p-value is corrected already.
#pragma once

#include "stats/gate/judge.h"

namespace bench {

// The smallest p that samples of these sizes can have, by the test that the options ask for; 1 where they are
// too small for a quantile: resamples of few values hardly vary, and are much too sure of its end.
double least_p(size_t n1, size_t n2, const Options& options);

// `tests`: how many p was corrected for; 1 where it was not. Sets outcome, shift, contradicted, more_runs
// and, of pairs, change. REQUIRES: threshold, change, adjusted and deterministic are set.
void decide(const Table& table, const Row& row, const Cell& cell, const Options& options, size_t tests,
            Judgement& judgement);

}  // namespace bench
