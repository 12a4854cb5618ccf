// Large files are read block by block, by whoever parses them: as if they were read at once.
#include "stats/benchfmt/line_blocks.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/files.h"
#include "tests/unit/stats/collect.h"

using namespace bench;
using namespace bench::test;
using prof::test::TempDir;

namespace {

std::string line_of(size_t size) { return std::string(size - 1, 'x') + "\n"; }

}  // namespace

TEST_CASE("each line of a file is in one block, the one in which it begins") {
  const std::string short_lines = [] {
    std::string text;
    while (text.size() < 2 * kBlockSize) text += line_of(1 + text.size() % 77);
    return text;
  }();
  const std::string cases[] = {
      "",
      "no newline",
      short_lines,
      short_lines + "no newline",
      line_of(kBlockSize) + line_of(kBlockSize) + "z",             // lines end where blocks do
      line_of(kBlockSize - 1) + line_of(kBlockSize) + "\n\n",      // and a byte before
      line_of(kBlockSize + 1) + line_of(kBlockSize) + line_of(9),  // and behind
      line_of(9) + line_of(3 * kBlockSize) + line_of(9),           // blocks in which no line begins
      std::string(3 * kBlockSize, '\n'),
  };
  const TempDir directory;
  const std::string path = directory.file("text");
  for (const std::string& text : cases) {
    CAPTURE(text.size());
    prof::test::write(path, text);
    const auto file = LineBlocks::open(path);
    REQUIRE(file);
    std::string together;
    for (size_t i = 0; i < file->count(); i++) {
      const auto block = file->read(i);
      REQUIRE(block);
      if (block->text.empty()) continue;
      CHECK((together.empty() || together.back() == '\n'));
      CHECK(together.size() / kBlockSize == i);
      together += block->text;
    }
    CHECK((together == text));
    CHECK(file->head(5) == text.substr(0, 5));
  }
}

TEST_CASE("what is no regular file is not read in blocks") {
  const TempDir directory;
  REQUIRE(::mkfifo(directory.file("pipe").c_str(), 0600) == 0);
  CHECK_FALSE(LineBlocks::open(directory.file("pipe")));
  CHECK_FALSE(LineBlocks::open(directory.path()));
  CHECK_FALSE(LineBlocks::open(directory.file("none")));
}

TEST_CASE("a file that became shorter is an error that says so") {
  const TempDir directory;
  const std::string path = directory.file("text");
  prof::test::write(path, line_of(2 * kBlockSize));
  const auto file = LineBlocks::open(path);
  REQUIRE(file);
  prof::test::write(path, "x\n");
  const auto block = file->read(0);
  REQUIRE_FALSE(block);
  CHECK(block.error().message() == "cannot read " + path + ": it became shorter meanwhile");
}

TEST_CASE("a large file says what the same text says in memory") {
  std::string text = "goos: linux\n";
  for (int i = 0; i < 60000; i++) {
    if (i % 9999 == 0) text += "BenchmarkBad x\npkg: p" + std::to_string(i) + "\n";
    text += "BenchmarkCase" + std::to_string(i) + "-8 1 " + std::to_string(i) + " ns/op\n";
  }
  const TempDir directory;
  const std::string path = directory.file("text");
  prof::test::write(path, text);
  Collected large;
  REQUIRE(read_inputs({{path, "f"}}, large.units, large));
  Collected whole;
  Source source{path, {}, whole.units, whole};
  REQUIRE(read_benchmarks(text, source));
  CHECK(large.results.size() == 60000);
  CHECK((large.results == whole.results));
  CHECK(large.problems.size() == 7);
  CHECK(large.problems == whole.problems);
}
