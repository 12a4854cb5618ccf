#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <protozero/pbf_writer.hpp>

#include "libprof/profile/codec.h"
#include "libprof/profile/compress.h"
#include "libprof/profile/schema.h"
#include "tests/support/files.h"
#include "tests/support/profile.h"

using namespace prof;
using Catch::Matchers::Contains;

namespace {

using protozero::pbf_writer;

// A message of number fields: {field, value} ...
std::string message(std::initializer_list<std::pair<uint32_t, uint64_t>> fields) {
  std::string bytes;
  pbf_writer writer(bytes);
  for (const auto& [field, value] : fields) writer.add_uint64(field, value);
  return bytes;
}

// A profile of one sample type and the given parts, before its strings.
std::string profile_of(std::initializer_list<std::pair<uint32_t, std::string>> parts,
                       std::vector<std::string> strings = {"", "cpu", "ns"}) {
  std::string bytes;
  pbf_writer writer(bytes);
  writer.add_message(schema::kSampleType, message({{1, 1}, {2, 2}}));
  for (const auto& [field, part] : parts) writer.add_message(field, part);
  for (const auto& text : strings) writer.add_string(schema::kStringTable, text);
  return bytes;
}

std::string error_of(const std::string& bytes) {
  const auto profile = decode_profile(bytes, {"x.prof", 0});
  REQUIRE_FALSE(profile);
  return profile.error().message();
}

std::string bare() { return std::string(decompress(encode_profile(test::everything()), 1 << 20)->view()); }

}  // namespace

TEST_CASE("malformed profiles: the error names the field, where it is and what is wrong") {
  const auto location = message({{schema::location::kId, 1}});
  const struct {
    const char* what;
    std::string bytes;
    const char* message;
  } cases[] = {
      {"sample names a location that is not there",
       profile_of({{schema::kSample, message({{1, 9}, {2, 1}})}}),
       "its field `sample` at byte 6 is malformed: it names location 9, which does not exist"},
      {"too few values", profile_of({{schema::kLocation, location}, {schema::kSample, message({{1, 1}})}}),
       "`sample` at byte 10 is malformed: it has 0 values for 1 sample types"},
      {"too many values",
       profile_of({{schema::kLocation, location}, {schema::kSample, message({{1, 1}, {2, 3}, {2, 4}})}}),
       "it has 2 values for 1 sample types"},
      {"location id 0", profile_of({{schema::kLocation, message({{3, 16}})}}),
       "`location` at byte 6 is malformed: its id is 0"},
      {"location id twice", profile_of({{schema::kLocation, location}, {schema::kLocation, location}}),
       "`location` at byte 10 is malformed: its id 1 was seen before"},
      {"mapping that is not there",
       profile_of({{schema::kLocation, message({{1, 1}, {schema::location::kMappingId, 5}})}}),
       "it names mapping 5, which does not exist"},
      {"function id twice",
       profile_of({{schema::kFunction, message({{1, 1}})}, {schema::kFunction, message({{1, 1}})}}),
       "`function` at byte 10 is malformed: its id 1 was seen before"},
      {"mapping id 0", profile_of({{schema::kMapping, message({{2, 1}})}}), "`mapping` at byte 6"},
      {"string out of range", profile_of({{schema::kFunction, message({{1, 1}, {2, 99}})}}),
       "`function` at byte 6 is malformed: it names string 99 of 3"},
      {"negative string", profile_of({{schema::kFunction, message({{1, 1}, {2, ~uint64_t{0}}})}}),
       "it names string -1 of 3"},
      {"first string not empty", profile_of({}, {"cpu", "cpu", "ns"}),
       "`string_table` at byte 6 is malformed: the first string must be empty"},
      {"a number where a message must be", message({{schema::kSample, 1}}),
       "`sample` at byte 0 is malformed: its field 2 is not a message or text"},
      {"no sample type", message({{schema::kPeriod, 1}}), "cannot read x.prof: it names no sample type"},
      {"a length past the end", std::string("\x12\x7f\x01", 3),
       "`sample` at byte 0 is malformed: it is cut short"},
      // These passed for fields of one byte, and of none.
      {"a length of 2^32 + 1", std::string("\x12\x81\x80\x80\x80\x10\x01", 7),
       "`sample` at byte 0 is malformed: it is cut short"},
      {"a length of 2^32 of a field that is skipped", std::string("\x82\x01\x80\x80\x80\x80\x10", 7),
       "at byte 0 is malformed: it is cut short"},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    CHECK_THAT(error_of(c.bytes), Contains(c.message));
  }
}

