#include "libprof/report/tag_frames.h"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "libprof/report/filter.h"
#include "libprof/report/proto.h"
#include "libprof/report/units.h"

namespace prof::report {
namespace {

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= list.size();) {
    const size_t comma = std::min(list.find(',', at), list.size());
    if (comma > at) parts.push_back(list.substr(at, comma - at));
    at = comma + 1;
  }
  return parts;
}

// A sample's values of a key, text before numbers, with commas.
std::string values_of(const Profile& p, size_t sample, const std::string& key, const std::string& unit) {
  std::string texts, numbers;
  const auto add = [](std::string& list, std::string_view value) {
    if (!list.empty()) list += ',';
    list += value;
  };
  for (const Label& label : p.labels(sample)) {
    if (p.string(label.key) != key) continue;
    if (is_text(label)) add(texts, p.string(label.str));
    if (is_number(label)) {
      add(numbers, label.num_unit == 0 ? amount(label.num, "", "")
                                       : amount(label.num, p.string(label.num_unit), unit));
    }
  }
  if (!numbers.empty()) add(texts, numbers);
  return texts;
}

std::string thread_of(const Profile& p, size_t sample) {
  const std::string name = values_of(p, sample, "thread", ""), tid = values_of(p, sample, "tid", "");
  if (name.empty()) return tid.empty() ? "(unknown thread)" : tid;
  return tid.empty() ? name : name + " (" + tid + ")";
}

// Ids that none of the objects has: above all of them, or where there is no room, the first gaps.
class FreeIds {
 public:
  template <typename Objects>
  explicit FreeIds(const Objects& objects) {
    for (const auto& object : objects) {
      used_.insert(object.id);
      last_ = std::max(last_, object.id);
    }
  }
  uint64_t next() {
    while (++last_ == 0 || used_.contains(last_)) {
    }
    return last_;
  }

 private:
  std::unordered_set<uint64_t> used_;
  uint64_t last_ = 0;
};

}  // namespace

Profile add_tag_frames(const Profile& p, const Options& options, Warnings& warnings) {
  ProfileBuilder builder;
  copy_tables(p, builder);
  std::map<std::pair<std::string, std::string>, uint32_t> known;
  FreeIds function_ids(p.functions()), location_ids(p.locations());
  const auto frame = [&](const std::string& key, const std::string& name) {
    const auto [found, added] = known.emplace(std::pair(name, key), 0);
    if (added) {
      const Line line{
          builder.add_function({function_ids.next(), builder.intern(name), 0, builder.intern(key), 0}), 0, 0};
      found->second = builder.add_location({location_ids.next(), kNoIndex, 0, 0, 0, false},
                                           std::span<const Line>(&line, 1));
    }
    return found->second;
  };
  std::vector<std::string> ends[] = {split(options.tagleaf), split(options.tagroot)};
  bool matched[] = {false, false};
  std::vector<uint32_t> stack, root;
  for (size_t i = 0; i < p.sample_count(); i++) {
    const auto make = [&](int end, std::vector<uint32_t>& frames) {
      frames.clear();
      for (auto key = ends[end].rbegin(); key != ends[end].rend(); ++key) {
        const std::string values = values_of(p, i, *key, options.unit);
        matched[end] |= !values.empty();
        frames.push_back(frame(*key, values));
      }
    };
    make(1, root);  // first, as ids are given in this order
    make(0, stack);
    stack.insert(stack.end(), p.stack(i).begin(), p.stack(i).end());
    stack.insert(stack.end(), root.begin(), root.end());
    if (options.per_thread) stack.push_back(frame("thread", thread_of(p, i)));
    builder.add_sample(stack, p.values(i), p.labels(i));
  }
  const char* names[] = {"tagleaf", "tagroot"};
  for (int end : {1, 0}) {
    if (!ends[end].empty() && !matched[end]) {
      warnings.push_back(std::string(names[end]) + " '" + (end == 0 ? options.tagleaf : options.tagroot) +
                         "' matched no samples");
    }
  }
  return std::move(builder).finish();
}

}  // namespace prof::report
