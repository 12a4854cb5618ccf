#include "libprof/profile/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "libprof/profile/hash_index.h"

namespace prof {
namespace {

struct Type {
  std::string type, unit;
};

int64_t scaled(int64_t value, double factor) {
  if (factor == 1) return value;
  constexpr double kEdge = 9223372036854775808.0;  // 2^63
  const double product = std::round(static_cast<double>(value) * factor);
  if (!(product < kEdge)) return INT64_MAX;
  return product < -kEdge ? INT64_MIN : static_cast<int64_t>(product);
}

int64_t wrapping_sum(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

std::string_view without_s(std::string_view type) {
  return type.ends_with('s') ? type.substr(0, type.size() - 1) : type;
}

// Rounded up to pages: tools disagree about the last one.
uint64_t pages(const Mapping& m) { return (m.limit - m.start + 0xfff) / 0x1000; }

uint64_t mixed(uint64_t hash, uint64_t part) {
  hash = (hash ^ part) * 0x9e3779b97f4a7c15;
  return hash ^ hash >> 29;
}

std::vector<Type> types_of(const Profile& p) {
  std::vector<Type> types;
  for (const ValueType t : p.sample_types()) {
    types.push_back({std::string(p.string(t.type)), std::string(p.string(t.unit))});
  }
  return types;
}

}  // namespace

struct Merger::State {
  explicit State(UnitRatio r) : ratio(std::move(r)) {}

  // How the sample types of a profile become those of the result. `from` and `factor` are by type of the
  // result; `old` and `old_factor` are the same for the samples that are there already.
  struct Plan {
    std::vector<Type> types;
    std::vector<size_t> from, old;
    std::vector<double> factor, old_factor;
    Type period;
    double period_factor = 1, old_period_factor = 1;
  };
  Result<Plan> plan(const Profile& p, const How& how) const;
  void apply(const Plan& plan, const Profile& p);
  void add_samples(const Profile& p, const How& how, const Plan& plan);
  uint32_t location(const Profile& p, uint32_t index);
  uint32_t function(const Profile& p, uint32_t index);
  std::pair<uint32_t, uint64_t> mapping(const Profile& p, uint32_t index);  // and what to add to addresses
  StringId text(const Profile& p, StringId id) { return builder.intern(p.string(id)); }
  std::span<const uint32_t> stack(size_t i) const {
    const size_t begin = i == 0 ? 0 : stack_ends[i - 1];
    return std::span(stacks).subspan(begin, stack_ends[i] - begin);
  }
  std::span<const Label> labels_of(size_t i) const {
    const size_t begin = i == 0 ? 0 : label_ends[i - 1];
    return std::span(labels).subspan(begin, label_ends[i] - begin);
  }

  UnitRatio ratio;
  size_t count = 0;
  std::vector<Type> types;
  Type period_type;
  int64_t period = 0, time_ns = 0, duration_ns = 0;
  std::string default_type;
  std::set<StringId> seen_comments;

  // Strings, mappings, functions and locations are made at once; sample types and samples at the end, for
  // types may go.
  ProfileBuilder builder;
  std::map<std::tuple<uint64_t, uint64_t, StringId>, uint32_t> mappings;
  std::map<std::tuple<StringId, StringId, StringId, int64_t>, uint32_t> functions;
  HashIndex locations, samples;
  std::vector<uint32_t> stacks;
  std::vector<size_t> stack_ends, label_ends;
  std::vector<Label> labels;
  std::vector<int64_t> values;  // types.size() a sample
  Warnings warnings;