TEST_CASE("files that are no profile are told apart") {
  const struct {
    std::string bytes;
    const char* message;
  } cases[] = {
      {"", "cannot read x.prof: it is empty"},
      {"hello, world\n",
       "it is text, not a pprof profile: `hello, world`; what can be read: files of `prof record` and other "
       "pprof "
       "writers, perf.data, the text of `perf script`, folded stacks"},
      {"PERFILE2........", "it is a perf.data file, packed"},
      {std::string("go 1.26 trace\0\0\0\xa5", 17),
       "execution trace of Go, not a pprof profile; make one of it"},
      {"\x7f"
       "ELF\x02\x01\x01",
       "it is a program or library"},
      {gzip("hello, world\n"), "it is text, not a pprof profile"},
      {gzip(""), "it is empty"},
      {"gmon\x01" + std::string(20, '\0'), "it is gprof's gmon.out"},
      {std::string("SQLite format 3\0\x10", 17), "it is an SQLite database"},
      {"stacks.folded" + std::string(244, '\0') + "ustar  " + std::string(248, '\0') + "main;parse 12\n",
       "it is a tar archive"},
      {gzip(std::string("a.prof") + std::string(251, '\0') + "ustar  "), "it is a tar archive"},
      {"# callgrind format\nversion: 1\n", "Valgrind's callgrind"},
      {"desc: (none)\ncmd: ./v\ntime_unit: i\n#-----------\nsnapshot=0\n", "Valgrind's massif"},
      {"desc: I1 cache: 32768 B, 64 B\n", "Valgrind's cachegrind"},
      {"{\"dhatFileVersion\":2\n", "Valgrind's DHAT"},
      {"v 10400 3\nx /usr/bin/app\nX app\n", "it is a recording of heaptrack"},
      {"{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\"}",
       "it is a file of speedscope's"},
      {"{\"nodes\":[{\"id\":1,\"callFrame\":{\"functionName\":\"(root)\"}}]}",
       "it is a profile of Chrome or Node.js"},
      {gzip("{\"meta\":{\"version\":24}}"), "Firefox Profiler"},
      {"{\"displayTimeUnit\":\"ms\",\"traceEvents\":[]}", "trace events"},
      {"v8-version,11,3,244,8,-node.38,0\n", "log of V8's own profiler"},
      {"@[\n    foo+12\n    bar+4\n]: 12\n", "what bpftrace prints"},
      {"# To display the perf.data header info, please use --header\n#\n", "it is the text of `perf report`"},
      {"{\"a\": 1}", "it is text, not a pprof profile"},
      {"\x1f\x8b garbage", "its gzip data is corrupt"},
      {std::string("\x28\xb5\x2f\xfd garbage"), "its zstd data is corrupt"},
  };
  for (const auto& c : cases) {
    INFO(c.message);
    CHECK_THAT(error_of(c.bytes), Contains(c.message));
  }
}

TEST_CASE("stacks whose first function is called like another file's first bytes are stacks") {
  for (const char* stacks :
       {"BZhang;main 12\n", "gmon_init;main 3\n", "go 1.run;main 3\n", "v 10;main 3\n"}) {
    INFO(stacks);
    CHECK(decode_profile(stacks));
  }
}

TEST_CASE("a gzipped profile cut anywhere is an error") {
  const std::string whole = encode_profile(test::everything());
  for (size_t size = 0; size < whole.size(); size++) {
    INFO(size);
    CHECK_FALSE(decode_profile(whole.substr(0, size)));
  }
  CHECK_THAT(error_of(whole.substr(0, whole.size() / 2)), Contains("its gzip data is cut short"));
}

TEST_CASE("what followed a whole gzip member and was damaged was left out without a word") {
  const std::string member = encode_profile(test::everything());
  std::string damaged = member;
  damaged[0] = '\x1e';
  REQUIRE(decode_profile(member + std::string(512, '\0')));
  for (const std::string& behind : {damaged, std::string("garbage"), std::string(511, '\0') + 'x'}) {
    CHECK_THAT(error_of(member + behind), Contains("its gzip data is corrupt"));
  }
}

TEST_CASE("a bare profile cut or with any byte changed is a profile or an error") {
  const std::string whole = bare();
  size_t errors = 0;
  for (size_t i = 0; i < whole.size(); i++) {
    errors += !decode_profile(whole.substr(0, i));
    for (const char bit : {1, 2, 16, -128}) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ bit);
      const auto profile = decode_profile(changed);
      if (!profile) CHECK_FALSE(profile.error().what.empty());
    }
  }
  CHECK(errors > whole.size() / 2);
}

TEST_CASE("a gzip bomb is refused within bounded memory, and the bound can be raised") {
  std::string bomb;
  const std::string member = gzip(std::string(size_t{32} << 20, '\0'));
  for (int i = 0; i < 64; i++) bomb += member;  // 2 GiB from 2 MiB
  rusage before = {}, after = {};
  ::getrusage(RUSAGE_SELF, &before);
  const std::string message = error_of(bomb);
  ::getrusage(RUSAGE_SELF, &after);
  CHECK_THAT(message, Contains("it decompresses to more than") && Contains("--max_inflated"));
  CHECK(after.ru_maxrss - before.ru_maxrss < 500 * 1024);  // KiB: 100 times the 2 MiB, twice while growing

  const std::string encoded = encode_profile(test::everything());
  CHECK_FALSE(decode_profile(encoded, {"x.prof", 16}));
  CHECK(decode_profile(encoded, {"x.prof", bare().size()}));
}

TEST_CASE("many samples without values of many types were given room for all values: it took all memory") {
  std::string bytes;
  for (int i = 0; i < 2'000'000; i++)
    bytes += std::string_view("\x0a\0\x12\0", 4);  // a sample type, a sample
  CHECK_THAT(error_of(bytes), Contains("it has 0 values for 2000000 sample types"));
}

TEST_CASE("read_profile says what is wrong with the path") {
  test::TempDir directory;
  CHECK_THAT(read_profile(directory.file("none")).error().message(), Contains("No such file or directory"));
  CHECK_THAT(read_profile(directory.path()).error().message(), Contains("it is a directory; name a file"));
}
