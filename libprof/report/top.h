// `top`: the nodes by what they cost.
#pragma once

#include <string>
#include <vector>

#include "libprof/report/value.h"
#include "libprof/report/view.h"

namespace prof::report {

enum class Inlining { kNone, kSome, kAll };  // of the calls to a node

struct TopRow {
  std::string name;
  int64_t flat = 0;
  int64_t cum = 0;
  Inlining inlining = Inlining::kNone;
};

struct Top {
  std::vector<std::string> header;
  Value value;  // writes flat and cum: value.format(row.flat)
  int64_t total = 0;
  std::vector<TopRow> rows;
};

Top top(const View& view);
std::string print(const Top& top);

}  // namespace prof::report
