#include "libprof/record/kept_tables.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "tests/support/files.h"

namespace fs = std::filesystem;
using namespace prof::record;
using prof::test::read;
using prof::test::TempDir;
using prof::test::write;

TEST_CASE("a recording's tables move to where they are kept, and nothing else does") {
  const TempDir recording, kept;
  write(recording.file("ab-1-2.table"), "new");
  write(recording.file("cd-1-2.table"), "second");
  write(recording.file("cd-1-2.table.77"), "half");
  write(recording.file("1-2.spool"), "samples");
  fs::create_symlink(recording.file("1-2.spool"), recording.file("link.table"));
  write(kept.file("ab-1-2.table"), "old");
  keep_tables(recording.path(), kept.path());
  CHECK(read(kept.file("ab-1-2.table")) == "new");
  CHECK(read(kept.file("cd-1-2.table")) == "second");
  CHECK(std::distance(fs::directory_iterator(kept.path()), {}) == 2);
  CHECK_FALSE(fs::exists(recording.file("ab-1-2.table")));
  CHECK(fs::exists(recording.file("1-2.spool")));
}

TEST_CASE("tables move from one file system to another") {
  if (!fs::exists("/dev/shm") || ::access("/dev/shm", W_OK) != 0) {
    WARN("skipped: no /dev/shm");
    return;
  }
  std::string path = "/dev/shm/tables-XXXXXX";
  REQUIRE(::mkdtemp(path.data()) != nullptr);
  const TempDir kept;
  write(path + "/ab-1-2.table", "new");
  keep_tables(path, kept.path());
  CHECK(read(kept.file("ab-1-2.table")) == "new");
  CHECK(std::distance(fs::directory_iterator(kept.path()), {}) == 1);
  fs::remove_all(path);
}

TEST_CASE("kept tables are bounded") {
  const TempDir recording, kept;
  write(kept.file("old.table"), std::string(600, 'x'));
  const timespec times[] = {{1000, 0}, {1000, 0}};
  REQUIRE(::utimensat(AT_FDCWD, kept.file("old.table").c_str(), times, 0) == 0);
  write(recording.file("new.table"), std::string(600, 'x'));
  keep_tables(recording.path(), kept.path(), 1000);
  CHECK(fs::exists(kept.file("new.table")));
  CHECK_FALSE(fs::exists(kept.file("old.table")));
}

TEST_CASE("tables are kept in a directory of this user alone, below the cache's") {
  const TempDir home;
  const auto directory_in = [](const std::string& cache) {
    const char* const before = std::getenv("XDG_CACHE_HOME");
    const std::string saved = before == nullptr ? "" : before;
    ::setenv("XDG_CACHE_HOME", cache.c_str(), 1);
    const std::string directory = kept_tables_directory();
    before == nullptr ? ::unsetenv("XDG_CACHE_HOME") : ::setenv("XDG_CACHE_HOME", saved.c_str(), 1);
    return directory;
  };
  const std::string directory = home.path() + "/prof/unwind";
  CHECK(directory_in(home.path()) == directory);
  CHECK(fs::is_directory(directory));
  CHECK(directory_in(home.path()) == directory);
  REQUIRE(::chmod(directory.c_str(), 0777) == 0);
  CHECK(directory_in(home.path()).empty());
  CHECK(directory_in(home.file("a;b")).empty());
  CHECK(directory_in("/proc/none").empty());
  write(home.file("file"), "");
  CHECK(directory_in(home.file("file")).empty());
}
