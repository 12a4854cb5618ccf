// perf.data: committed recordings against what `perf report` counts, and recordings made up here for what no
// event of a virtual machine has.
#include "libprof/perf/perf_data.h"

#include <sys/mman.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "tests/support/files.h"
#include "tests/support/profile.h"

using namespace prof;
using Catch::Matchers::Contains;

namespace {

Profile recorded(const std::string& name) {
  auto profile = perf::read_perf_data(test::read(test::testdata("perf/" + name)), {name, 0, false});
  if (!profile) FAIL(profile.error().message());
  return std::move(*profile);
}

int64_t sum(const Profile& profile, std::string_view type) {
  for (size_t t = 0; t < profile.sample_types().size(); t++) {
    if (profile.string(profile.sample_types()[t].type) != type) continue;
    int64_t all = 0;
    for (size_t i = 0; i < profile.sample_count(); i++) all += profile.values(i)[t];
    return all;
  }
  return -1;
}

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
  explicit Recording(perf_event_attr attribute) {
    attribute.size = sizeof attribute;
    bytes_.text = "PERFILE2";
    bytes_.put(uint64_t{16});
    Bytes body;
    body.put(attribute);
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

perf_event_attr clock_with(uint64_t more = 0) {
  perf_event_attr attribute = {};
  attribute.type = PERF_TYPE_SOFTWARE;
  attribute.config = PERF_COUNT_SW_CPU_CLOCK;
  attribute.sample_period = 7;
  attribute.sample_type =
      PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_PERIOD | PERF_SAMPLE_CALLCHAIN | more;
  attribute.sample_id_all = 1;
  return attribute;
}

// Each sample as "file+offset file+offset ... [thread]", leaf first.
std::string stacks(const Profile& p) {
  std::string all;
  for (size_t i = 0; i < p.sample_count(); i++) {
    for (const uint32_t l : p.stack(i)) {
      const Location& location = p.locations()[l];
      char place[64];
      if (location.mapping == kNoIndex) {
        std::snprintf(place, sizeof place, "?%lx ", location.address);
      } else {
        const Mapping& mapping = p.mappings()[location.mapping];
        std::snprintf(place, sizeof place, "%.20s+%lx ", std::string(p.string(mapping.file)).c_str(),
                      location.address - mapping.start);
      }
      all += place;
    }
    for (const Label& label : p.labels(i)) {
      if (p.string(label.key) == "thread") all += "[" + std::string(p.string(label.str)) + "]";
    }
    all += "\n";
  }
  return all;
}

}  // namespace

TEST_CASE("recordings of perf 6.1: samples and periods are those of perf report") {
  const struct {
    const char* name;
    const char* type;
    int64_t samples, period;
  } cases[] = {
      {"fp", "cpu", 10, 101010100},          {"dwarf", "cpu", 3, 61224489},
      {"zstd", "cpu", 12, 121212120},        {"pipe", "cpu", 12, 121212120},
      {"multi", "page-faults", 5, 1984},     {"multi", "context-switches", 21, 49},
      {"multi", "cpu-clock", 10, 101010100},
  };
  for (const auto& c : cases) {
    INFO(c.name << " " << c.type);
    const Profile profile = recorded(std::string(c.name) + ".data");
    const bool is_one = profile.sample_types().size() == 2;
    CHECK(sum(profile, is_one ? "samples" : std::string("samples:") + c.type) == c.samples);
    CHECK(sum(profile, c.type) == c.period);
    CHECK(test::golden(std::string("perf/") + c.name + ".txt", test::describe(profile)) == "");
  }
}

TEST_CASE("the kernel's part of a stack, and what is an address of a call") {
  Recording made(clock_with());
  made.map(1, 0x1000, 0x1000, 0, "/bin/a", 0);
  made.name(1, 1, "a", 0);
  made.sample(
      1, 5, {PERF_CONTEXT_KERNEL, 0xffffffff81000010, 0xffffffff81000020, PERF_CONTEXT_USER, 0x1100, 0x1200},
      {}, PERF_RECORD_MISC_KERNEL);
  const auto profile = made.read();
  REQUIRE(profile);
  CHECK(stacks(*profile) ==
        "[kernel.kallsyms]+7fffffff81000010 [kernel.kallsyms]+7fffffff8100001f /bin/a+100 /bin/a+1ff [a]\n");
  CHECK(profile->string(profile->mappings()[0].file) == "/bin/a");  // the program comes first
}

TEST_CASE("records count in the order of their times: forks, execs and mappings of processes") {
  Recording made(clock_with());
  made.sample(1, 30,
              {PERF_CONTEXT_USER, 0x1100});  // written first by another CPU, but later than the mapping
  made.map(1, 0x1000, 0x1000, 0, "/bin/a", 10);
  made.name(1, 1, "a", 10);
  made.fork(2, 1, 2, 1, 40);
  made.sample(2, 41, {PERF_CONTEXT_USER, 0x1100});
  made.name(2, 2, "b", 50, true);
  made.sample(2, 51, {PERF_CONTEXT_USER, 0x1100});  // exec forgot what was mapped
  made.map(2, 0x9000, 0x1000, 0, "/bin/b", 52);
  made.sample(2, 53, {PERF_CONTEXT_USER, 0x9100});
  made.map(2, 0x9000, 0x80, 0x40, "/lib/c", 54);  // over the first part of it
  made.sample(2, 55, {PERF_CONTEXT_USER, 0x9010, 0x9100});
  const auto profile = made.read();
  REQUIRE(profile);
  CHECK(stacks(*profile) ==
        "/bin/a+100 [a]\n/bin/a+100 [a]\n?1100 [b]\n/bin/b+100 [b]\n/lib/c+10 /bin/b+7f [b]\n");
}

TEST_CASE("the same code is one location wherever processes have it") {
  Recording made(clock_with());
  made.map(1, 0x1000, 0x1000, 0x2000, "/bin/a", 0);
  made.map(2, 0x5000, 0x1000, 0x2000, "/bin/a", 0);
  made.sample(1, 1, {PERF_CONTEXT_USER, 0x1100});
  made.sample(2, 2, {PERF_CONTEXT_USER, 0x5100});
  const auto profile = made.read();
  REQUIRE(profile);
  CHECK(profile->locations().size() == 1);
  CHECK(profile->mappings().size() == 1);
}

TEST_CASE("stacks of the processor's branch records") {
  perf_event_attr attribute = clock_with(PERF_SAMPLE_BRANCH_STACK);
  attribute.branch_sample_type = PERF_SAMPLE_BRANCH_CALL_STACK;
  Recording made(attribute);
  made.map(1, 0x1000, 0x1000, 0, "/bin/a", 0);
  made.sample(1, 1, {PERF_CONTEXT_USER, 0x1300}, {0x1200, 0x1300, 0, 0x1100, 0x1200, 0});
  const auto profile = made.read();
  REQUIRE(profile);
  CHECK(stacks(*profile) == "/bin/a+300 /bin/a+200 /bin/a+100 \n");
}

TEST_CASE("perf.data that is cut anywhere is a profile or an error") {
  for (const char* name : {"fp.data", "multi.data", "zstd.data"}) {
    const std::string whole = test::read(test::testdata(std::string("perf/") + name));
    size_t read = 0;
    for (size_t size = 8; size < whole.size(); size += 13) {
      const auto profile = perf::read_perf_data(std::string_view(whole).substr(0, size), {name, 0, false});
      read += profile.has_value();
      if (!profile) CHECK_THAT(profile.error().message(), Contains(std::string("cannot read ") + name));
    }
    CHECK(read > 0);
  }
  CHECK_THAT(perf::read_perf_data("2ELIFREP12345678", {"x", 0, false}).error().message(),
             Contains("other byte order"));
}
