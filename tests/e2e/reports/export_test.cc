// Files for other tools, checked against what those tools document, and --format.
#include <fmt/format.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "libprof/base/utf8.h"
#include "libprof/profile/codec.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/profile.h"

using namespace prof::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using nlohmann::json;

namespace {

std::string exported(const std::string& format, const std::string& profile) {
  const Outcome outcome = run({tool("prof"), "export", "--" + format, "-", profile});
  CHECK(outcome.code == 0);
  return outcome.out;
}

}  // namespace

TEST_CASE("speedscope's files are what its schema asks for") {
  const json document = json::parse(exported("speedscope", testdata("profiles/prof-cpu.prof")));
  CHECK(document["$schema"] == "https://www.speedscope.app/file-format-schema.json");
  const json& frames = document["shared"]["frames"];
  for (const json& frame : frames) {
    CHECK(frame["name"].is_string());
    CHECK((!frame.contains("file") || frame["file"].is_string()));
  }
  const std::set<std::string> units = {"none",         "nanoseconds", "microseconds",
                                       "milliseconds", "seconds",     "bytes"};
  REQUIRE(document["profiles"].size() == 2);
  for (const json& profile : document["profiles"]) {
    CHECK(profile["type"] == "sampled");
    CHECK(profile["name"].is_string());
    CHECK(units.contains(profile["unit"]));
    REQUIRE(profile["samples"].size() == profile["weights"].size());
    int64_t sum = 0;
    for (const json& weight : profile["weights"]) sum += weight.get<int64_t>();
    CHECK(profile["startValue"] == 0);
    CHECK(profile["endValue"] == sum);
    for (const json& stack : profile["samples"]) {
      for (const json& frame : stack) CHECK(frame.get<size_t>() < frames.size());
    }
  }
  const size_t active = document["activeProfileIndex"];
  CHECK(document["profiles"][active]["name"] == "cpu");
  CHECK(document["profiles"][active]["endValue"] == 1920000000);
}

// They said nothing: the export of a difference looked as if nothing had shrunk.
TEST_CASE("exports that have no negative values say how much they leave out") {
  const TempDir directory;
  write(directory.file("old.folded"), "main;a 60\nmain;c 90\n");
  write(directory.file("new.folded"), "main;a 100\nmain;c 50\n");
  for (const std::string format : {"speedscope", "perfetto", "folded"}) {
    INFO(format);
    REQUIRE(run({tool("prof"), "proto", "--base", directory.file("old.folded"), "-o",
                 directory.file("d.prof"), directory.file("new.folded")})
                .code == 0);
    const Outcome outcome = run({tool("prof"), "export", "--" + format, "-", directory.file("d.prof")});
    CHECK(outcome.code == 0);
    const std::string warning = "--" + format + " has no room for negative values: -40 of samples left out";
    CHECK((outcome.err.find(warning) != std::string::npos) == (format != "folded"));
  }
}

TEST_CASE("of two exports to one file the first was lost without a word") {
  const TempDir directory;
  std::filesystem::create_symlink("a", directory.file("link"));
  const std::string profile = testdata("profiles/prof-cpu.prof");
  const auto both = [&](const std::string& folded, const std::string& speedscope) {
    return run({tool("prof"), "export", "--folded", folded, "--speedscope", speedscope, profile});
  };
  for (const bool exists : {false, true}) {
    if (exists) write(directory.file("a"), "");
    for (const std::string& other : {directory.file("a"), directory.file("./a"), directory.file("link")}) {
      INFO(other << exists);
      const Outcome outcome = both(directory.file("a"), other);
      CHECK(outcome.code == 2);
      CHECK(outcome.err ==
            "prof: --folded and --speedscope would both write " + other + "; name a file for each\n");
    }
  }
  CHECK(both("-", "-").code == 2);
  CHECK(both("/dev/null", "/dev/null").code == 0);
  CHECK(both(directory.file("a"), directory.file("b")).code == 0);
}

TEST_CASE("trace events nest, and each thread's track is as long as what it cost") {
  const json document = json::parse(exported("perfetto", testdata("profiles/prof-cpu.prof")));
  std::map<int, std::vector<std::pair<double, double>>> tracks;
  std::map<int, std::string> names;
  for (const json& event : document["traceEvents"]) {
    CHECK(event["pid"].is_number());
    CHECK(event["tid"].is_number());
    CHECK(event["name"].is_string());
    if (event["ph"] == "M") {
      if (event["name"] == "thread_name") names[event["tid"]] = event["args"]["name"];
      continue;
    }
    REQUIRE(event["ph"] == "X");
    tracks[event["tid"]].emplace_back(event["ts"], event["ts"].get<double>() + event["dur"].get<double>());
  }
  double total = 0;
  for (auto& [thread, events] : tracks) {
    CHECK(names.contains(thread));
    double end = 0;
    for (const auto& [from, to] : events) {
      end = std::max(end, to);
      for (const auto& [other_from, other_to] : events) {  // apart, or one in the other
        CHECK_FALSE((from < other_from && other_from < to && to < other_to));
      }
    }
    total += end;
  }
  CHECK(total == Approx(1920000.0));
}

