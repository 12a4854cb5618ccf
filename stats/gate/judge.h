// The verdict on tables: for each row that was measured on both sides, is it worse, better, the same, or is
// that not known?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "stats/benchmath/shift.h"
#include "stats/gate/policy.h"
#include "stats/table/table.h"

namespace bench {

enum class Outcome { kRegressed, kImproved, kUnchanged, kInconclusive, kUndirected };

// One comparison. Regressed or improved: significant after correction, by at least the threshold, and the
// shift does not go the other way.
// Unchanged: the interval of the shift lies within the threshold; without a threshold, no difference was
// found by samples that could show one, and p is not as small as such samples can have it. Undirected: nobody
// said which direction is better. Inconclusive: none of these.
struct Judgement {
  size_t table = 0, row = 0, cell = 0;  // indices into Tables
  Outcome outcome = Outcome::kInconclusive;
  double threshold = 0;
  double floor = 0;  // of the noise: the threshold, and to be exceeded; 0 where the policy's is larger
  // Of the centres, as the table prints it: new / old - 1. Infinite where old is 0 or new is; NaN from -inf
  // to inf.
  double change = 0;
  double adjusted = 1;         // p, corrected; meaningless where deterministic
  bool deterministic = false;  // values that do not vary, of a unit that counts: any difference is one
  // Of values that vary though their unit is declared exact: the test that the table does not make.
  std::optional<Comparison> own_test;
  std::optional<Shift> shift;      // else
  bool contradicted = false;       // significant, but of change and shift only one says so, or the other way
  double more_runs = 0;            // of each side, where inconclusive: about; 0 where it cannot be said
  const Waiver* waiver = nullptr;  // of a regression that is accepted
};

// The test that the outcome rests on, of the judgement's cell.
inline const Comparison& test_of(const Judgement& judgement, const Cell& cell) {
  return judgement.own_test ? *judgement.own_test : *cell.comparison;
}

// A row that only one side has, with the units that it has there.
struct Unpaired {
  std::string row;
  std::string column;  // the side that lacks it, or the one that has it where it is new
  std::string where;
  std::vector<std::string> units;
  const Waiver* waiver = nullptr;  // of a benchmark that was removed on purpose
};

// What diagnose() says, and about how many samples.
struct Finding {
  std::string note;
  std::string example;
  size_t count = 0;
};

// The mean of the changes of a column's rows with its interval, from the shifts of the rows: benchmarks are
// taken as given, their runs as a sample.
struct Geomean {
  size_t table = 0, column = 0;
  double change = 0, lo = 0, hi = 0;
};

struct Verdict {
  std::vector<Judgement> judgements;  // in the order of the tables
  std::vector<Unpaired> vanished;
  std::vector<Unpaired> added;
  std::vector<Geomean>
      geomeans;  // where a column has two judged rows or more, and their intervals are finite
  std::vector<Finding> findings;
  size_t tests = 0;  // p-values, over which they were corrected
  std::vector<std::string> undirected_units;
  prof::Warnings warnings;  // waivers and thresholds of nothing; machines that differ; too few runs; what
                            // readers left out

  size_t count(Outcome outcome) const;
  size_t failing() const;                      // regressions that are not waived
  size_t compared() const;                     // all but undirected
  size_t missing(const Policy& policy) const;  // that fail: are not waived
};

Verdict judge(const Tables& tables, const Policy& policy, const Options& options, const std::string& today);

// What sets the table apart from others: "pkg: a", empty where it is the only one.
std::string place_of(const Tables& tables, const Table& table);
std::string column_of(const Table& table, size_t column);

}  // namespace bench
