#include "libprof/symbols/symbol_cache.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <tuple>

#include "tests/support/files.h"

using prof::symbols::Code;
using prof::symbols::Frame;
using prof::symbols::Source;
using prof::symbols::SymbolCache;
using prof::test::TempDir;

namespace fs = std::filesystem;

namespace {

SymbolCache::Codes some_codes() {
  Code known, nothing;
  known.source = Source::kDebugInfo;
  known.frames = {{"f", "_Z1fv", "/src/a.cc", 3, 7, 2}, {"main", "main", "/src/b.cc", 1, 9, 0}};
  return {{0x1000, known}, {0x2000, nothing}};
}

bool are_some_codes(const SymbolCache::Codes& codes) {
  const auto key = [](const Frame& f) {
    return std::tie(f.name, f.system_name, f.file, f.start_line, f.line, f.column);
  };
  const auto is_same = [&](const auto& one) {
    const auto found = codes.find(one.first);
    return found != codes.end() && found->second.source == one.second.source &&
           std::ranges::equal(found->second.frames, one.second.frames, {}, key, key);
  };
  const SymbolCache::Codes whole = some_codes();
  return codes.size() == whole.size() && std::all_of(whole.begin(), whole.end(), is_same);
}

}  // namespace

TEST_CASE("answers come back from the cache as they went in") {
  const TempDir directory;
  const SymbolCache cache(directory.path() + "/deep/prof");
  CHECK(cache.load("abc-0", "print").empty());
  cache.store("abc-0", "print", some_codes());
  const SymbolCache::Codes codes = cache.load("abc-0", "print");
  REQUIRE(codes.size() == 2);
  CHECK(codes.at(0x2000).source == Source::kNone);
  const Code& code = codes.at(0x1000);
  CHECK(code.source == Source::kDebugInfo);
  REQUIRE(code.frames.size() == 2);
  CHECK(code.frames[0].name == "f");
  CHECK(code.frames[0].system_name == "_Z1fv");
  CHECK(code.frames[0].file == "/src/a.cc");
  CHECK(code.frames[0].start_line == 3);
  CHECK(code.frames[0].line == 7);
  CHECK(code.frames[0].column == 2);
  CHECK(cache.load("abc-1", "print").empty());
  CHECK(cache.load("abc-0", "changed").empty());
}

TEST_CASE("a damaged cache is ignored, and replaced") {
  const TempDir directory;
  const SymbolCache cache(directory.path());
  cache.store("abc-0", "print", some_codes());
  const std::string file = directory.file("symbols-abc-0.pb.gz"), whole = prof::test::read(file);
  for (size_t size = 0; size < whole.size(); size += 7) {
    prof::test::write(file, whole.substr(0, size));
    CHECK(cache.load("abc-0", "print").empty());
    std::string flipped = whole;
    flipped[size] = static_cast<char>(~flipped[size]);
    prof::test::write(file, flipped);
    // A byte that does not count, as of the time in gzip's header, may be another.
    const SymbolCache::Codes codes = cache.load("abc-0", "print");
    CHECK((codes.empty() || are_some_codes(codes)));
  }
  cache.store("abc-0", "print", some_codes());
  CHECK(cache.load("abc-0", "print").size() == 2);
}

TEST_CASE("the cache is bounded: the least recently used goes first") {
  const TempDir directory;
  SymbolCache(directory.path()).store("old-0", "print", some_codes());
  const uint64_t size = fs::file_size(directory.file("symbols-old-0.pb.gz"));
  fs::last_write_time(directory.file("symbols-old-0.pb.gz"),
                      fs::file_time_type::clock::now() - std::chrono::hours(1));
  prof::test::write(directory.file("other"), "not ours");
  const SymbolCache cache(directory.path(), size * 5 / 2);
  cache.store("middle-0", "print", some_codes());
  CHECK(cache.load("old-0", "print").size() == 2);  // used now
  fs::last_write_time(directory.file("symbols-middle-0.pb.gz"),
                      fs::file_time_type::clock::now() - std::chrono::minutes(1));
  cache.store("new-0", "print", some_codes());
  CHECK(!fs::exists(directory.file("symbols-middle-0.pb.gz")));
  CHECK(fs::exists(directory.file("symbols-old-0.pb.gz")));
  CHECK(fs::exists(directory.file("symbols-new-0.pb.gz")));
  CHECK(fs::exists(directory.file("other")));
}

TEST_CASE("without a directory, or where it cannot be made, nothing is kept and nothing fails") {
  SymbolCache("").store("abc-0", "print", some_codes());
  CHECK(SymbolCache("").load("abc-0", "print").empty());
  SymbolCache("/proc/none/prof").store("abc-0", "print", some_codes());
  CHECK(SymbolCache("/proc/none/prof").load("abc-0", "print").empty());
}
