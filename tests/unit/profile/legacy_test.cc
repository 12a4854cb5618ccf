// The formats before profile.proto: what each says, in all its variants, and what is said of broken ones.
#include <catch2/catch.hpp>

#include "libprof/profile/codec.h"
#include "libprof/profile/legacy/legacy.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

using namespace prof;
using Catch::Matchers::Contains;

namespace {

// "type/unit ...; value value: address address; ...", as far as a legacy file fills a profile.
std::string text_of(const Profile& p) {
  std::string text;
  for (const ValueType type : p.sample_types()) {
    text += std::string(p.string(type.type)) + "/" + std::string(p.string(type.unit)) + " ";
  }
  for (size_t i = 0; i < p.sample_count(); i++) {
    text += ";";
    for (const int64_t value : p.values(i)) text += " " + std::to_string(value);
    text += ":";
    for (const uint32_t l : p.stack(i)) {
      const auto lines = p.lines(p.locations()[l]);
      text += " " + (lines.empty() ? std::to_string(p.locations()[l].address)
                                   : std::string(p.string(p.functions()[lines[0].function].name)));
    }
  }
  return text;
}

std::string cpu(std::initializer_list<uint64_t> words, size_t size, bool is_big) {
  std::string bytes;
  for (const uint64_t word : words) {
    for (size_t i = 0; i < size; i++) {
      const size_t shift = 8 * (is_big ? size - 1 - i : i);
      bytes += static_cast<char>(word >> shift);
    }
  }
  return bytes;
}

Profile decode(const std::string& bytes) {
  auto profile = decode_profile(bytes, {"x.prof", 0});
  INFO((profile ? "" : profile.error().message()));
  REQUIRE(profile);
  return std::move(*profile);
}

std::string error_of(const std::string& bytes) {
  const auto profile = decode_profile(bytes, {"x.prof", 0});
  REQUIRE_FALSE(profile);
  return profile.error().message();
}

}  // namespace

TEST_CASE("CPU words of either size and byte order, return addresses in the call") {
  for (const size_t size : {4, 8}) {
    for (const bool is_big : {false, true}) {
      INFO(size << (is_big ? " big" : " little"));
      const std::string bytes = cpu({0, 3, 0, 2000, 0,              //
                                     2, 3, 0x1000, 0x2000, 0x3000,  //
                                     1, 3, 0x1004, 0x2008, 0x3000,  //
                                     0, 1, 0},
                                    size, is_big) +
                                "1000-4000 r-xp 00000000 08:01 7 /bin/app\n";
      const Profile p = decode(bytes);
      CHECK(text_of(p) ==
            "samples/count cpu/nanoseconds ; 2 4000000: 4096 8191 12287; 1 2000000: 4100 8199 12287");
      CHECK(p.period == 2000000);
      REQUIRE(p.mappings().size() == 1);
      CHECK(p.string(p.mappings()[0].file) == "/bin/app");
    }
  }
}

TEST_CASE("a CPU profile that was cut within a sample was refused: it is read up to there, with a warning") {
  const std::string whole = cpu({0, 3, 0, 1000, 0, 2, 1, 0x1000}, 8, false);
  const std::string next = cpu({1, 3, 0x1004, 0x2008, 0x3000}, 8, false);
  for (size_t size = 1; size < next.size(); size++) {
    INFO(size);
    const Profile p = decode(whole + next.substr(0, size));
    CHECK(text_of(p) == "samples/count cpu/nanoseconds ; 2 2000000: 4096");
    REQUIRE(p.warnings.size() == 1);
    CHECK(p.warnings[0] ==
          "the profile is cut short: the sample at byte 64 is left out, and what was behind it");
  }
  CHECK(decode(whole).warnings.empty());
}

TEST_CASE("stacks of threads that were cut within an address ended in one that nobody had") {
  const std::string whole = "--- threadz 1 ---\n--- Thread 7f01 (name: a/1) stack: ---\n 0x10\n";
  const std::string next = " 0x7f0011";
  for (size_t size = 3; size <= next.size(); size++) {
    INFO(size);
    const Profile p = decode(whole + next.substr(0, size));
    CHECK(text_of(p) == "thread/count ; 1: 16");
    REQUIRE(p.warnings.size() == 1);
    CHECK(p.warnings[0] == "the profile is cut short: the address at byte " +
                               std::to_string(whole.size() + 1) + " is left out");
  }
  // A thread that has no other address is not the one before it once more.
  const Profile p = decode(whole + "--- Thread 7f02 (name: b/2) stack: ---\n 0x1");
  CHECK(text_of(p) == "thread/count ; 1: 16");
  CHECK(decode(whole).warnings.empty());
  CHECK(decode(whole + " 0x21: main").warnings.empty());
}

