#include "libprof/profile/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "libprof/base/hash.h"
#include "libprof/profile/hash_index.h"
#include "libprof/profile/merged_objects.h"

namespace prof {
namespace {

constexpr size_t kBlockSamples = 64;

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

std::string_view bytes_of(std::span<const uint32_t> stack) {
  return {reinterpret_cast<const char*>(stack.data()), stack.size_bytes()};
}

// What is `types[i]` among `others`: of several of one name, the first is the first, and so on.
std::vector<Type>::const_iterator same_of(const std::vector<Type>& types, size_t i,
                                          const std::vector<Type>& others) {
  const auto is_same = [&](const Type& t) { return t.type == types[i].type; };
  auto before = std::count_if(types.begin(), types.begin() + static_cast<ptrdiff_t>(i), is_same);
  return std::find_if(others.begin(), others.end(),
                      [&](const Type& t) { return is_same(t) && before-- == 0; });
}

// A key alone, which readers of profile.proto take for none.
bool is_nothing(const Label& label) {
  return label.str == 0 && label.num == 0 && label.num_unit == 0 && !label.is_zero;
}

bool is_same_label(const Label& a, const Label& b) {
  return a.key == b.key && a.str == b.str && a.num == b.num && a.num_unit == b.num_unit &&
         a.is_zero == b.is_zero;
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
  void read_sample(const Profile& p, size_t i, const How& how, const Plan& plan);
  void add_block();
  StringId text(StringId id) { return objects.text(id); }

  UnitRatio ratio;
  size_t count = 0;
  std::vector<Type> types;
  Type period_type;
  int64_t period = 0, time_ns = 0, duration_ns = 0;
  std::string default_type;
  std::set<StringId> seen_comments;

  // Strings, mappings, functions and locations are made at once; sample types and samples go in at the end,
  // for types may go.
  MergedObjects objects;
  Samples samples;  // types.size() values each
  HashIndex sample_index;
  Warnings warnings;

  // The next samples, not yet looked for: a table that does not fit into caches is asked for many at once.
  struct {
    Samples samples;
    std::vector<uint64_t> hashes;
  } block;
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
    const auto found = same_of(types, i, own);
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
  Profile& header = objects.builder().header();
  const auto knows = [&](const std::string& name) {
    return std::any_of(plan.types.begin(), plan.types.end(), [&](const Type& t) { return t.type == name; });
  };
  std::string own_default(p.string(p.default_sample_type));
  if (count > 0) {
    const size_t old_width = types.size(), sample_count = samples.size();
    FlatArray<int64_t> converted;
    converted.reserve(sample_count * plan.types.size());
    for (size_t i = 0; i < sample_count; i++) {
      for (size_t t = 0; t < plan.types.size(); t++) {
        converted.push_back(scaled(samples.values[i * old_width + plan.old[t]], plan.old_factor[t]));
      }
    }
    samples.values = std::move(converted);
    if (plan.types.size() != old_width && !knows(default_type)) default_type = plan.types[0].type;
    const bool is_selected =
        plan.from.size() != p.sample_types().size() || !std::is_sorted(plan.from.begin(), plan.from.end());
    if (is_selected && !knows(own_default)) own_default = plan.types[0].type;
  } else {
    header.drop_frames = text(p.drop_frames);
    header.keep_frames = text(p.keep_frames);
  }
  types = plan.types;
  period_type = plan.period;
  period = std::max(scaled(period, plan.old_period_factor), scaled(p.period, plan.period_factor));
  if (time_ns == 0 || p.time_ns < time_ns) time_ns = p.time_ns;
  duration_ns = wrapping_sum(duration_ns, p.duration_ns);
  if (default_type.empty()) default_type = own_default;
  if (header.doc_url == 0) header.doc_url = text(p.doc_url);
  for (const StringId comment : p.comments) {
    const StringId id = text(comment);
    if (seen_comments.insert(id).second) header.comments.push_back(id);
  }
  warnings.insert(warnings.end(), p.warnings.begin(), p.warnings.end());
}

void Merger::State::add_samples(const Profile& p, const How& how, const Plan& plan) {
  if (!objects.has_mappings() && !p.mappings().empty()) objects.mapping(0);  // stays the main binary
  for (size_t i = 0; i < p.sample_count(); i++) {
    read_sample(p, i, how, plan);
    if (block.hashes.size() == kBlockSamples) add_block();
  }
  add_block();
}

// Appends sample `i` to the block, with the indices and ids of the result.
void Merger::State::read_sample(const Profile& p, size_t i, const How& how, const Plan& plan) {
  Samples& to = block.samples;
  const auto values = p.values(i);
  bool is_zero = true;
  for (size_t t = 0; t < types.size(); t++) {
    const int64_t value = scaled(values[plan.from[t]], plan.factor[t]);
    to.values.push_back(how.is_negative ? static_cast<int64_t>(-static_cast<uint64_t>(value)) : value);
    is_zero &= value == 0;
  }
  if (is_zero) return to.values.resize(to.values.size() - types.size());
  const auto locations = p.stack(i);
  const size_t begin = to.stacks.size(), first_label = to.labels.size();
  to.stacks.resize(begin + locations.size());
  for (size_t f = 0; f < locations.size(); f++) to.stacks[begin + f] = objects.location(locations[f]);
  for (const Label& label : p.labels(i)) {
    if (is_nothing(label)) continue;
    // What has a text has no number, whatever is written.
    const bool is_text = label.str != 0;
    if (is_text && !how.mark.empty() && p.string(label.key) == how.mark) continue;  // it has one mark
    to.labels.push_back({text(label.key), text(label.str), is_text ? 0 : label.num,
                         is_text ? 0 : text(label.num_unit), label.is_zero});
  }
  if (!how.mark.empty()) {
    ProfileBuilder& builder = objects.builder();
    to.labels.push_back({builder.intern(how.mark), builder.intern("true"), 0, 0});
  }
  // Texts of one key keep their order, and so do its numbers; keys have none.
  const std::span labels(to.labels.begin() + first_label, to.labels.end());
  std::stable_sort(labels.begin(), labels.end(), [](const Label& a, const Label& b) {
    return std::pair(a.key, a.str == 0) < std::pair(b.key, b.str == 0);
  });
  to.end_sample();

  uint64_t hash = hash_of(bytes_of(to.stack(block.hashes.size())));
  for (const Label& label : labels) {
    hash =
        hash_with(hash_with(hash, uint64_t{label.key} << 32 | label.str), static_cast<uint64_t>(label.num));
  }
  block.hashes.push_back(hash);
  sample_index.prefetch(hash);
}

void Merger::State::add_block() {
  const size_t width = types.size();
  for (size_t i = 0; i < block.hashes.size(); i++) {
    const auto stack = block.samples.stack(i);
    const auto labels = block.samples.labels_of(i);
    const std::span<const int64_t> values(block.samples.values.data() + i * width, width);
    const auto is_same = [&](uint32_t at) {
      const auto known_labels = samples.labels_of(at);
      return bytes_of(samples.stack(at)) == bytes_of(stack) &&
             std::equal(labels.begin(), labels.end(), known_labels.begin(), known_labels.end(),
                        is_same_label);
    };
    const size_t known = samples.size();
    const uint32_t sample = sample_index.find_or_add(block.hashes[i], is_same, [&] {
      samples.stacks.append(stack);
      samples.labels.append(labels);
      samples.values.append(values);
      samples.end_sample();
      return static_cast<uint32_t>(known);
    });
    if (sample == known) continue;
    int64_t* const sums = &samples.values[sample * width];
    for (size_t t = 0; t < width; t++) sums[t] = wrapping_sum(sums[t], values[t]);
  }
  block.samples.clear();
  block.hashes.clear();
}

Result<void> Merger::add(const Profile& profile, const How& how) {
  const auto plan = state_->plan(profile, how);
  if (!plan) return tl::unexpected(plan.error());
  state_->objects.begin(profile);
  state_->apply(*plan, profile);
  state_->add_samples(profile, how, *plan);
  state_->count++;
  return {};
}

Profile Merger::finish() && {
  State& s = *state_;
  ProfileBuilder& builder = s.objects.builder();
  Profile& header = builder.header();
  for (const Type& type : s.types) builder.add_sample_type(type.type, type.unit);
  const size_t width = s.types.size(), count = s.samples.size();
  bool has_zeros = false;
  for (size_t i = 0; i < count && !has_zeros; i++) {
    const std::span values(s.samples.values.data() + i * width, width);
    has_zeros = std::all_of(values.begin(), values.end(), [](int64_t v) { return v == 0; });
  }
  builder.samples() = std::move(s.samples);
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
