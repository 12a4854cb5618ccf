// The functions whose cost grew: what profiles of both sides say about a regression.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stats/table/style.h"

namespace bench {

// Costs are shares of the whole cost of the old side: 0.5 is half of it, and the new side's may add up to
// more than 1. Where the sides did not do the same work they are shares of each side's own.
struct Growth {
  std::string function;
  double flat_before = 0, flat_after = 0;  // of the function itself
  double cum_before = 0, cum_after = 0;    // with all that it calls
};

struct Explanation {
  std::string benchmark;          // a row, or empty: of the whole program
  std::vector<Growth> functions;  // most growth of flat first; empty where none grew
  std::string flame_graph;        // the file of the differential one
  // Of which the profiles are made; 0 where they do not say (those of memory are estimates already).
  int64_t samples_before = 0, samples_after = 0;
  bool same_work = true;  // as far as is known
};

// "changed/1000: the functions whose cost grew, ..."
std::string title_of(const Explanation& explanation);
// Says where the sides did not do the same work, and where a profile is of so few samples that a share may be
// off by ten points or more; else empty.
std::string warning_of(const Explanation& explanation);
// "12.0% to 31.0%"
std::string change_of(double before, double after);

// For a terminal, each line ended; empty where there is nothing to explain.
std::string render_growth(const std::vector<Explanation>& explanations, const Style& style = {});

}  // namespace bench