TEST_CASE("the signal handler's frame and a leaf that is there twice are left out") {
  std::string handler = cpu({0, 3, 0, 1000, 0}, 8, false), twice = handler;
  for (uint64_t i = 0; i < 40; i++) handler += cpu({1, 3, 0x1000 + i, 0x9000, 0x2000 + i}, 8, false);
  for (const uint64_t leaf : {0x1000, 0x1100}) twice += cpu({1, 3, leaf, leaf, 0x2000 + leaf}, 8, false);
  CHECK_THAT(text_of(decode(handler + cpu({0, 1, 0}, 8, false))), Contains("; 1 1000000: 4096 8191;"));
  CHECK_THAT(text_of(decode(twice)), Contains("; 1 1000000: 4096 12287; 1 1000000: 4352 12543"));
}

TEST_CASE("legacy text: every format and version") {
  const struct {
    const char* bytes;
    const char* text;
  } cases[] = {
      {"heap profile: 1: 1024 [1: 1024] @ heap_v2/1\n1: 1024 [1: 1024] @ 0x11 0x21\n",
       "objects/count space/bytes ; 1 1024: 16 32"},
      {"heap profile: 1: 1024 [3: 4096] @ heapz_v2/524288\n 1: 1024 [3: 4096] @ 0x11\n",
       "alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes "
       "; 1153 1574912 512 524800: 16"},
      {"heap profile: 2: 64 [2: 64] @ heapprofile\n2: 64 [2: 64] @ 0x11\n",
       "objects/count space/bytes ; 2 64: 16"},
      {"heap profile: 1: 512 [2: 1024] @ heap/2\n0: 0 [2: 1024] @ 0x11\n1: 512 [0: 0] @\n",
       "alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes "
       "; 2 1024 0 0: 16; 0 0 1 512:"},
      {"heap profile: 1: 512 [2: 1024] @ growthz\n1: 512 [2: 1024] @ 0x11\n",
       "objects/count space/bytes ; 1 512: 16"},
      {"heap profile: 1: 512 [1: 512] @ fragmentationz\n1: 512 [1: 512] @ 0x11\n",
       "objects/count space/bytes ; 1 512: 16"},
      {"heap_v2/524288\n  t*: 1: 1024 [3: 4096]\n  t0: 1: 1024 [3: 4096]\n@ 0x11 0x21\n  t*: 1: 1024 [3: "
       "4096]\n"
       "  t0: 1: 1024 [3: 4096]\n@ 0x31\n  t*: 1: 1024 [1: 1024]\n\nMAPPED_LIBRARIES:\n",
       "alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes "
       "; 1153 1574912 512 524800: 16 32; 512 524800 512 524800: 48"},
      {"heap_v2/1\n  t*: 1: 1024 [0: 0]\n@ 0x11\n  t*: 1: 1024 [0: 0]\n  t3: 1: 1024 [0: 0] worker\n",
       "objects/count space/bytes ; 1 1024: 16"},
      {"heap_v2/1\n", "objects/count space/bytes "},
      {"--- contentionz 1 ---\nsampling period = 10\n 50 2 @ 0x11 0x21\n",
       "contentions/count delay/nanoseconds ; 20 50: 16 32"},
      {"--- mutex:\ncycles/second = 2000000000\nsampling period = 10\n\n# note\n50 2 @ 0x11\n",
       "contentions/count delay/nanoseconds ; 20 250: 16"},
      {"goroutine profile: total 3\n2 @ 0x11 0x21\n#\t0x10\tmain.f+0x1\n\n1 @ 0x31\n",
       "goroutine/count ; 2: 16 32; 1: 48"},
      {"\n# a comment\nthreadcreate profile: total 1\n1 @ 0x11\n", "threadcreate/count ; 1: 16"},
      {"--- threadz 1 ---\n\n--- Thread 7f01 (name: main/1) stack: ---\n  PC: 0x10: f\n  0x21: main\n"
       "--- Thread 7f02 (name: a/b/2) stack: ---\n  [same as previous thread]\n",
       "thread/count ; 2: 16 32"},
      {"--- Thread 7f01 (name: main/1) stack: ---\n 0x11 0x21\n--- Memory map: ---\n",
       "thread/count ; 1: 17 32"},
      {"--- contentionz 1 ---\nformat = java\nresolution = us\nsampling period = 10\n"
       "5 2 @ 0x1 0x2\n0x1 a.f (A.java:3)\n0x2 b (/lib/libb.so)\n",
       "contentions/count delay/us ; 20 50: a.f b"},
      {"--- heapz 1 ---\nformat = java\nresolution = bytes\n 1073741824 1 @ 0x1\n0x1 GC\n",
       "inuse_objects/count inuse_space/bytes ; 1 1073741824: GC"},
  };
  for (const auto& c : cases) {
    INFO(c.bytes);
    CHECK(text_of(decode(c.bytes)) == c.text);
  }
}

