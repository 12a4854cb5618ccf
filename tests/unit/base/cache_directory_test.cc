#include "libprof/base/cache_directory.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/files.h"

using prof::shrink_cache;
using prof::test::TempDir;

namespace {

void put(const TempDir& directory, const char* name, time_t read, time_t written) {
  prof::test::write(directory.file(name), "0123456789");
  const timespec times[] = {{read, 0}, {written, 0}};
  REQUIRE(::utimensat(AT_FDCWD, directory.file(name).c_str(), times, 0) == 0);
}

bool has(const TempDir& directory, const char* name) { return std::filesystem::exists(directory.file(name)); }

}  // namespace

TEST_CASE("what was neither read nor written for longest goes, until the rest fits") {
  const TempDir directory;
  put(directory, "a-read-lately", 4000, 1000);
  put(directory, "a-written-lately", 1000, 5000);
  put(directory, "a-neither", 2000, 3000);
  put(directory, "b-older", 1, 1);
  shrink_cache(directory.path(), "a-", 30);
  CHECK(has(directory, "a-neither"));
  shrink_cache(directory.path(), "a-", 29);
  CHECK_FALSE(has(directory, "a-neither"));
  CHECK(has(directory, "a-read-lately"));
  shrink_cache(directory.path(), "a-", 10);
  CHECK_FALSE(has(directory, "a-read-lately"));
  CHECK(has(directory, "a-written-lately"));
  CHECK(has(directory, "b-older"));
}

TEST_CASE("links and directories in a cache stay, and a cache that is not there does no harm") {
  const TempDir directory;
  std::filesystem::create_directory(directory.file("deep"));
  std::filesystem::create_symlink("deep", directory.file("link"));
  put(directory, "file", 1, 1);
  shrink_cache(directory.path(), "", 0);
  CHECK(has(directory, "deep"));
  CHECK(has(directory, "link"));
  CHECK_FALSE(has(directory, "file"));
  shrink_cache(directory.file("none"), "", 0);
}
