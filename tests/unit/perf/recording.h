// Recordings made up, byte by byte.
#pragma once

#include <sys/mman.h>

#include <string>
#include <string_view>
#include <vector>

#include "libprof/perf/perf_data.h"

namespace prof::test {

// Bytes put one behind the other.
struct Bytes {
  std::string text;
  template <typename... T>
  Bytes& put(T... values) {
    (text.append(reinterpret_cast<const char*>(&values), sizeof values), ...);
    return *this;
  }
  Bytes& put_text(std::string_view value, size_t size) {
    std::string padded(value);
    padded.resize(size);
    text += padded;
    return *this;
  }
};

// A stream as `perf record -o -` writes it.
class Recording {
 public:
  explicit Recording(const perf_event_attr& attribute, const std::vector<uint64_t>& ids = {}) {
    bytes_.text = "PERFILE2";
    bytes_.put(uint64_t{16});
    event(attribute, ids);
  }
  void event(perf_event_attr attribute, const std::vector<uint64_t>& ids = {}) {
    attribute.size = sizeof attribute;
    Bytes body;
    body.put(attribute);
    for (const uint64_t id : ids) body.put(id);
    record(perf::kHeaderAttribute, 0, body);
  }
  void record(uint32_t type, uint16_t misc, const Bytes& body) {
    bytes_.put(type, misc, static_cast<uint16_t>(8 + body.text.size()));
    bytes_.text += body.text;
  }
  void map(uint32_t pid, uint64_t start, uint64_t size, uint64_t offset, std::string_view path,
           uint64_t time) {
    Bytes body;
    body.put(pid, pid, start, size, offset, uint64_t{0}, uint64_t{0}, uint64_t{0}, uint32_t{PROT_EXEC},
             uint32_t{0});
    record(PERF_RECORD_MMAP2, PERF_RECORD_MISC_USER, body.put_text(path, 16).put(pid, pid, time));
  }
  void name(uint32_t pid, uint32_t tid, std::string_view comm, uint64_t time, bool is_exec = false) {
    Bytes body;
    body.put(pid, tid).put_text(comm, 16).put(pid, tid, time);
    record(PERF_RECORD_COMM, is_exec ? PERF_RECORD_MISC_COMM_EXEC : 0, body);
  }
  void fork(uint32_t pid, uint32_t parent, uint32_t tid, uint32_t parent_tid, uint64_t time) {
    Bytes body;
    body.put(pid, parent, tid, parent_tid, time, pid, tid, time);
    record(PERF_RECORD_FORK, 0, body);
  }
  void sample(uint32_t pid, uint64_t time, const std::vector<uint64_t>& chain,
              const std::vector<uint64_t>& branches = {}, uint16_t misc = PERF_RECORD_MISC_USER) {
    Bytes body;
    body.put(chain.empty() ? uint64_t{0} : chain.back(), pid, pid, time, uint64_t{7}, uint64_t{chain.size()});
    for (const uint64_t word : chain) body.put(word);
    if (!branches.empty()) {
      body.put(uint64_t{branches.size() / 3});
      for (const uint64_t word : branches) body.put(word);
    }
    record(PERF_RECORD_SAMPLE, misc, body);
  }
  Result<Profile> read() const { return perf::read_perf_data(bytes_.text, {"made up", 0, false}); }
  const std::string& bytes() const { return bytes_.text; }

 private:
  Bytes bytes_;
};

inline perf_event_attr clock_with(uint64_t more = 0) {
  perf_event_attr attribute = {};
  attribute.type = PERF_TYPE_SOFTWARE;
  attribute.config = PERF_COUNT_SW_CPU_CLOCK;
  attribute.sample_period = 7;
  attribute.sample_type =
      PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_PERIOD | PERF_SAMPLE_CALLCHAIN | more;
  attribute.sample_id_all = 1;
  return attribute;
}

}  // namespace prof::test
