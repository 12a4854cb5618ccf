// What a table says about a sample, and about two: centre, interval, p-value, and the warnings that belong to
// them.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "stats/benchmath/notes.h"

namespace bench {

struct Options {
  double alpha = 0.05;
  double confidence = 0.95;
  double quantile = 0;  // 0: the median, by order statistics and ranks; else by bootstrap.h
  bool paired = false;  // the i-th runs of two samples belong together: compare_in_pairs()
};

struct Summary {
  double center = 0;
  double lo = 0;  // of the confidence interval; may be infinite
  double hi = 0;
  Notes warnings;
};

struct Comparison {
  double p = 1;  // 0: exact values, nothing was tested
  size_t n1 = 0;
  size_t n2 = 0;
  double alpha = 0.05;
  Notes warnings;
  bool extreme = false;  // no samples of these sizes, ties and zeros have a smaller p

  bool significant() const { return p <= alpha; }
};

// What is assumed about the values of a unit: nothing (median, Mann-Whitney), or that they do not vary
// (mode).
enum class Assumption { kNothing, kExact };

// Samples are sorted and not empty.
Summary summarize(std::span<const double> sample, Assumption assumption, const Options& options);
Comparison compare(std::span<const double> first, std::span<const double> second, Assumption assumption,
                   const Options& options);

// "12%": the larger distance of a bound from the centre; "∞"; "?" where signs differ.
std::string format_interval(const Summary& summary);
void append_interval(std::string& text, const Summary& summary);
// "p=0.012 n=10", "n=3+4".
std::string format_comparison(const Comparison& comparison);
void append_comparison(std::string& text, const Comparison& comparison);
// "~" where not significant, else "+1.23%"; "?" where the old centre is 0.
std::string format_delta(const Comparison& comparison, double old_center, double new_center);
void append_delta(std::string& text, const Comparison& comparison, double old_center, double new_center);

}  // namespace bench