  // Of the profile being added: what its indices have become; kNoIndex: not asked yet.
  std::vector<uint32_t> location_of, function_of;
};

Merger::Merger(UnitRatio ratio) : state_(std::make_unique<State>(std::move(ratio))) {}
Merger::~Merger() = default;
Merger::Merger(Merger&&) noexcept = default;
size_t Merger::count() const { return state_->count; }

Result<Merger::State::Plan> Merger::State::plan(const Profile& p, const How& how) const {
  Plan plan;
  const std::vector<Type> own = types_of(p);
  const auto unscaled = [&](size_t i) { return how.factors.empty() ? 1.0 : how.factors[i]; };
  plan.period = {std::string(p.string(p.period_type.type)), std::string(p.string(p.period_type.unit))};
  if (count == 0) {
    plan.types = own;
    for (size_t i = 0; i < own.size(); i++) {
      plan.from.push_back(i);
      plan.factor.push_back(unscaled(i));
    }
    return plan;
  }
  // The finer of two units, and what each side is multiplied by.
  const auto join = [&](const Type& old, const Type& added, double& old_factor,
                        double& factor) -> std::optional<Type> {
    if (without_s(old.type) != without_s(added.type)) return std::nullopt;
    old_factor = factor = 1;
    if (old.unit == added.unit) return old;
    const auto to_old = ratio(added.unit, old.unit), to_added = ratio(old.unit, added.unit);
    if (!to_old || !to_added) return std::nullopt;
    if (*to_old >= 1) {
      factor = *to_old;
      return old;
    }
    old_factor = *to_added;
    return Type{old.type, added.unit};
  };
  const auto joined_period = join(period_type, plan.period, plan.old_period_factor, plan.period_factor);
  if (!joined_period) {
    return fail(fmt::format("profiles of {}/{} and of {}/{} cannot be merged", period_type.type,
                            period_type.unit, plan.period.type, plan.period.unit),
                "merge profiles of one kind");
  }
  plan.period = *joined_period;
  for (size_t i = 0; i < types.size(); i++) {
    const auto found =
        std::find_if(own.begin(), own.end(), [&](const Type& t) { return t.type == types[i].type; });
    if (found == own.end()) continue;
    double old_factor = 1, factor = 1;
    const auto type = join(types[i], *found, old_factor, factor);
    if (!type) {
      return fail(
          fmt::format("{} in {} and in {} cannot be merged", types[i].type, types[i].unit, found->unit),
          "merge profiles of one kind");
    }
    plan.types.push_back(*type);
    plan.old.push_back(i);
    plan.old_factor.push_back(old_factor);
    plan.from.push_back(static_cast<size_t>(found - own.begin()));
    plan.factor.push_back(factor * unscaled(plan.from.back()));
  }
  if (plan.types.empty()) {
    return fail("the profiles have no sample type in common", "merge profiles of one kind");
  }
  return plan;
}

// Brings what is there into the new types and takes the header over.
void Merger::State::apply(const Plan& plan, const Profile& p) {
  Profile& header = builder.header();
  const auto knows = [&](const std::string& name) {
    return std::any_of(plan.types.begin(), plan.types.end(), [&](const Type& t) { return t.type == name; });
  };
  std::string own_default(p.string(p.default_sample_type));
  if (count > 0) {
    const size_t old_width = types.size(), sample_count = stack_ends.size();
    std::vector<int64_t> converted;
    converted.reserve(sample_count * plan.types.size());
    for (size_t i = 0; i < sample_count; i++) {
      for (size_t t = 0; t < plan.types.size(); t++) {
        converted.push_back(scaled(values[i * old_width + plan.old[t]], plan.old_factor[t]));
      }
    }
    values = std::move(converted);
    if (plan.types.size() != old_width && !knows(default_type)) default_type = plan.types[0].type;
    const bool is_selected =
        plan.from.size() != p.sample_types().size() || !std::is_sorted(plan.from.begin(), plan.from.end());
    if (is_selected && !knows(own_default)) own_default = plan.types[0].type;
  } else {
    header.drop_frames = text(p, p.drop_frames);
    header.keep_frames = text(p, p.keep_frames);
  }
  types = plan.types;
  period_type = plan.period;
  period = std::max(scaled(period, plan.old_period_factor), scaled(p.period, plan.period_factor));
  if (time_ns == 0 || p.time_ns < time_ns) time_ns = p.time_ns;
  duration_ns = wrapping_sum(duration_ns, p.duration_ns);
  if (default_type.empty()) default_type = own_default;
  if (header.doc_url == 0) header.doc_url = text(p, p.doc_url);
  for (const StringId comment : p.comments) {
    const StringId id = text(p, comment);
    if (seen_comments.insert(id).second) header.comments.push_back(id);
  }
  warnings.insert(warnings.end(), p.warnings.begin(), p.warnings.end());
}

std::pair<uint32_t, uint64_t> Merger::State::mapping(const Profile& p, uint32_t index) {
  if (index == kNoIndex) return {kNoIndex, 0};
  Mapping m = p.mappings()[index];
  m.id = 0;
  m.file = text(p, m.file);
  m.build_id = text(p, m.build_id);
  const auto [found, added] =
      mappings.emplace(std::tuple(pages(m), m.offset, m.build_id != 0 ? m.build_id : m.file), 0);
  if (added) found->second = builder.add_mapping(m);
  return {found->second, builder.profile().mappings()[found->second].start - m.start};
}

uint32_t Merger::State::function(const Profile& p, uint32_t index) {
  if (index == kNoIndex || function_of[index] != kNoIndex)
    return index == kNoIndex ? index : function_of[index];
  Function f = p.functions()[index];
  f = {0, text(p, f.name), text(p, f.system_name), text(p, f.filename), f.start_line};
  const auto [found, added] =
      functions.emplace(std::tuple(f.name, f.system_name, f.filename, f.start_line), 0);
  if (added) found->second = builder.add_function(f);
  return function_of[index] = found->second;
}

uint32_t Merger::State::location(const Profile& p, uint32_t index) {
  if (location_of[index] != kNoIndex) return location_of[index];
  Location l = p.locations()[index];
  const auto [in, shift] = mapping(p, l.mapping);
  std::vector<Line> lines(p.lines(l).begin(), p.lines(l).end());
  l.id = 0;
  l.mapping = in;
  l.address += shift;
  uint64_t hash = mixed(mixed(l.mapping, l.address), l.is_folded);
  for (Line& line : lines) {
    line.function = function(p, line.function);
    hash = mixed(mixed(mixed(hash, line.function), static_cast<uint64_t>(line.line)),
                 static_cast<uint64_t>(line.column));
  }
  const Profile& all = builder.profile();
  const auto is_same_line = [](const Line& a, const Line& b) {
    return a.function == b.function && a.line == b.line && a.column == b.column;
  };
  const auto is_same = [&](uint32_t at) {
    const Location& known = all.locations()[at];
    const auto known_lines = all.lines(known);
    return known.mapping == l.mapping && known.address == l.address && known.is_folded == l.is_folded &&
           std::equal(lines.begin(), lines.end(), known_lines.begin(), known_lines.end(), is_same_line);
  };
  return location_of[index] =
             locations.find_or_add(hash, is_same, [&] { return builder.add_location(l, lines); });
}

void Merger::State::add_samples(const Profile& p, const How& how, const Plan& plan) {
  location_of.assign(p.locations().size(), kNoIndex);
  function_of.assign(p.functions().size(), kNoIndex);
  if (mappings.empty() && !p.mappings().empty()) mapping(p, 0);  // stays the main binary
  std::vector<int64_t> own(types.size());
  std::vector<uint32_t> stack_now;
  std::vector<Label> labels_now;
  const auto is_same_label = [](const Label& a, const Label& b) {
    return a.key == b.key && a.str == b.str && a.num == b.num && a.num_unit == b.num_unit;
  };
  for (size_t i = 0; i < p.sample_count(); i++) {
    for (size_t t = 0; t < types.size(); t++) {
      const int64_t value = scaled(p.values(i)[plan.from[t]], plan.factor[t]);
      own[t] = how.is_negative ? static_cast<int64_t>(-static_cast<uint64_t>(value)) : value;
    }
    if (std::all_of(own.begin(), own.end(), [](int64_t v) { return v == 0; })) continue;
    stack_now.clear();
    labels_now.clear();
    uint64_t hash = 0;
    for (const uint32_t l : p.stack(i)) {
      stack_now.push_back(location(p, l));
      hash = mixed(hash, stack_now.back());
    }
    for (const Label& label : p.labels(i)) {
      labels_now.push_back({text(p, label.key), text(p, label.str), label.num, text(p, label.num_unit)});
    }
    if (!how.mark.empty()) labels_now.push_back({builder.intern(how.mark), builder.intern("true"), 0, 0});
    // Values of one key keep their order; keys have none.
    std::stable_sort(labels_now.begin(), labels_now.end(),
                     [](const Label& a, const Label& b) { return a.key < b.key; });
    for (const Label& label : labels_now) {
      hash = mixed(mixed(mixed(hash, label.key), label.str), static_cast<uint64_t>(label.num));
    }
    bool is_new = false;
    const uint32_t sample = samples.find_or_add(
        hash,
        [&](uint32_t at) {
          const auto known_stack = stack(at);
          const auto known_labels = labels_of(at);
          return std::equal(stack_now.begin(), stack_now.end(), known_stack.begin(), known_stack.end()) &&
                 std::equal(labels_now.begin(), labels_now.end(), known_labels.begin(), known_labels.end(),
                            is_same_label);
        },
        [&] {
          is_new = true;
          return static_cast<uint32_t>(stack_ends.size());
        });
    if (is_new) {
      stacks.insert(stacks.end(), stack_now.begin(), stack_now.end());
      stack_ends.push_back(stacks.size());
      labels.insert(labels.end(), labels_now.begin(), labels_now.end());
      label_ends.push_back(labels.size());
      values.insert(values.end(), own.begin(), own.end());
    } else {
      for (size_t t = 0; t < own.size(); t++) {
        int64_t& value = values[sample * types.size() + t];
        value = wrapping_sum(value, own[t]);
      }
    }
  }
}

Result<void> Merger::add(const Profile& profile, const How& how) {
  const auto plan = state_->plan(profile, how);
  if (!plan) return tl::unexpected(plan.error());
  state_->apply(*plan, profile);
  state_->add_samples(profile, how, *plan);
  state_->count++;
  return {};
}

Profile Merger::finish() && {
  State& s = *state_;
  ProfileBuilder& builder = s.builder;
  Profile& header = builder.header();
  for (const Type& type : s.types) builder.add_sample_type(type.type, type.unit);
  const size_t width = s.types.size();
  bool has_zeros = false;
  for (size_t i = 0; i < s.stack_ends.size(); i++) {
    const auto values = std::span(s.values).subspan(i * width, width);
    has_zeros |= std::all_of(values.begin(), values.end(), [](int64_t v) { return v == 0; });
    builder.add_sample(s.stack(i), values, s.labels_of(i));
  }
  header.period_type = {builder.intern(s.period_type.type), builder.intern(s.period_type.unit)};
  header.period = s.period;
  header.time_ns = s.time_ns;
  header.duration_ns = s.duration_ns;
  header.default_sample_type = builder.intern(s.default_type);
  header.warnings = std::move(s.warnings);
  Profile merged = std::move(builder).finish();
  if (!has_zeros) return merged;
  // What only samples that cancelled out named goes too.
  Merger again(s.ratio);
  (void)again.add(merged);  // the first profile always fits
  return std::move(again).finish();
}

}  // namespace prof
