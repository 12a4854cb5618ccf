#include "libprof/record/program.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "libprof/record/outputs.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

using prof::Kind;
using prof::record::find_program;
using prof::record::output_names;
using prof::test::TempDir;

namespace {

std::string refusal(const std::string& path) {
  const auto found = find_program(path);
  return found ? "" : found.error().message();
}

bool is_seen_from_outside(const std::string& path) {
  const auto found = find_program(path);
  return !found && prof::record::is_only_seen_from_outside(found.error());
}

std::string make(const TempDir& directory, const std::string& name, const std::string& bytes,
                 mode_t mode = 0755) {
  const std::string path = directory.file(name);
  prof::test::write(path, bytes);
  ::chmod(path.c_str(), mode);
  return path;
}

}  // namespace

TEST_CASE("a program that can be recorded is found as execvp finds it") {
  TempDir directory;
  const std::string script = make(directory, "script", "#!/bin/sh\n");
  const std::string env_script = make(directory, "env_script", "#! /usr/bin/env python3\n");
  const std::string plain = make(directory, "plain", "echo no first line\n");
  CHECK(find_program("/bin/sh").value() == "/bin/sh");
  CHECK(find_program("sh").value().ends_with("/sh"));
  CHECK(find_program(script).value() == script);
  CHECK(find_program(env_script).value() == env_script);
  CHECK(find_program(plain).value() == plain);

  const std::string old_path = std::getenv("PATH");
  ::setenv("PATH", ("/nonexistent:" + directory.path() + ":" + old_path).c_str(), 1);
  CHECK(find_program("plain").value() == plain);
  make(directory, "ls", "not executable", 0644);
  CHECK(find_program("ls").value() != directory.file("ls"));
  ::setenv("PATH", old_path.c_str(), 1);
}

TEST_CASE("a program that cannot be recorded is refused with the reason and the remedy") {
  TempDir directory;
  const auto path = [&](const char* name) { return directory.file(name); };
  CHECK(refusal("no-such-program-anywhere") ==
        "cannot record no-such-program-anywhere: no such program on PATH; check its name, or give its path");
  CHECK(refusal(path("missing")) ==
        "cannot record " + path("missing") + ": No such file or directory; check the path");
  CHECK(refusal(directory.path()) ==
        "cannot record " + directory.path() + ": it is a directory; name the program in it");
  make(directory, "data", "text", 0644);
  CHECK(refusal(path("data")) ==
        "cannot record " + path("data") + ": it is not executable; chmod +x " + path("data"));
  make(directory, "empty", "");
  CHECK(refusal(path("empty")) == "cannot record " + path("empty") +
                                      ": it is no program of this system; check what it is: file " +
                                      path("empty"));
  make(directory, "orphan", "#!/no/such/interpreter -x\n");
  CHECK(refusal(path("orphan")) == "cannot record " + path("orphan") +
                                       ": of its interpreter: cannot record /no/such/interpreter: No such "
                                       "file or directory; check the path");
  make(directory, "loop", "#!" + path("loop") + "\n");
  CHECK(refusal(path("loop")).find("lead too far") != std::string::npos);
  make(directory, "blank", "#!\n");
  CHECK(refusal(path("blank")).find("names no interpreter") != std::string::npos);
}

TEST_CASE("programs into which nothing can be preloaded are refused") {
  TempDir directory;
  std::string elf = prof::test::read("/bin/true");
  elf[4] = 1;
  CHECK(refusal(make(directory, "elf32", elf)).find("it is not a 64-bit program; prof records") !=
        std::string::npos);
  elf[4] = 2;
  elf[18] = static_cast<char>(0xf3);  // RISC-V
  CHECK(refusal(make(directory, "riscv", elf)).find("it is made for another processor") != std::string::npos);
  CHECK(refusal(make(directory, "short", elf.substr(0, 20))).find("its ELF header is cut off") !=
        std::string::npos);

  prof::test::write(directory.file("main.c"), "int main(void) { return 0; }\n");
  REQUIRE(
      prof::test::run({"gcc", "-static", directory.file("main.c"), "-o", directory.file("static")}).code ==
      0);
  CHECK(refusal(directory.file("static")) == "cannot record " + directory.file("static") +
                                                 ": it is statically linked, so the agent cannot be "
                                                 "preloaded; link it dynamically (without -static), "
                                                 "or start recording inside it: prof.h and -lprof");
  // As Go's are, built without cgo as position-independent code: they had no sample.
  prof::test::write(directory.file("start.c"), "void _start(void) { for (;;) {} }\n");
  REQUIRE(prof::test::run({"gcc", "-pie", "-nostdlib", "-Wl,--dynamic-linker=/lib64/ld-linux-x86-64.so.2",
                           directory.file("start.c"), "-o", directory.file("alone")})
              .code == 0);
  CHECK(
      refusal(directory.file("alone"))
          .find("it is linked with no library, not even the C library, so the agent cannot be preloaded; ") !=
      std::string::npos);
  CHECK(is_seen_from_outside(directory.file("alone")));
  REQUIRE(prof::test::run({"gcc", "-c", directory.file("main.c"), "-o", directory.file("main.o")}).code == 0);
  ::chmod(directory.file("main.o").c_str(), 0755);
  CHECK(refusal(directory.file("main.o")).find("an object file and not a program") != std::string::npos);

  const std::string privileged = make(directory, "setuid", prof::test::read("/bin/true"));
  if (::geteuid() != 0 || ::chown(privileged.c_str(), 65534, 65534) != 0) {
    WARN("set-user-id case skipped: not root");
    return;
  }
  ::chmod(privileged.c_str(), 04755);
  CHECK(refusal(privileged).find("it is set-user-id, so the loader ignores LD_PRELOAD; ") !=
        std::string::npos);
  ::chmod(privileged.c_str(), 02755);
  CHECK(refusal(privileged).find("it is set-group-id") != std::string::npos);
}

