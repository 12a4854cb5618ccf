// perf.data: committed recordings against what `perf report` counts, and recordings made up here for what no
// event of a virtual machine has.
#include "libprof/perf/perf_data.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "libprof/perf/directory.h"
#include "libprof/unwind/elf_file.h"
#include "tests/support/files.h"
#include "tests/support/profile.h"
#include "tests/unit/perf/recording.h"

using namespace prof;
using Catch::Matchers::Contains;
using test::clock_with;
using test::Recording;

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

TEST_CASE(
    "a thousand children of a process with many mappings have them all, and so has it: they lost them") {
  const bool is_child_mapping = GENERATE(true, false);
  Recording made(clock_with());
  constexpr uint32_t kParent = 1, kChildren = 1000;
  uint64_t time = 1;
  for (uint64_t i = 0; i < 300; i++)
    made.map(kParent, 0x7f0000000000 + i * 0x10000, 0x1000, 0, "/bin/a", time++);
  for (uint32_t child = 2; child < 2 + kChildren; child++) {
    const uint32_t user = is_child_mapping ? child : kParent;
    made.fork(child, kParent, child, kParent, time++);
    made.map(user, 0x1000000 + uint64_t{child} * 0x1000, 0x1000, 0, "/bin/b", time++);
    made.sample(user, time++, {PERF_CONTEXT_USER, 0x7f0000050100});
  }
  const auto profile = made.read();
  REQUIRE(profile);
  REQUIRE(profile->locations().size() == 1);
  CHECK(profile->locations()[0].mapping != kNoIndex);
  CHECK(profile->warnings.empty());
}

TEST_CASE(
    "where forks and mappings in turn are too many, children miss the last mappings, and that is told") {
  Recording made(clock_with());
  uint64_t time = 1;
  constexpr uint32_t kFirst = 2000, kForks = 4000;
  for (uint32_t i = 0; i < kFirst + kForks; i++) {
    made.map(1, 0x7f0000000000 + uint64_t{i} * 0x10000, 0x1000, 0, "/bin/a", time++);
    if (i >= kFirst) made.fork(i, 1, i, 1, time++);
  }
  // Of the last child the first mapping, of its parent all.
  made.sample(kFirst + kForks - 1, time++, {PERF_CONTEXT_USER, 0x7f0000000100});
  for (uint32_t i = 0; i < kFirst + kForks; i++)
    made.sample(1, time++, {PERF_CONTEXT_USER, 0x7f0000000100 + uint64_t{i} * 0x10000});
  const auto profile = made.read();
  REQUIRE(profile);
  for (const Location& location : profile->locations()) REQUIRE(location.mapping != kNoIndex);
  REQUIRE(profile->warnings.size() == 1);
  CHECK_THAT(profile->warnings[0], Contains(" processes began without what their parents had mapped last"));
}

