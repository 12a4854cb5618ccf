// The order of fields is that of perf_event_open(2), PERF_RECORD_SAMPLE, and struct sample_id.
#include "libprof/perf/sample.h"

#include <bit>
#include <cstring>

#include "libprof/perf/bytes.h"

namespace prof::perf {
namespace {

constexpr uint64_t kHasIndex = uint64_t{1} << 17;  // PERF_SAMPLE_BRANCH_HW_INDEX

std::string_view take_words(Bytes& all, uint64_t count) {
  return all.view(count <= all.rest().size() / 8 ? count * 8 : UINT64_MAX);
}

std::string_view take_counts(Bytes& all, uint64_t format) {
  const std::string_view from = all.rest();
  const bool is_group = (format & PERF_FORMAT_GROUP) != 0;
  const uint64_t count = is_group ? all.u64() : 1;
  const auto times = static_cast<uint64_t>(
      std::popcount(format & (PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING)));
  const auto each = 1 + static_cast<uint64_t>(std::popcount(format & (PERF_FORMAT_ID | kReadLost)));
  (void)take_words(all, times);
  if (count > all.rest().size()) all.skip(UINT64_MAX);
  (void)take_words(all, count * each);
  return from.substr(0, from.size() - all.rest().size());
}

void take_registers(Bytes& all, uint64_t mask, Sample* sample) {
  const uint64_t abi = all.u64();
  if (abi == PERF_SAMPLE_REGS_ABI_NONE) return;
  const auto words = take_words(all, static_cast<uint64_t>(std::popcount(mask)));
  if (sample == nullptr || abi != PERF_SAMPLE_REGS_ABI_64) return;
  sample->register_mask = mask;
  sample->registers = words;
}

}  // namespace

uint64_t word_at(std::string_view words, size_t index) {
  uint64_t word = 0;
  std::memcpy(&word, words.data() + 8 * index, sizeof word);
  return word;
}

uint64_t event_id(const Record& record, const perf_event_attr& layout) {
  const size_t words = record.body.size() / 8;
  if ((layout.sample_type & PERF_SAMPLE_IDENTIFIER) != 0) {
    if (words == 0) return 0;
    if (record.type == PERF_RECORD_SAMPLE) return word_at(record.body, 0);
    return word_at(record.body.substr(record.body.size() - 8), 0);
  }
  if ((layout.sample_type & PERF_SAMPLE_ID) == 0 || record.type != PERF_RECORD_SAMPLE) return 0;
  const auto before = static_cast<size_t>(std::popcount(
      layout.sample_type & (PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR)));
  return before < words ? word_at(record.body, before) : 0;
}

bool read_sample(const Record& record, const perf_event_attr& attribute, Sample& sample) {
  sample = {};
  Bytes all(record.body);
  const uint64_t has = attribute.sample_type;
  if ((has & PERF_SAMPLE_IDENTIFIER) != 0) sample.from.id = all.u64();
  if ((has & PERF_SAMPLE_IP) != 0) sample.ip = all.u64();
  if ((has & PERF_SAMPLE_TID) != 0) {
    sample.from.pid = all.u32();
    sample.from.tid = all.u32();
  }
  if ((has & PERF_SAMPLE_TIME) != 0) sample.from.time_ns = all.u64();
  if ((has & PERF_SAMPLE_ADDR) != 0) all.skip(8);
  if ((has & PERF_SAMPLE_ID) != 0) sample.from.id = all.u64();
  if ((has & PERF_SAMPLE_STREAM_ID) != 0) all.skip(8);
  if ((has & PERF_SAMPLE_CPU) != 0) all.skip(8);
  if ((has & PERF_SAMPLE_PERIOD) != 0) sample.period = all.u64();
  if ((has & PERF_SAMPLE_READ) != 0) sample.counts = take_counts(all, attribute.read_format);
  if ((has & PERF_SAMPLE_CALLCHAIN) != 0) sample.chain = take_words(all, all.u64());
  if ((has & PERF_SAMPLE_RAW) != 0) all.skip(all.u32());
  if ((has & PERF_SAMPLE_BRANCH_STACK) != 0) {
    const uint64_t count = all.u64();
    if ((attribute.branch_sample_type & kHasIndex) != 0) all.skip(8);
    sample.branches = take_words(all, count <= all.rest().size() ? 3 * count : UINT64_MAX);
  }
  if ((has & PERF_SAMPLE_REGS_USER) != 0) take_registers(all, attribute.sample_regs_user, &sample);
  if ((has & PERF_SAMPLE_STACK_USER) != 0) {
    const uint64_t size = all.u64();
    sample.stack = all.view(size);
    if (size != 0) sample.stack = sample.stack.substr(0, all.u64());  // of which so much was there
  }
  return all.is_good();  // what may follow is of no use here
}

RecordId read_record_id(const Record& record, const perf_event_attr& attribute) {
  RecordId from;
  if (!attribute.sample_id_all) return from;
  const uint64_t has = attribute.sample_type;
  const auto words = static_cast<size_t>(
      std::popcount(has & (PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ID | PERF_SAMPLE_STREAM_ID |
                           PERF_SAMPLE_CPU | PERF_SAMPLE_IDENTIFIER)));
  if (record.body.size() < 8 * words) return from;
  Bytes all(record.body.substr(record.body.size() - 8 * words));
  if ((has & PERF_SAMPLE_TID) != 0) {
    from.pid = all.u32();
    from.tid = all.u32();
  }
  if ((has & PERF_SAMPLE_TIME) != 0) from.time_ns = all.u64();
  if ((has & PERF_SAMPLE_ID) != 0) from.id = all.u64();
  return from;
}

}  // namespace prof::perf
