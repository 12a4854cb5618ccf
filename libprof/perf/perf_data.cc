#include "libprof/perf/perf_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "libprof/base/stack_table.h"
#include "libprof/perf/bytes.h"
#include "libprof/perf/counters.h"
#include "libprof/perf/places.h"
#include "libprof/perf/sample_types.h"
#include "libprof/perf/stacks.h"
#include "libprof/profile/codec.h"

namespace prof::perf {
namespace {

// How often one event was sampled with one stack, and how much of it that was.
struct Amount {
  explicit Amount(uint32_t e) : event(e) {}
  uint32_t event;
  uint32_t next = kNoIndex;  // of the same stack's
  uint64_t samples = 0, period = 0;
};

class Reader {
 public:
  Reader(const DataFile& data, bool unwinds, uint64_t budget)
      : data_(data),
        processes_(budget),
        stacks_(processes_, unwinds),
        places_(processes_, data, builder_),
        counters_(data) {}

  Profile read() {
    for (const uint32_t index : by_time()) take(data_.records[index]);
    return build();
  }

 private:
  // perf writes what each CPU saw in parts: only the times tell what was before what.
  std::vector<uint32_t> by_time() const {
    std::vector<uint64_t> times(data_.records.size());
    Sample sample;
    for (size_t i = 0; i < times.size(); i++) {
      const Record& record = data_.records[i];
      const perf_event_attr& attribute = data_.event(event_id(record, data_.events[0].attribute)).attribute;
      if (record.type >= kHeaderAttribute) continue;
      if (record.type != PERF_RECORD_SAMPLE) {
        times[i] = read_record_id(record, attribute).time_ns;
      } else if (read_sample(record, attribute, sample)) {
        times[i] = sample.from.time_ns;
      }
    }
    std::vector<uint32_t> order(times.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return times[a] < times[b]; });
    return order;
  }

  void take(const Record& record) {
    Bytes all(record.body);
    switch (record.type) {
      case PERF_RECORD_SAMPLE:
        return take_sample(record);
      case PERF_RECORD_LOST:
        all.skip(8);
        lost_records_ += all.u64();
        return;
      case PERF_RECORD_LOST_SAMPLES:
        lost_samples_ += all.u64();
        return;
      default:
        processes_.take(record, data_);
    }
  }

  void take_sample(const Record& record) {
    const Event& event = data_.event(event_id(record, data_.events[0].attribute));
    Sample sample;
    if (!read_sample(record, event.attribute, sample)) {
      malformed_++;
      return;
    }
    const Share one = {static_cast<uint32_t>(&event - data_.events.data()),
                       sample.period != 0 ? sample.period : usual_period(event.attribute)};
    const bool has_counts = (event.attribute.sample_type & PERF_SAMPLE_READ) != 0;
    const std::span<const Share> shares =
        has_counts ? counters_.take(sample, event.attribute) : std::span(&one, 1);
    if (shares.empty()) return;
    samples_++;
    truncated_ += !stacks_.of(sample, record.misc, event.attribute, frames_);
    const uint32_t pid = sample.from.pid, tid = sample.from.tid;
    words_.assign({uint64_t{pid} << 32 | tid, name_of(pid, tid), name_of(pid, pid)});
    for (const Frame& frame : frames_) words_.push_back(places_.of(frame, pid));
    const uint32_t id = stack_ids_.intern(words_);
    for (const Share& share : shares) {
      Amount& amount = amount_of(id, share.event);
      amount.samples++;
      amount.period += share.period;
    }
    if (sample.from.time_ns != 0) {
      first_ns_ = std::min(first_ns_, sample.from.time_ns);
      last_ns_ = std::max(last_ns_, sample.from.time_ns);
    }
    counts_[pid]++;
    programs_[pid] = processes_.program(pid);
  }

  // Of one stack and event.
  Amount& amount_of(uint32_t stack, uint32_t event) {
    if (stack == first_amount_.size()) first_amount_.push_back(kNoIndex);
    uint32_t* at = &first_amount_[stack];
    while (*at != kNoIndex && amounts_[*at].event != event) at = &amounts_[*at].next;
    if (*at != kNoIndex) return amounts_[*at];
    *at = static_cast<uint32_t>(amounts_.size());
    return amounts_.emplace_back(event);
  }

  uint64_t name_of(uint32_t pid, uint32_t tid) { return builder_.intern(processes_.thread_name(pid, tid)); }

  // Of the process with most samples.
  uint32_t program() const {
    const auto busiest = std::max_element(counts_.begin(), counts_.end(),
                                          [](const auto& a, const auto& b) { return a.second < b.second; });
    return busiest == counts_.end() ? Processes::kNone : programs_.at(busiest->first);
  }

