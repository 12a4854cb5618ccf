// Where benchstat is installed: random inputs and flags, the same standard output and messages.
// PROF_ORACLE_CASES sets how many; PROF_ORACLE_SEED where they start. What benchstat gets wrong
// (docs/benchcmp.md) is not generated.
#include <catch2/catch.hpp>
#include <cctype>
#include <cstdlib>
#include <random>
#include <sstream>

#include "tests/support/files.h"
#include "tests/support/process.h"

using namespace prof::test;

namespace {

using Words = std::vector<std::string>;

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed), distinct_(chance(50)) {
    names_ = some(1, 8, [&] { return name(); });
    units_ = some(1, 3, [&] {
      return pick({"ns/op", "B/op", "allocs/op", "MB/s", "p99-ns", "text-bytes", "x", "disk-MB/sec", "ops/s",
                   "\xC2\xB5J/op"});
    });
    same_size_ = 1 + roll(12);
  }

  std::string file() {
    std::ostringstream out;
    if (chance(30))
      out << "Unit " << pick(units_) << pick({" assume=exact", " better=higher", " assume=nothing"}) << "\n";
    for (int block = 0, blocks = distinct_ ? 1 + roll(3) : 1; block < blocks; block++) {
      for (int i = roll(4); i > 0; i--) out << config() << (chance(10) ? "\r\n" : "\n");
      if (distinct_ && chance(20)) out << malformed() << "\n";
      for (const auto& benchmark : names_) {
        if (distinct_ && chance(15)) continue;
        const int size = distinct_ ? 1 + roll(12) : same_size_;
        for (int i = 0; i < size; i++) out << line(benchmark) << "\n";
      }
    }
    return out.str();
  }

  Words flags() {
    Words flags;
    const auto add = [&](int percent, const std::string& flag, const std::string& value) {
      if (!chance(percent)) return;
      flags.push_back((chance(50) ? "-" : "--") + flag);
      flags.push_back(value);
    };
    if (distinct_) {
      add(30, "filter", filter(2));
      add(25, "table", projection());
      add(25, "row", projection());
      add(25, "col", projection());
      add(20, "ignore", projection());
    }
    add(20, "alpha", pick({"0.01", "0.5", "0", "1", "0.001"}));
    add(20, "confidence", pick({"0.5", "0.99", "0.8", "0", "1", "0.999"}));
    add(40, "format", "csv");
    return flags;
  }

  bool distinct() const { return distinct_; }
  int roll(int sides) { return static_cast<int>(random_() % static_cast<unsigned>(sides)); }

 private:
  bool chance(int percent) { return roll(100) < percent; }
  std::string pick(const Words& words) {
    return words[static_cast<size_t>(roll(static_cast<int>(words.size())))];
  }

  template <typename Make>
  Words some(int least, int more, Make make) {
    Words words;
    for (int i = least + roll(more); i > 0; i--) words.push_back(make());
    return words;
  }

  std::string name() {
    std::string name = pick({"Encode", "Decode", "Sort-x", "A", "\xC3\x84ther", "N1"});
    for (int i = roll(4); i > 0; i--) {
      name += pick({"/size=1kB", "/size=15", "/size=512", "/size=2KiB", "/format=json", "/format=gob",
                    "/first", "/x-y", "/gomaxprocs=4"});
    }
    return name + pick({"", "-8", "-16", "-"});
  }

  std::string config() {
    return pick({"goos", "pkg", "note", "t\xC3\xA4g"}) +
           pick({":", ": ", ": linux", ":\t a b ", ": x", ":y", ": 1,2", ": \"q\""});
  }

  std::string malformed() {
    return pick({"BenchmarkX", "BenchmarkX ", "BenchmarkX 1", "BenchmarkX a 1 ns/op", "BenchmarkX 1 x ns/op",
                 "BenchmarkX 1 1", "BenchmarkX 99999999999999999999 1 x", "BenchmarkX 1 1e999 x", "Unit",
                 "Unit x y", "Unit x =1", "BenchmarkX 1 0x1p-2 x", "BenchmarkX 1 1_0 x",
                 "BenchmarkX +3 .5e1 x", "UnitX", "Benchmark 1 2 x", "BenchmarkX -1 2 x 3"});
  }

  std::string number() {
    if (!distinct_) return std::to_string(100 + roll(6));
    std::ostringstream out;
    out.precision(9);
    const double scale[] = {1e-3, 1, 1e3, 1e6, 1e9};
    out << scale[base_] * (1 + 0.3 * static_cast<double>(random_() % 1000000) / 1e6) + 1e-9 * ++serial_;
    return out.str();
  }

  std::string line(const std::string& benchmark) {
    base_ = static_cast<size_t>(benchmark.size() % 5);
    std::string line = "Benchmark" + benchmark + pick({" ", "\t", "  \t"}) + std::to_string(1 + roll(1000));
    for (const auto& unit : units_) line += pick({" ", "\t", "\xC2\xA0"}) + number() + " " + unit;
    return line + pick({"", " ", "\t"});
  }

  std::string key() {
    return pick({".name", ".fullname", "/size", "/format", "/gomaxprocs", "goos", "pkg", "note", ".file",
                 "\"note\""});
  }
  std::string value() {
    return pick(
        {"Encode", "linux", "json", "x", "/e/", "/^1/", "/[[:digit:]]+/", "8", "\"a b\"", "/x|y/", "15"});
  }

  std::string filter(int depth) {
    if (chance(8)) {
      return pick({"a", "a:", "(a:b", "a:b)", "", "a:/(/", "a:/b", "a:(b c)", "a:()", "\"a", "a:/[z-a]/",
                   "a:/b/c", "a:b @", "AND", "a:\"\\z\"", "\xC3\xA4:\xC3\xB6 ) x", ".config:x", "a:/**/",
                   "a:/(?<x>/"});
    }
    if (depth == 0 || chance(40)) {
      if (chance(25)) return ".unit:" + pick({"ns/op", "sec/op", "/B/", "/op$/", "x"});
      if (chance(20)) return key() + ":(" + value() + " OR " + value() + ")";
      return key() + pick({":", " : "}) + value();
    }
    const std::string left = filter(depth - 1), right = filter(depth - 1);
    return pick({left + " " + right, left + " AND " + right, left + " OR " + right, "-" + left,
                 "(" + left + ")", "*", "-(" + left + " OR " + right + ")"});
  }

  std::string projection() {
    if (chance(5)) {
      return pick(
          {"a,,b", "a@", "a@,b", "a@(", "a@()", "a@bogus", ".unit", ".config@(a b)", "a b)", "\"a", ",a"});
    }
    std::string text;
    for (int i = roll(4); i > 0; i--) {
      if (!text.empty()) text += pick({",", " ", ", "});
      text += chance(20) ? ".config" : key();
      if (chance(30)) text += pick({"@alpha", "@num"});
    }
    if (chance(10)) text += pick({" /format@(gob json)", " /size@(512 15 1kB)", " goos@(linux x)"});
    return text;
  }

  std::mt19937 random_;
  bool distinct_;
  Words names_, units_;
  int same_size_ = 1;
  size_t base_ = 0;
  int serial_ = 0;
};