TEST_CASE("legacy text behind white space, a blank line or words was refused where pprof reads it") {
  enum : unsigned { kSpaces = 1, kBlankLine = 2, kWord = 4 };
  const struct {
    const char* bytes;
    unsigned may_follow;
  } cases[] = {
      {"heap profile: 1: 512 [1: 512] @ heapprofile\n1: 512 [1: 512] @ 0x11\n", kSpaces | kWord},
      {"heap profile: 1: 512 [1: 512] @ growthz\n1: 512 [1: 512] @ 0x11\n", kSpaces | kWord},
      {"goroutine profile: total 3\n2 @ 0x11 0x21\n", kBlankLine},
      {"--- threadz 1 ---\n--- Thread 7f01 (name: main/1) stack: ---\n  0x10\n",
       kSpaces | kBlankLine | kWord},
      {"--- Thread 7f01 (name: main/1) stack: ---\n 0x11\n", kSpaces | kBlankLine | kWord},
      {"--- contentionz 1 ---\nsampling period = 10\n50 2 @ 0x11\n", 0},
      {"--- heapz 1 ---\nformat = java\nresolution = bytes\n 9 1 @ 0x1\n0x1 GC\n", kSpaces},
      {"--- contentionz 1 ---\nformat = java\nresolution = us\n5 2 @ 0x1\n0x1 a.f (A.java:3)\n", kSpaces},
  };
  const std::pair<unsigned, std::string> starts[] = {
      {kSpaces, " \t"}, {kBlankLine, std::string(5000, '\n')}, {kWord, "log: "}};
  for (const auto& c : cases) {
    const std::string wanted = text_of(decode(c.bytes));
    for (const auto& [kind, start] : starts) {
      INFO(c.bytes << kind);
      const auto profile = decode_profile(start + c.bytes, {"x.prof", 0});
      REQUIRE(profile.has_value() == ((c.may_follow & kind) != 0));
      if (profile) CHECK(text_of(*profile) == wanted);
    }
  }
  CHECK_THAT(text_of(decode("--- contentionz 1 ---\nsampling period = 10\n --- Memory map: ---\n")),
             Contains("contentions"));
}

TEST_CASE("jemalloc's heap profiles were refused: their totals are those of jeprof") {
  // Of a C program with 3000 small and 200 large blocks, of which it frees 1000, run with
  // MALLOC_CONF=prof:true,prof_final:true,prof_accum:true,lg_prof_sample:14 LD_PRELOAD=libjemalloc.so.2
  const std::string heap = test::source("tests/fuzz/corpus/legacy/jemalloc");
  const Profile p = decode(test::read(heap));
  CHECK(p.period == 16384);
  CHECK(p.mappings().size() == 9);
  CHECK_THAT(std::string(p.string(p.drop_frames)), Contains("|libjemalloc"));
  std::vector<int64_t> sums(p.sample_types().size());
  for (size_t i = 0; i < p.sample_count(); i++) {
    for (size_t t = 0; t < sums.size(); t++) sums[t] += p.values(i)[t];
  }
  REQUIRE(sums.size() == 4);
  if (!test::has_program("jeprof")) {
    WARN("skipped: no jeprof on PATH");
    return;
  }
  const char* const kinds[] = {"--alloc_objects", "--alloc_space", "--inuse_objects", "--inuse_space"};
  for (size_t t = 0; t < sums.size(); t++) {
    INFO(kinds[t]);
    const auto out = test::run({"jeprof", "--text", "--show_bytes", kinds[t], "/bin/true", heap}).out;
    REQUIRE(out.starts_with("Total: "));
    // It adds fractions up.
    CHECK(std::abs(std::stoll(out.substr(7)) - sums[t]) <= static_cast<int64_t>(p.sample_count()));
  }
}

