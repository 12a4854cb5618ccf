#include "libprof/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "libprof/base/file_parts.h"
#include "tests/support/files.h"

using prof::check_writable;
using prof::is_same_file;
using prof::read_file;
using prof::write_file_atomically;
using prof::test::TempDir;

TEST_CASE("write_file_atomically replaces a whole file and keeps its permissions") {
  TempDir directory;
  const std::string path = directory.file("out");
  REQUIRE(write_file_atomically(path, "first"));
  CHECK(read_file(path).value() == "first");
  ::chmod(path.c_str(), 0640);
  REQUIRE(write_file_atomically(path, "second"));
  CHECK(read_file(path).value() == "second");
  struct stat status = {};
  ::stat(path.c_str(), &status);
  CHECK((status.st_mode & 07777) == 0640);
  CHECK(std::distance(std::filesystem::directory_iterator(directory.path()), {}) == 1);
}

// Ctrl-C in the middle of a large profile left out.tmp-RANDOM beside it.
TEST_CASE("a process that is killed while it writes a file leaves nothing beside it") {
  TempDir directory;
  const int unnamed = ::open(directory.path().c_str(), O_TMPFILE | O_WRONLY, 0600);
  if (unnamed < 0) {
    SUCCEED("no unnamed files on this file system");
    return;
  }
  ::close(unnamed);
  const std::string path = directory.file("out"), data(size_t{1} << 26, 'x');
  const pid_t child = ::fork();
  if (child == 0) {
    while (write_file_atomically(path, data)) {
    }
    ::_exit(1);
  }
  constexpr useconds_t kSoon = 30'000;
  ::usleep(kSoon);
  ::kill(child, SIGKILL);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  for (const auto& left : std::filesystem::directory_iterator(directory.path())) CHECK(left.path() == path);
}

// A new file was put in the place of what standard output led to, and what others wrote there was lost.
TEST_CASE("a descriptor that a path names is written as it is") {
  TempDir directory;
  const std::string path = directory.file("out");
  const int fd = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  REQUIRE(::write(fd, "before ", 7) == 7);
  REQUIRE(write_file_atomically("/dev/fd/" + std::to_string(fd), "middle "));
  REQUIRE(::write(fd, "after", 5) == 5);
  ::close(fd);
  CHECK(read_file(path).value() == "before middle after");
  CHECK_FALSE(write_file_atomically("/dev/fd/987654", "x"));
}

TEST_CASE("a link to a file that is not there yet makes that file") {
  TempDir directory;
  std::filesystem::create_symlink("target", directory.file("link"));
  REQUIRE(write_file_atomically(directory.file("link"), "new"));
  CHECK(std::filesystem::is_symlink(directory.file("link")));
  CHECK(read_file(directory.file("target")).value() == "new");
}

