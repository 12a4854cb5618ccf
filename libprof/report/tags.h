// `tags`: the labels of samples and what each of their values accounts for.
#pragma once

#include <string>
#include <vector>

#include "libprof/report/view.h"

namespace prof::report {

struct TagValue {
  std::string text;
  int64_t value = 0;
};

struct Tag {
  std::string key;
  int64_t total = 0;
  std::vector<TagValue> values;  // largest first
};

std::vector<Tag> tags(const View& view);
std::string print_tags(const std::vector<Tag>& tags, const View& view);

}  // namespace prof::report
