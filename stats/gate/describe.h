// The verdict in words, for a terminal: one line that decides, then a line for each row that matters.
#pragma once

#include <string>

#include "stats/benchfmt/reader.h"
#include "stats/gate/judge.h"
#include "stats/table/style.h"

namespace bench {

struct OutcomeName {
  const char* word;    // "regressed"
  const char* plural;  // "regressions"
  const char* color;   // SGR parameters
};
const OutcomeName& name_of(Outcome outcome);

// "hits, rss: unknown which direction is better; say so with --better 'hits=lower'": what was not judged,
// empty where all was.
std::string without_direction(const std::vector<std::string>& units);

// Why no comparison was judged: no row is on both sides, or no unit has a direction. REQUIRES: compared() ==
// 0.
std::string why_nothing_compared(const Verdict& verdict);

// "REGRESSED: 1 regression, 4 unchanged among 6 comparisons (p <= 0.05 after Benjamini-Hochberg over 6 tests,
// by at least 5%)".
std::string headline(const Verdict& verdict, const Policy& policy, const Options& options);

// "noise floor 2.00%; about 3 more runs of each would tell": what else there is to say of an outcome, such as
// its waiver; empty where there is nothing.
std::string remarks_on(const Judgement& judgement);
// "Decode  sec/op +5.60% [+4.81%, +6.40%] (p=0.000 n=10) in new", and the remarks.
std::string describe(const Judgement& judgement, const Tables& tables);
// "Decode  sec/op, B/op from new, pkg: a".
std::string describe(const Unpaired& row, const char* preposition);
// "7 lines or results were left out: f.json:9: benchmark 3: A failed: no and 6 more". REQUIRES: there are
// some.
std::string describe(const LeftOut& left_out);
// "+5.60%", infinite "from 0"; an interval "[+4.81%, +6.40%]", empty where it is infinite.
std::string percent(double share);
std::string interval(double lo, double hi);
// percent() of a judgement, but "+Inf%" where it is the new side that is infinite.
std::string change_of(const Judgement& judgement, const Tables& tables);
// "5% sec/op 3%": the thresholds in force; empty where there is none.
std::string thresholds(const Policy& policy);

// All of it, each line ended.
std::string render_verdict(const Verdict& verdict, const Tables& tables, const Policy& policy,
                           const Options& options, const Style& style);

}  // namespace bench