TEST_CASE("a file that can be written where none can be made is written") {
  if (::geteuid() != 0) {
    SUCCEED("skipped: root can give files away, and become another user");
    return;
  }
  TempDir directory;
  const std::string path = directory.file("out");
  REQUIRE(write_file_atomically(path, "older and longer"));
  ::chmod(path.c_str(), 0666);
  ::chmod(directory.path().c_str(), 0755);
  constexpr uid_t kNobody = 65534;
  const pid_t child = ::fork();
  if (child == 0) {
    const bool is_right =
        ::setuid(kNobody) == 0 && check_writable(path) && write_file_atomically(path, "new");
    ::_exit(is_right ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(read_file(path).value() == "new");
}

TEST_CASE("a file that root writes anew keeps its owner") {
  if (::geteuid() != 0) {
    SUCCEED("skipped: root can give files away, and become another user");
    return;
  }
  TempDir directory;
  const std::string path = directory.file("out");
  REQUIRE(write_file_atomically(path, "first"));
  constexpr uid_t kNobody = 65534;
  REQUIRE(::chown(path.c_str(), kNobody, kNobody) == 0);
  REQUIRE(write_file_atomically(path, "second"));
  struct stat status = {};
  ::stat(path.c_str(), &status);
  CHECK(status.st_uid == kNobody);
}

TEST_CASE("a file is written in parts, all or none of them") {
  TempDir directory;
  const std::string path = directory.file("out"), large(400'000, 'x');
  const auto three = [&](const prof::Put& put) {
    for (const std::string_view part :
         {std::string_view("a"), std::string_view(large), std::string_view("b")})
      put(part);
    return prof::Result<void>();
  };
  REQUIRE(prof::write_parts_atomically(path, three));
  CHECK(read_file(path).value() == "a" + large + "b");
  const auto failing = [](const prof::Put& put) -> prof::Result<void> {
    put("half");
    return prof::fail("no more");
  };
  const auto failed = prof::write_parts_atomically(path, failing);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().what == "no more");
  CHECK(read_file(path).value() == "a" + large + "b");
  CHECK(std::distance(std::filesystem::directory_iterator(directory.path()), {}) == 1);
  CHECK_FALSE(prof::write_parts_atomically("/dev/full", three));
}

TEST_CASE("write_file_atomically writes through a symbolic link") {
  TempDir directory;
  REQUIRE(write_file_atomically(directory.file("real"), "old"));
  std::filesystem::create_symlink("real", directory.file("link"));
  REQUIRE(write_file_atomically(directory.file("link"), "new"));
  CHECK(std::filesystem::is_symlink(directory.file("link")));
  CHECK(read_file(directory.file("real")).value() == "new");
}

TEST_CASE("two names are one file where writing by one replaces what the other wrote") {
  const TempDir directory;
  const std::string file = directory.file("a");
  std::filesystem::create_directory(directory.file("sub"));
  std::filesystem::create_symlink("a", directory.file("link"));  // of what is not there yet, and then is
  for (const bool exists : {false, true}) {
    if (exists) REQUIRE(write_file_atomically(file, "x"));
    for (const char* name : {"a", "./a", "link", "sub/../a"}) {
      INFO(name << exists);
      CHECK(is_same_file(file, directory.file(name)));
      CHECK(is_same_file(directory.file(name), file));
    }
    CHECK_FALSE(is_same_file(file, directory.file("b")));
  }
  std::filesystem::create_hard_link(file, directory.file("hard"));  // is left with the old file
  CHECK_FALSE(is_same_file(file, directory.file("hard")));
  CHECK_FALSE(is_same_file("/dev/null", "/dev/null"));
}

TEST_CASE("file errors say what was tried, on what, and what to do") {
  TempDir directory;
  const std::string missing = directory.file("none/out");
  CHECK(read_file(missing).error().message() ==
        "cannot read " + missing + ": No such file or directory; check the path");
  CHECK(read_file(directory.path()).error().message() ==
        "cannot read " + directory.path() + ": it is a directory; name a file");
  CHECK(write_file_atomically(missing, "x").error().message() ==
        "cannot write " + missing + ": No such file or directory; create its directory first");
  CHECK_FALSE(check_writable(missing));
  CHECK_FALSE(check_writable(directory.path()));
  CHECK(check_writable(directory.file("out")));
  CHECK_FALSE(std::filesystem::exists(directory.file("out")));
}

TEST_CASE("a full device is an error and nothing is left behind") {
  const auto written = write_file_atomically("/dev/full", "data");
  REQUIRE_FALSE(written);
  CHECK(written.error().message() ==
        "cannot write /dev/full: No space left on device; free some space or name another place");
}

TEST_CASE("read_file is bounded") {
  CHECK_FALSE(read_file("/dev/zero", 1 << 20));
  TempDir directory;
  const std::string path = directory.file("out");
  prof::test::write(path, "data");
  CHECK(read_file(path, 4).value() == "data");
  CHECK(read_file(path, 3).error().message() == "cannot read " + path + ": larger than 3 bytes");
}

TEST_CASE("a file without an end, or larger than all memory, aborted whoever read it") {
  CHECK(read_file("/dev/zero").error().message() == "cannot read /dev/zero: larger than 268435456 bytes");
  TempDir directory;
  prof::test::write(directory.file("sparse"), "");
  std::filesystem::resize_file(directory.file("sparse"), uint64_t{8} << 40);
  CHECK_FALSE(read_file(directory.file("sparse")));
}