TEST_CASE("memory maps: the forms of a line, names, log prefixes, the program first") {
  const Profile p = decode(
      "goroutine profile: total 1\n1 @ 0x400101 0x7f0000000101 0x600101\n--- Memory map: ---\n"
      "build=/out/bin\nlib = $build/lib\n"
      "7f0000000000-7f0000001000: $lib/libc.so.6\n"
      "I1123 12:00:00 map.cc:12] 0x400000-0x401000 r-xp $build/app (@0) abc123\n"
      "00500000-00501000 rw-p 00001000 08:01 77 /data\n"
      "00600000-00601000 r-xp 00002000 08:01 77 /opt/x.so\n"
      "00601000-00602000 r-xp 00003000 08:01 77 /opt/x.so\n");
  REQUIRE(p.mappings().size() == 3);
  const auto file = [&](size_t i) { return std::string(p.string(p.mappings()[i].file)); };
  CHECK(file(0) == "/out/bin/app");
  CHECK(p.string(p.mappings()[0].build_id) == "abc123");
  CHECK(file(1) == "/out/bin/lib/libc.so.6");
  CHECK(file(2) == "/opt/x.so");
  CHECK(p.mappings()[2].limit == 0x602000);
  CHECK(p.mappings()[2].offset == 0x2000);
  CHECK(p.locations()[0].mapping == 0);
  CHECK(p.locations()[1].mapping == 1);
  CHECK(p.locations()[2].mapping == 2);
}

TEST_CASE("an address in no mapping gets one that has all addresses") {
  const Profile p = decode("goroutine profile: total 1\n1 @ 0x11\n");
  REQUIRE(p.mappings().size() == 1);
  CHECK(p.mappings()[0].limit == UINT64_MAX);
  CHECK(p.locations()[0].mapping == 0);
}

TEST_CASE("broken legacy profiles: the error names the line or the byte") {
  const struct {
    std::string bytes;
    const char* message;
  } cases[] = {
      {"heap profile: 1: 2 [1: 2] @ heap_v2/1\n1: 2 [1: 2] @ 0x1\n\nnonsense\n",
       "cannot read x.prof: its legacy heap profile is malformed: line 4 `nonsense`: it is no"},
      {"heap profile: 1: 2 [1: 2] @ heap_v2/1\n0: 2 [1: 2] @ 0x1\n",
       "line 2 `0: 2 [1: 2] @ 0x1`: it has bytes"},
      {"heap profile: 1: 2 [1: 2] @ heap_v2/1\n1: 2 [1: 2] @ 0x12345678901234567\n", "more than 64 bits"},
      {"--- contentionz 1 ---\nsampling period = ten\n",
       "line 2 `sampling period = ten`: its value is no number"},
      {"--- contentionz 1 ---\nhumidity = 10\n", "no contention profile has such an attribute"},
      {"--- contentionz 1 ---\n1 @ 0x1\n", "line 2 `1 @ 0x1`: it is no `delay count @ stack`"},
      {"heap_v2/1\n@ 0x1\nt*: 0: 2 [0: 0]\n", "line 3 `t*: 0: 2 [0: 0]`: it has bytes in no objects"},
      {"heap_v2/1\n@ 0x1\n1: 2 [0: 0]\n",
       "legacy jemalloc profile is malformed: line 3 `1: 2 [0: 0]`: it is neither"},
      {"goroutine profile: total 1\none @ 0x1\n", "legacy count profile is malformed: line 2"},
      {"--- threadz 1 ---\n-- no thread\n", "line 2 `-- no thread`: it does not name a thread"},
      {"--- heapz 1 ---\nformat = java\n", "it does not say its resolution"},
      {"--- heapz 1 ---\nresolution = b\n5 0 @ 0x1\n", "line 3 `5 0 @ 0x1`: it has bytes in no objects"},
      {cpu({0, 3, 0, 1, 0, 1, 99999, 1, 2}, 8, false),
       "the sample at byte 40 has 99999 frames, more than the file"},
  };
  for (const auto& c : cases) {
    INFO(c.message);
    CHECK_THAT(error_of(c.bytes), Contains(c.message));
  }
}

TEST_CASE("names that stand for each other do not grow without end") {
  std::string bytes = "goroutine profile: total 1\n1 @ 0x11\n--- Memory map: ---\na0=xxxxxxxxxxxxxxxx\n";
  for (int i = 1; i < 100; i++) {
    const std::string last = "$a" + std::to_string(i - 1) + ";";
    bytes += "a" + std::to_string(i) + ";=" + last + last + "\n";
  }
  bytes.replace(bytes.find("a0="), 3, "a0;=");
  CHECK_THAT(error_of(bytes), Contains("it is too long for a line of a memory map"));
}