  Profile build() {
    places_.write(program());
    const Pairs pairs = add_sample_types(data_.events, builder_);
    std::vector<int64_t> values(size_t{2} * pairs.count);
    std::vector<uint32_t> stack;
    builder_.reserve_samples(stack_ids_.size(), 0);
    for (uint32_t id = 0; id < stack_ids_.size(); id++) {
      const auto words = stack_ids_.words(id);
      stack.assign(words.begin() + 3, words.end());
      std::fill(values.begin(), values.end(), 0);
      for (uint32_t at = first_amount_[id]; at != kNoIndex; at = amounts_[at].next) {
        const Amount& amount = amounts_[at];
        const uint32_t pair = pairs.of_event[amount.event];
        if (pair == kNoIndex) continue;
        values[size_t{2} * pair] = static_cast<int64_t>(amount.samples);
        values[size_t{2} * pair + 1] = static_cast<int64_t>(amount.period);
      }
      builder_.add_sample(stack, values, labels(words));
    }
    describe();
    return std::move(builder_).finish();
  }

  std::vector<Label> labels(std::span<const uint64_t> words) {
    std::vector<Label> all;
    const auto pid = static_cast<uint32_t>(words[0] >> 32), tid = static_cast<uint32_t>(words[0]);
    const auto add = [&](const char* key, StringId text, int64_t number) {
      all.push_back({builder_.intern(key), text, number, 0});
    };
    if (words[1] != 0) add("thread", static_cast<StringId>(words[1]), 0);
    add("tid", 0, tid);
    if (counts_.size() == 1) return all;
    add("pid", 0, pid);
    if (words[2] != 0) add("process", static_cast<StringId>(words[2]), 0);
    return all;
  }

  void describe() {
    Profile& header = builder_.header();
    if (last_ns_ >= first_ns_) {
      header.duration_ns = static_cast<int64_t>(last_ns_ - first_ns_);
      if (data_.clock_offset_ns != 0)
        header.time_ns = static_cast<int64_t>(first_ns_) + data_.clock_offset_ns;
    }
    const auto comment = [&](const std::string& text) { header.comments.push_back(builder_.intern(text)); };
    comment("recorded by perf" + (data_.version.empty() ? "" : " " + data_.version));
    if (!data_.command.empty()) comment("command: " + data_.command);
    // perf 6.1 and later write at the end of a recording what the kernel told on its way as well.
    if (const uint64_t lost = std::max(lost_records_, lost_samples_); lost > 0) {
      comment(fmt::format("dropped: {} records (perf's buffer was full)", lost));
    }
    if (truncated_ > 0) {
      comment(fmt::format("truncated stacks: {:.2f}%",
                          100.0 * static_cast<double>(truncated_) / static_cast<double>(samples_)));
    }
    header.warnings = data_.warnings;
    if (malformed_ > 0)
      header.warnings.push_back(fmt::format("{} samples are malformed and left out", malformed_));
    if (processes_.incomplete() > 0) {
      header.warnings.push_back(
          fmt::format("{} processes began without what their parents had mapped last: the recording has very "
                      "many forks and mappings in turn",
                      processes_.incomplete()));
    }
    if (samples_ == 0) header.warnings.push_back("the recording has no samples");
  }

  const DataFile& data_;
  ProfileBuilder builder_;
  Processes processes_;
  Stacks stacks_;
  Places places_;
  Counters counters_;

  StackTable stack_ids_;                // pid and tid, names of thread and process, places
  std::vector<uint32_t> first_amount_;  // by stack: few stacks have all of a recording's events
  std::vector<Amount> amounts_;
  std::map<uint32_t, uint64_t> counts_;    // samples by process
  std::map<uint32_t, uint32_t> programs_;  // its file, by process
  uint64_t samples_ = 0, lost_records_ = 0, lost_samples_ = 0, truncated_ = 0, malformed_ = 0;
  uint64_t first_ns_ = UINT64_MAX, last_ns_ = 0;

  std::vector<Frame> frames_;  // of the sample being taken; kept for its capacity, like
  std::vector<uint64_t> words_;
};

}  // namespace

Result<Profile> read_perf_data(std::string_view bytes, const Options& options,
                               std::span<const std::string_view> streams) {
  const uint64_t size = std::accumulate(streams.begin(), streams.end(), uint64_t{bytes.size()},
                                        [](uint64_t sum, std::string_view one) { return sum + one.size(); });
  const uint64_t limit =
      options.max_unpacked != 0 ? options.max_unpacked : std::max<uint64_t>(kMinLimit, kMaxRatio * size);
  const auto data = read_data_file(bytes, limit, streams);
  if (!data)
    return fail(fmt::format("cannot read {}: {}", options.name, data.error().what), data.error().remedy);
  return Reader(*data, options.unwinds, std::max<uint64_t>(1 << 16, (size + data->unpacked.size()) / 8))
      .read();
}

}  // namespace prof::perf