// Only the reports knew -folded, and the names that pprof had for sample types before sample_index.
TEST_CASE("pictures and exports take one dash and the older names of sample types") {
  const std::string heap = testdata("profiles/gperftools.heap");
  const auto folded = [&](const char* type) {
    return run({tool("prof"), "export", "-folded", "-", type, heap}).out;
  };
  CHECK_FALSE(folded("-alloc_objects").empty());
  CHECK(folded("--alloc_objects") == folded("--sample_index=alloc_objects"));
  CHECK(folded("--alloc_objects") != folded("--inuse_space"));
  const Outcome flame = run({tool("prof"), "flame", "-inuse_space", "-o", "-", "--format=folded", heap});
  CHECK(flame.out == folded("--inuse_space"));
}

TEST_CASE("the database has the sums of the reports, and its views work") {
  if (!has_program("sqlite3")) {
    WARN("skipped: no sqlite3 on PATH");
    return;
  }
  TempDir directory;
  const std::string profile = directory.file("program.prof"), db = directory.file("program.db");
  write(profile, prof::encode_profile(program()));
  REQUIRE(run({tool("prof"), "export", "--sqlite", db, profile}).code == 0);
  const struct {
    const char* query;
    const char* rows;
  } cases[] = {
      {"SELECT sum(cpu), sum(samples) FROM samples", "100000000|10\n"},
      {"SELECT function, flat, cum FROM top WHERE function = 'walk'", "walk|40000000|60000000\n"},
      {"SELECT function, cum FROM top WHERE function = 'main'", "main|90000000\n"},
      {"SELECT sum(flat) FROM top", "100000000\n"},
      {"SELECT sum(value) FROM folded", "100000000\n"},
      {"SELECT DISTINCT key FROM labels WHERE key = 'thread'", "thread\n"},
      {"SELECT count(*) FROM stack_frames WHERE frame_id NOT IN (SELECT id FROM frames)", "0\n"},
      {"SELECT type, unit FROM sample_types WHERE is_default", "cpu|nanoseconds\n"},
      {"SELECT value FROM meta WHERE key = 'schema_version'", "1\n"},
      {"SELECT sum(weight) > 0 FROM calls WHERE caller = 'main'", "1\n"},
      {"PRAGMA integrity_check", "ok\n"},
  };
  for (const auto& c : cases) {
    INFO(c.query);
    const Outcome outcome = run({"sqlite3", db, c.query});
    CHECK(outcome.err == "");
    CHECK(outcome.out == c.rows);
  }
  const Outcome nowhere = run({tool("prof"), "export", "--sqlite", directory.file("no/where.db"), profile});
  CHECK(nowhere.code == 1);
  CHECK_THAT(nowhere.err, Contains("cannot write " + directory.file("no/where.db")));
}