TEST_CASE("a program whose loader is not glibc's is not given the agent, which kept it from running") {
  TempDir directory;
  const std::string glibc = "/lib64/ld-linux-x86-64.so.2";
  std::string elf = prof::test::read("/bin/true");
  const size_t at = elf.find(glibc);
  REQUIRE(at != std::string::npos);
  const auto with = [&](std::string loader) {
    loader.resize(glibc.size());
    return make(directory, "program", std::string(elf).replace(at, glibc.size(), loader));
  };
  const std::string own = "/opt/ld-linux-x86-64.so.2", program = with("/lib/ld-musl-x86_64.so.1");
  CHECK(refusal(program) == "cannot record " + program +
                                ": it is linked with another C library (musl), so the agent cannot be "
                                "preloaded; link it with glibc");
  CHECK(is_seen_from_outside(program));
  const std::string script = make(directory, "script", "#!" + program + "\n");
  CHECK(is_seen_from_outside(script));
  CHECK(refusal(with("/system/bin/linker64")).find("(its loader is /system/bin/linker64)") !=
        std::string::npos);
  CHECK(refusal(with(own)).empty());
  for (const char* const beside :
       {"/opt/lib/ld.so", "/opt/lib/ld-2.31.so"}) {  // of package managers of their own
    CHECK(refusal(with(beside)).empty());
    CHECK_FALSE(is_seen_from_outside(program));
  }
  CHECK_FALSE(is_seen_from_outside(directory.file("missing")));
}

TEST_CASE("a chain of five scripts, which the kernel follows, led too far") {
  TempDir directory;
  std::string next = "/bin/true";
  for (int i = 1; i <= 6; i++) {
    next = make(directory, std::to_string(i), "#!" + next + "\n");
    INFO(next);
    CHECK(refusal(next).empty() == (i <= 5));
    CHECK((prof::test::run({"env", next}).code == 0) == (i <= 5));
  }
  CHECK(refusal(next).find("its #! lines lead too far; name the interpreter itself") != std::string::npos);
}

TEST_CASE("output names follow -o") {
  TempDir directory;
  struct Row {
    std::string output;
    std::vector<Kind> kinds;
    std::vector<std::string> names;
  };
  const std::vector<Kind> cpu = {Kind::k_cpu}, two = {Kind::k_cpu, Kind::k_heap};
  const std::string existing = directory.path();
  const Row rows[] = {
      {"", cpu, {"cpu.prof"}},
      {"", two, {"cpu.prof", "heap.prof"}},
      {"x.pb.gz", cpu, {"x.pb.gz"}},
      {"out.prof", two, {"out.cpu.prof", "out.heap.prof"}},
      {"dir.d/out", two, {"dir.d/out.cpu.prof", "dir.d/out.heap.prof"}},
      {"new/", two, {"new/cpu.prof", "new/heap.prof"}},
      {existing, cpu, {existing + "/cpu.prof"}},
  };
  for (const Row& row : rows) {
    INFO(row.output);
    std::vector<std::string> names;
    for (const auto& [kind, name] : output_names(row.output, row.kinds)) names.push_back(name);
    CHECK(names == row.names);
  }
}

TEST_CASE("a profile that cannot be written where it was to go is saved elsewhere") {
  const auto written = prof::record::write_output("/dev/full", "bytes");
  REQUIRE(written);
  CHECK_FALSE(written->as_asked);
  CHECK(prof::test::read(written->path) == "bytes");
  REQUIRE(written->warnings.size() == 1);
  CHECK(written->warnings[0] ==
        "cannot write /dev/full: No space left on device; the profile was saved as " + written->path);
  std::filesystem::remove_all(std::filesystem::path(written->path).parent_path());
}