TEST_CASE("mappings of a child hide its parent's, in part, and are the child's alone") {
  Recording made(clock_with());
  made.map(1, 0x1000, 0x3000, 0, "/bin/a", 1);
  made.fork(2, 1, 2, 1, 2);
  made.map(2, 0x2000, 0x1000, 0, "/bin/b", 3);
  made.fork(3, 2, 3, 2, 4);
  made.map(2, 0x2000, 0x1000, 0, "/bin/c", 5);
  uint64_t time = 6;
  for (const uint32_t pid : {1, 2, 3}) made.sample(pid, time++, {PERF_CONTEXT_USER, 0x1010, 0x2011, 0x3011});
  const auto profile = made.read();
  REQUIRE(profile);
  CHECK(stacks(*profile) ==
        "/bin/a+10 /bin/a+1010 /bin/a+2010 \n/bin/a+10 /bin/c+10 /bin/a+2010 \n"
        "/bin/a+10 /bin/b+10 /bin/a+2010 \n");
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

TEST_CASE("a recording none of whose samples is in the program was called by the kernel's name") {
  Recording made(clock_with());
  made.map(1, 0x1000, 0x1000, 0x2000, "/bin/a", 0);
  made.map(1, 0x5000, 0x1000, 0, "/lib/ld.so", 0);
  made.sample(1, 1, {PERF_CONTEXT_KERNEL, 0xffffffff81000000, PERF_CONTEXT_USER, 0x5100});
  const auto profile = made.read();
  REQUIRE(profile);
  REQUIRE(profile->mappings().size() == 3);
  const Mapping& first = profile->mappings()[0];
  CHECK(profile->string(first.file) == "/bin/a");
  CHECK(first.start == 0x1000);
  CHECK(first.limit == 0x2000);
  CHECK(first.offset == 0x2000);
  CHECK(stacks(*profile) == "[kernel.kallsyms]+7fffffff81000000 /lib/ld.so+100 \n");
}

TEST_CASE("code made at run time is in its process's perf map: it was in //anon, which nothing names") {
  Recording made(clock_with());
  for (const uint32_t pid : {1, 2}) {
    made.map(pid, 0x1000, 0x1000, 0, "/bin/node", 0);
    made.map(pid, 0x5000, 0x1000, 0, "//anon", 0);
    made.map(pid, 0x7000, 0x1000, 0, "//anon", 0);
    made.sample(pid, 1, {PERF_CONTEXT_USER, 0x5100, 0x7101, 0x1101});
  }
  made.map(3, 0x5000, 0x1000, 0, "/dev/zero (deleted)", 0);
  made.map(3, 0x7000, 0x1000, 0, "/bin/late", 0);
  made.sample(3, 2, {PERF_CONTEXT_USER, 0x5100});
  const auto profile = made.read();
  REQUIRE(profile);
  std::string places;
  for (const Location& l : profile->locations()) {
    char place[64];
    const std::string file(profile->string(profile->mappings()[l.mapping].file));
    std::snprintf(place, sizeof place, "%s %lx\n", file.c_str(), l.address);
    places += place;
  }
  CHECK(places ==
        "/tmp/perf-1.map 5100\n/tmp/perf-1.map 7100\n/bin/node 1100\n"
        "/tmp/perf-2.map 5100\n/tmp/perf-2.map 7100\n/tmp/perf-3.map 5100\n");
  CHECK(profile->string(profile->mappings()[0].file) == "/bin/node");  // the program
}

TEST_CASE("what perf lost was counted twice: by the kernel on the way, by perf at the end") {
  const auto dropped = [](std::vector<std::pair<uint32_t, uint64_t>> losses) {
    Recording made(clock_with());
    for (const auto& [type, count] : losses) {
      prof::test::Bytes body;
      if (type == PERF_RECORD_LOST) body.put(uint64_t{1});
      made.record(type, 0, body.put(count, uint32_t{1}, uint32_t{1}, uint64_t{1}));
    }
    const auto profile = made.read();
    REQUIRE(profile);
    return std::string(profile->string(profile->comments.back()));
  };
  CHECK(dropped({{PERF_RECORD_LOST, 20}, {PERF_RECORD_LOST, 3}, {PERF_RECORD_LOST_SAMPLES, 23}}) ==
        "dropped: 23 records (perf's buffer was full)");
  CHECK(dropped({{PERF_RECORD_LOST_SAMPLES, 5}}) == "dropped: 5 records (perf's buffer was full)");
  CHECK(dropped({{PERF_RECORD_LOST, 4}}) == "dropped: 4 records (perf's buffer was full)");
}

TEST_CASE("a directory of perf record --threads is one recording: the samples in its parts were lost") {
  Recording data(clock_with());
  data.map(1, 0x1000, 0x1000, 0, "/bin/a", 1);
  const size_t header = Recording(clock_with()).bytes().size();
  Recording first(clock_with()), second(clock_with());
  first.sample(1, 2, {PERF_CONTEXT_USER, 0x1100});
  first.sample(1, 0, {PERF_CONTEXT_USER, 0x1100});
  second.sample(1, 3, {PERF_CONTEXT_USER, 0x1200});
  test::TempDir directory;
  CHECK_FALSE(perf::is_perf_directory(directory.file("")));
  test::write(directory.file("data"), data.bytes());
  // The others of a directory in which one is called `data` were lost.
  CHECK_FALSE(perf::is_perf_directory(directory.file("")));
  test::write(directory.file("data.0"), first.bytes().substr(header));
  test::write(directory.file("data.10"), second.bytes().substr(header));
  test::write(directory.file("data.old"), "no part of it");
  CHECK(perf::is_perf_directory(directory.file("")));
  const auto profile = perf::read_perf_directory(directory.file(""));
  REQUIRE(profile);
  CHECK(stacks(*profile) == "?1100 \n/bin/a+100 \n/bin/a+200 \n");
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

TEST_CASE("perf record --user-regs: the kernel's stacks were thrown away, and samples with them") {
  constexpr int kAx = 0, kIp = 8;  // perf's numbers
  const auto stacks_with = [](uint64_t more, std::initializer_list<int> registers,
                              const std::vector<uint64_t>& chain) {
    perf_event_attr attribute = clock_with(PERF_SAMPLE_REGS_USER | more);
    for (const int i : registers) attribute.sample_regs_user |= uint64_t{1} << i;
    Recording made(attribute);
    made.map(1, 0x1000, 0x1000, 0, "/bin/a", 0);
    test::Bytes body;
    body.put(uint64_t{0x1300}, uint32_t{1}, uint32_t{1}, uint64_t{1}, uint64_t{7}, uint64_t{chain.size()});
    for (const uint64_t word : chain) body.put(word);
    body.put(uint64_t{PERF_SAMPLE_REGS_ABI_64});
    for (size_t i = 0; i < registers.size(); i++) body.put(uint64_t{0x1400});
    if (more != 0) body.put(uint64_t{0});  // none of the stack
    made.record(PERF_RECORD_SAMPLE, PERF_RECORD_MISC_USER, body);
    const auto profile = made.read();
    return profile ? stacks(*profile) : profile.error().message();
  };
  const std::vector<uint64_t> chain = {PERF_CONTEXT_USER, 0x1300, 0x1201};
  CHECK(stacks_with(0, {kAx, kIp}, chain) == "/bin/a+300 /bin/a+200 \n");
  CHECK(stacks_with(0, {kAx}, chain) == "/bin/a+300 /bin/a+200 \n");
  CHECK(stacks_with(PERF_SAMPLE_STACK_USER, {kAx, kIp}, {}) == "/bin/a+400 \n");
  CHECK(stacks_with(PERF_SAMPLE_STACK_USER, {kAx}, {}) == "/bin/a+300 \n");
}

TEST_CASE("what a recording names as a program may be a pipe: reading it waited for a writer") {
  const test::TempDir directory;
  const std::string pipe = directory.file("app");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(unwind::ElfFile::open(pipe) == nullptr);
}

TEST_CASE("a group's counters: only the leader's samples counted, and each as its usual period") {
  perf_event_attr leader = clock_with(PERF_SAMPLE_READ | PERF_SAMPLE_IDENTIFIER);
  leader.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_ID | PERF_FORMAT_TOTAL_TIME_ENABLED;
  perf_event_attr member = leader;
  member.config = PERF_COUNT_SW_PAGE_FAULTS;
  Recording made(leader, {11, 12});
  made.event(member, {21, 22});
  const auto sample = [&](uint64_t time, uint64_t ip, const std::vector<uint64_t>& id_value_pairs) {
    test::Bytes body;
    body.put(uint64_t{11}, ip, uint32_t{1}, uint32_t{1}, time, uint64_t{7}, id_value_pairs.size() / 2,
             uint64_t{99});
    for (size_t i = 0; i < id_value_pairs.size(); i += 2) body.put(id_value_pairs[i + 1], id_value_pairs[i]);
    made.record(PERF_RECORD_SAMPLE, PERF_RECORD_MISC_USER, body.put(uint64_t{1}, ip));
  };
  sample(3, 0x1000, {11, 250, 21, 9});  // the last, though it comes first
  sample(1, 0x1000, {11, 100, 21, 4});
  sample(2, 0x2000, {11, 150, 21, 4, 77, 1});  // no page fault since; an event that the file does not have
  sample(2, 0x3000, {12, 30, 22, 2});          // another processor's counters
  sample(4, 0x4000, {11, 250, 21, 9});         // nothing counted
  const auto profile = made.read();
  REQUIRE(profile);
  CHECK(profile->sample_count() == 3);
  CHECK(sum(*profile, "samples:cpu-clock") == 4);
  CHECK(sum(*profile, "cpu-clock") == 250 + 30);
  CHECK(sum(*profile, "samples:page-faults") == 3);
  CHECK(sum(*profile, "page-faults") == 9 + 2);
}

TEST_CASE("one counter in each sample stands for what it counted since the last") {
  perf_event_attr attribute = clock_with(PERF_SAMPLE_READ);
  attribute.read_format = PERF_FORMAT_ID | PERF_FORMAT_TOTAL_TIME_RUNNING;
  attribute.inherit = 1;  // threads count for themselves
  Recording made(attribute);
  const auto sample = [&](uint32_t tid, uint64_t time, uint64_t value) {
    test::Bytes body;
    body.put(uint64_t{0x1000}, uint32_t{1}, tid, time, uint64_t{7}, value, uint64_t{99}, uint64_t{5});
    made.record(PERF_RECORD_SAMPLE, PERF_RECORD_MISC_USER, body.put(uint64_t{1}, uint64_t{0x1000}));
  };
  sample(1, 1, 100);
  sample(2, 2, 30);
  sample(1, 3, 150);
  const auto profile = made.read();
  REQUIRE(profile);
  CHECK(sum(*profile, "cpu") == 180);
}

TEST_CASE("perf record -a: its dummy event made two of one, and no sample type was called cpu") {
  perf_event_attr dummy = clock_with();
  dummy.config = PERF_COUNT_SW_DUMMY;
  const struct {
    std::vector<perf_event_attr> events;
    size_t types;
    int64_t cpu;
  } cases[] = {{{clock_with(), dummy}, 2, 7}, {{dummy, clock_with()}, 2, 0}, {{dummy}, 2, -1}};
  for (const auto& c : cases) {
    Recording made(c.events[0]);
    if (c.events.size() > 1) made.event(c.events[1]);
    made.sample(1, 1, {PERF_CONTEXT_USER, 0x1000});  // of the first event: there are no ids
    const auto profile = made.read();
    REQUIRE(profile);
    CHECK(profile->sample_types().size() == c.types);
    CHECK(sum(*profile, "cpu") == c.cpu);
    CHECK(profile->period == 7);
  }
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
