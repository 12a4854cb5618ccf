// `diff`: what each function costs in two sets of profiles, and whether the difference is more than the noise
// of sampling. docs/diff.md has the method, its assumptions and its error rates.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "libprof/report/view.h"

namespace prof::report {

struct DiffOptions {
  bool cum = false;        // compare with callees; else by the functions' own values
  bool normalize = false;  // scale each new profile to the mean total of the old
  double alpha = 0.05;     // bound of the share of false differences; intervals have confidence 1 - alpha
};

struct Difference {
  std::string name;              // empty for the total
  double before = 0, after = 0;  // means over the profiles of each side, in the profiles' unit
  double lo = 0, hi = 0;         // interval of after - before
  double q = 1;                  // p-value, corrected over all functions (Benjamini and Hochberg 1995);
                                 // of the total, the p-value itself
  bool is_real = false;          // q <= alpha
  double delta() const { return after - before; }
};

// How the noise of one profile is known.
enum class Noise {
  kEvents,   // each event has about one weight: CPU and wall time, and plain counts
  kBytes,    // allocations, sampled by their size
  kUnknown,  // nothing is known of one profile: several a side are needed
};

struct Diff {
  std::string type, unit;
  size_t old_profiles = 0, new_profiles = 0;
  size_t tested = 0;  // functions that could have shown a difference
  Difference total;
  std::vector<Difference> rows;  // real ones first, then by |delta|
  // Whether the noise is that between several profiles a side; else that of sampling alone.
  bool between_runs() const { return old_profiles > 1 && new_profiles > 1; }
};

// Amounts are divided by the views' divide_by. Fails where the profiles have not the same sample type, or
// where their noise is not known. No side is empty.
Result<Diff> diff(std::span<const View> before, std::span<const View> after, const DiffOptions& options);

struct DiffLayout {
  size_t rows = 0;               // how many functions at most; 0: all
  double fraction = 0;           // none that is below this share of both totals
  std::string unit = "minimum";  // of text and markdown; csv and json name that of the profile
  bool is_colored = false;       // text greys what is inside the noise
};

struct DiffFormat {
  const char* name;
  std::string (*print)(const Diff& diff, std::span<const Difference> rows, const DiffLayout& layout);
};
std::span<const DiffFormat> diff_formats();  // text, markdown, csv, json

std::string print(const Diff& diff, const DiffFormat& format, const DiffLayout& layout);

// Whether the total, or a function, really grew by at least `percent` of the old total.
bool has_grown(const Diff& diff, double percent);

}  // namespace prof::report
