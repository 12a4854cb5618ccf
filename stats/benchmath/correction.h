// Many tests at once: p-values adjusted so that comparing each with alpha bounds the errors of all together.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace bench {

enum class Correction {
  kNone,
  kHolm,               // the chance of any false finding is at most alpha (Holm 1979)
  kBenjaminiHochberg,  // the share of false findings among all is at most alpha (Benjamini, Hochberg 1995)
};

struct CorrectionName {
  std::string_view flag;
  Correction correction;
  std::string_view name;  // for people; empty for none
};
constexpr CorrectionName kCorrections[] = {{"bh", Correction::kBenjaminiHochberg, "Benjamini-Hochberg"},
                                           {"holm", Correction::kHolm, "Holm"},
                                           {"none", Correction::kNone, ""}};

// In the order of `p`.
std::vector<double> adjust(std::span<const double> p, Correction correction);

}  // namespace bench