// Our messages begin with our name, and there are more of them.
std::string comparable(const std::string& err) {
  std::istringstream in(err);
  std::string out;
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("benchcmp: warning: ", 0) == 0 || line.rfind("benchcmp: nothing to compare", 0) == 0)
      continue;
    // benchstat misnames cells past column Z.
    if (line.size() > 1 && std::isupper(line[0]) != 0 && std::isupper(line[1]) != 0) continue;
    if (line.rfind("benchcmp: ", 0) == 0) line = "benchstat: " + line.substr(10);
    out += line + "\n";
  }
  return out;
}

int setting(const char* name, int otherwise) {
  return std::getenv(name) != nullptr ? std::atoi(std::getenv(name)) : otherwise;
}

}  // namespace

TEST_CASE("benchcmp and benchstat agree on random inputs and flags") {
  if (!has_program("benchstat")) {
    WARN("skipped: benchstat is not on PATH");
    return;
  }
  const int first = setting("PROF_ORACLE_SEED", 1), cases = setting("PROF_ORACLE_CASES", 60);
  for (int seed = first; seed < first + cases; seed++) {
    Generator generator(static_cast<unsigned>(seed));
    TempDir directory;
    Words arguments = generator.flags();
    for (int i = 0, files = 1 + generator.roll(3); i < files; i++) {
      const std::string name = "f" + std::to_string(i);
      write(directory.file(name), generator.file());
      // Equal labels pool, and make sizes differ.
      arguments.push_back(generator.distinct() && generator.roll(5) == 0
                              ? "label" + std::to_string(generator.roll(2)) + "=" + name
                              : name);
    }
    Run options;
    options.directory = directory.path();
    Words ours = {tool("benchcmp")}, theirs = {"benchstat"};
    ours.insert(ours.end(), arguments.begin(), arguments.end());
    theirs.insert(theirs.end(), arguments.begin(), arguments.end());
    const Outcome actual = run(ours, options), expected = run(theirs, options);
    std::string command;
    for (const auto& argument : arguments) command += " '" + argument + "'";
    CAPTURE(seed, command);
    CHECK(actual.out == expected.out);
    CHECK(comparable(actual.err) == comparable(expected.err));
  }
}