TEST_CASE(
    "the database took the place of pipes, devices and links, opened private files, and was no output") {
  const TempDir directory;
  const std::string profile = directory.file("program.prof"), db = directory.file("program.db");
  write(profile, prof::encode_profile(program()));
  Run options;
  options.directory = options.env["TMPDIR"] = directory.path();
  const auto exported_to = [&](const std::string& file) {
    return run({tool("prof"), "export", "--sqlite", file, profile}, options);
  };
  write(db, "");
  REQUIRE(::chmod(db.c_str(), 0600) == 0);
  std::filesystem::create_symlink("program.db", directory.file("link"));
  REQUIRE(exported_to(directory.file("link")).code == 0);
  CHECK(std::filesystem::is_symlink(directory.file("link")));
  struct stat status = {};
  REQUIRE(::stat(db.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  CHECK_THAT(read(db), StartsWith("SQLite format 3"));

  const std::string pipe = directory.file("pipe"), copy = directory.file("copy");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const std::string both =
      fmt::format("timeout 30 cat {0} > {1} & '{2}' export --sqlite {0} {3}; code=$?; wait; exit $code", pipe,
                  copy, tool("prof"), profile);
  CHECK(run({"sh", "-c", both}).code == 0);
  CHECK(std::filesystem::is_fifo(pipe));
  CHECK(read(copy) == read(db));

  CHECK(exported_to("-").out == read(db));
  const auto files = std::distance(std::filesystem::directory_iterator(directory.path()), {});
  CHECK(files == 5);  // what is named above, and nothing beside it
}

TEST_CASE("a call that recurs counted as often as it recurs in the database's view of calls") {
  if (!has_program("sqlite3")) {
    WARN("skipped: no sqlite3 on PATH");
    return;
  }
  TempDir directory;
  const std::string profile = directory.file("deep.folded"), db = directory.file("deep.db");
  write(profile, "main;a;b;a;b;a;b 10\nmain;a;b 1\n");
  REQUIRE(run({tool("prof"), "export", "--sqlite", db, profile}).code == 0);
  CHECK(run({"sqlite3", db, "SELECT * FROM calls ORDER BY caller, callee"}).out ==
        "a|b|11\nb|a|10\nmain|a|11\n");
}

TEST_CASE("in the database's views, frames without a symbol vanished, and their time was their callers'") {
  if (!has_program("sqlite3")) {
    WARN("skipped: no sqlite3 on PATH");
    return;
  }
  prof::ProfileBuilder builder;
  builder.add_sample_type("cpu", "nanoseconds");
  prof::Mapping module;
  module.start = 0x1000;
  module.limit = 0x2000;
  module.file = builder.intern("/usr/lib/libx.so.1");
  const uint32_t m = builder.add_mapping(module);
  const prof::StringId name = builder.intern("main");
  const prof::Line line{builder.add_function({0, name, name, 0, 0}), 1, 0};
  const uint32_t main = builder.add_location({}, std::span(&line, 1));
  const uint32_t stripped = builder.add_location({0, m, 0x1234, 0, 0, false}, {});
  const uint32_t nowhere = builder.add_location({0, prof::kNoIndex, 0x9000, 0, 0, false}, {});
  for (const auto& [leaf, value] : {std::pair(stripped, int64_t{7}), std::pair(nowhere, int64_t{3})}) {
    const uint32_t stack[] = {leaf, main};
    builder.add_sample(stack, std::span(&value, 1));
  }
  TempDir directory;
  const std::string profile = directory.file("nameless.prof"), db = directory.file("nameless.db");
  write(profile, prof::encode_profile(std::move(builder).finish()));
  REQUIRE(run({tool("prof"), "export", "--symbolize=none", "--sqlite", db, profile}).code == 0);
  const auto rows = [&](const char* query) { return run({"sqlite3", db, query}).out; };
  CHECK(rows("SELECT * FROM folded") == "main;[libx.so.1]|7\nmain;<unknown>|3\n");
  CHECK(rows("SELECT * FROM top") == "[libx.so.1]|7|7\n<unknown>|3|3\nmain|0|10\n");
  CHECK(rows("SELECT * FROM calls") == "main|[libx.so.1]|7\nmain|<unknown>|3\n");
  CHECK(rows("SELECT count(*) FROM frames WHERE function IS NULL") == "2\n");
}

TEST_CASE("sample types that differ by case alone, or as a numbered one does, had columns of one name") {
  if (!has_program("sqlite3")) {
    WARN("skipped: no sqlite3 on PATH");
    return;
  }
  prof::ProfileBuilder builder;
  std::vector<int64_t> values;
  for (const char* type : {"cpu", "CPU", "CPU_1", "Id", "stack_id", ""}) {
    builder.add_sample_type(type, "count");
    values.push_back(static_cast<int64_t>(values.size()));
  }
  const prof::StringId name = builder.intern("main");
  const prof::Line line{builder.add_function({0, name, name, 0, 0}), 1, 0};
  const uint32_t main = builder.add_location({}, std::span(&line, 1));
  builder.add_sample(std::span(&main, 1), values);
  TempDir directory;
  const std::string profile = directory.file("case.prof"), db = directory.file("case.db");
  write(profile, prof::encode_profile(std::move(builder).finish()));
  REQUIRE(run({tool("prof"), "export", "--sqlite", db, profile}).code == 0);
  CHECK(run({"sqlite3", "-header", db, "SELECT * FROM samples"}).out ==
        "id|stack_id|cpu|CPU_1|CPU_1_2|Id_3|stack_id_4|_5\n0|0|0|1|2|3|4|5\n");
}

TEST_CASE("names that are no UTF-8 could not be read from the database") {
  if (!has_program("sqlite3")) {
    WARN("skipped: no sqlite3 on PATH");
    return;
  }
  TempDir directory;
  const std::string profile = directory.file("bytes.folded"), db = directory.file("bytes.db");
  write(profile,
        "main;\xff\xfe"
        "A 3\nmain;caf\u00e9 1\n");
  REQUIRE(run({tool("prof"), "export", "--sqlite", db, profile}).code == 0);
  CHECK(run({"sqlite3", db, "SELECT function FROM frames ORDER BY 1"}).out ==
        "caf\u00e9\nmain\n\ufffd\ufffdA\n");
}

TEST_CASE("CSV and Markdown had names that are no UTF-8, and tables broken by a unit") {
  TempDir directory;
  const std::string folded = directory.file("bytes.folded"), profile = directory.file("unit.prof");
  write(folded,
        "main;\xff\xfe"
        "A 3\n");
  for (const char* format : {"--format=csv", "--format=markdown", "--format=json"}) {
    INFO(format);
    const std::string text = run({tool("prof"), "top", format, folded}).out;
    CHECK(prof::is_utf8(text));
    CHECK_THAT(text, Contains("\ufffd\ufffdA"));
  }
  prof::ProfileBuilder builder;
  builder.add_sample_type("cost", "a|b");
  prof::Function function;
  function.name = builder.intern("main");
  const prof::Line line{builder.add_function(function), 1, 0};
  const uint32_t stack = builder.add_location({}, std::span(&line, 1));
  const int64_t value = 7;
  builder.add_sample(std::span(&stack, 1), std::span(&value, 1));
  write(profile, prof::encode_profile(std::move(builder).finish()));
  CHECK_THAT(run({tool("prof"), "top", "--format=markdown", profile}).out, Contains("| 7a\\|b | 100% |"));
}

TEST_CASE("every report of text has the three formats, and their figures are those of the text") {
  const std::string profile = testdata("profiles/prof-cpu.prof");
  for (const std::vector<std::string>& report : std::vector<std::vector<std::string>>{
           {"top"}, {"tree"}, {"peek", "."}, {"list", "."}, {"traces"}, {"tags"}, {"raw"}, {"comments"}}) {
    INFO(report[0]);
    std::vector<std::string> argv = {tool("prof"), report[0], "--format=json"};
    argv.insert(argv.end(), report.begin() + 1, report.end());
    argv.push_back(profile);
    const json document = json::parse(run(argv).out);
    CHECK(document["format"] == "prof report");
    CHECK(document["version"] == 1);
    CHECK(document["report"] == report[0]);
    CHECK(document["type"] == "cpu");
    for (const char* format : {"--format=csv", "--format=markdown"}) {
      argv[2] = format;
      CHECK_FALSE(run(argv).out.empty());
    }
  }
  const json top = json::parse(run({tool("prof"), "top", "--format=json", "--trim=false", profile}).out);
  int64_t flat = 0;
  for (const json& row : top["functions"]) flat += row["flat"].get<int64_t>();
  CHECK(flat == top["total"]);
  CHECK(run({tool("prof"), "top", "--format=yaml", profile}).code == 2);
}

TEST_CASE("merge to standard output goes on where that is, as to /dev/stdout it did not") {
  TempDir directory;
  const std::string file = directory.file("out"), profile = testdata("profiles/prof-cpu.prof");
  const std::string merge = tool("prof") + " merge --timeout 9 -o - " + profile;
  REQUIRE(run({"sh", "-c", "echo before > " + file + "; " + merge + " >> " + file}).code == 0);
  const std::string plain = run({"sh", "-c", merge}).out;
  CHECK(plain.size() > 100);
  CHECK(read(file) == "before\n" + plain);
  CHECK(run({"sh", "-c", merge + " | cat"}).out == plain);
  CHECK(run({"sh", "-c", merge + " > /dev/full"}).code == 1);
}

// They were texts, though amounts and ids are whole numbers everywhere else.
TEST_CASE("the lists of raw are numbers") {
  const std::string profile = testdata("profiles/prof-cpu.prof");
  const json raw = json::parse(run({tool("prof"), "raw", "--format=json", profile}).out);
  REQUIRE_FALSE(raw["samples"].empty());
  int64_t cpu = 0;
  for (const json& sample : raw["samples"]) {
    for (const json& location : sample["locations"]) CHECK(location.is_number_integer());
    cpu += sample["values"][1].get<int64_t>();
  }
  CHECK(cpu == raw["total"]);
}

TEST_CASE("merge writes what the reports would add up") {
  TempDir directory;
  const std::string one = testdata("profiles/prof-cpu.prof"), both = directory.file("both.prof");
  REQUIRE(run({tool("prof"), "merge", "-o", both, one, one}).code == 0);
  CHECK(run({tool("prof"), "raw", both}).out == run({tool("prof"), "raw", one, one}).out);
  CHECK_THAT(run({tool("prof"), "top", both}).out, Contains("of 3.84s total") || Contains("of 3840ms total"));
}
