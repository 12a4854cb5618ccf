// Processes that a recorded program starts: followed, labelled, and named where they could not be.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "tests/e2e/profiles.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

using prof::test::load;
using prof::test::Outcome;
using prof::test::run;
using prof::test::TempDir;
using prof::test::tool;
using prof::test::total;

namespace {

Outcome record(const TempDir& directory, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {tool("prof"), "record"});
  prof::test::Run options;
  options.directory = directory.path();
  return run(arguments, options);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::set<int64_t> pids(const prof::Profile& profile) {
  std::set<int64_t> all;
  for (size_t i = 0; i < profile.sample_count(); i++) {
    for (const auto& label : profile.labels(i)) {
      if (profile.string(label.key) == "pid") all.insert(label.num);
    }
  }
  return all;
}

// 200 ms of CPU time in a static program.
std::string static_program(const TempDir& directory) {
  prof::test::write(directory.file("burn.c"),
                    "#include <time.h>\nint main(void) { while (clock() < 200000) {} return 0; }\n");
  REQUIRE(run({"gcc", "-static", directory.file("burn.c"), "-o", directory.file("burn")}).code == 0);
  return directory.file("burn");
}

}  // namespace

TEST_CASE("children whose environment is scrubbed are recorded, however they are started") {
  TempDir directory;
  const Outcome outcome =
      record(directory, {"-F", "1000", tool("e2e_spawner"), tool("e2e_family"), "executed"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const auto profile = load(directory.file("cpu.prof"));
  CHECK(total(profile, "cpu", "executed_work") == Approx(8 * 3e8).epsilon(0.05));
  CHECK(pids(profile).size() >= 8);
  CHECK_FALSE(contains(outcome.err, "not profiled"));
  const Outcome env = record(directory, {"-q", "sh", "-c", "env -i sh -c 'env' | sort"});
  CHECK(contains(env.out, "LD_PRELOAD=" + prof::test::library("libprof.so") + "\nPROF_AGENT="));
}

// Eight processes on this machine's cores: what each used since its last tick was once put on the end of the
// program, where up to 13% of the time seemed to be spent.
TEST_CASE("time after the last tick is not charged to the exit of the program") {
  TempDir directory;
  const Outcome outcome =
      record(directory, {"-F", "1000", tool("e2e_spawner"), tool("e2e_family"), "executed"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const auto profile = load(directory.file("cpu.prof"));
  CHECK(total(profile, "cpu", "exit_handlers") < 0.005 * total(profile, "cpu"));
}

TEST_CASE("option --no-children records the program alone") {
  TempDir directory;
  const Outcome outcome = record(directory, {"-F", "1000", "--no-children", tool("e2e_family")});
  REQUIRE(outcome.code == 0);
  const auto profile = load(directory.file("cpu.prof"));
  CHECK(total(profile, "cpu", "parent_work") == Approx(3e8).epsilon(0.1));
  CHECK(total(profile, "cpu", "forked_work") == 0);
  CHECK(total(profile, "cpu", "executed_work") == 0);
  CHECK(contains(outcome.err, "of child processes, as --no-children asked"));
}

TEST_CASE("a child that cannot be profiled is named, with the CPU time that is missing") {
  TempDir directory;
  const std::string burn = static_program(directory);
  const std::string alone = directory.file("alone");  // as Go's without cgo are
  prof::test::write(directory.file("alone.c"),
                    "void _start(void) { for (volatile int i = 0; i < 200000000; i++) {}\n"
                    "  __asm__(\"syscall\" : : \"a\"(231), \"D\"(0)); }\n");
  REQUIRE(run({"gcc", "-pie", "-nostdlib", directory.file("alone.c"), "-o", alone}).code == 0);
  CHECK(
      contains(record(directory, {"sh", "-c", alone + "; :"}).err, alone + ": it is linked with no library"));
  for (const std::string& script : {burn + "; :", "exec " + burn, "env -i " + burn + "; :"}) {
    const Outcome outcome = record(directory, {"sh", "-c", script});
    INFO(script << "\n" << outcome.err);
    CHECK(contains(outcome.err, burn + ": it is statically linked"));
    CHECK(contains(outcome.err, "ms of processes that were not profiled"));
  }
  const std::string privileged = directory.file("privileged");
  std::filesystem::copy_file("/bin/true", privileged);
  if (::geteuid() != 0 || ::chown(privileged.c_str(), 65534, 65534) != 0) {
    WARN("set-user-id case skipped: not root");
    return;
  }
  ::chmod(privileged.c_str(), 04755);
  const Outcome outcome = record(directory, {"sh", "-c", privileged + "; " + privileged});
  CHECK(contains(outcome.err, privileged + " (2 times): it is set-user-id"));
}

TEST_CASE("a musl child of a recorded program did not run, however it was started") {
  TempDir directory;
  prof::test::write(directory.file("env.c"),
                    "#include <stdio.h>\n#include <stdlib.h>\n"
                    "int main(void) { return puts(getenv(\"LD_PRELOAD\") ? \"set\" : \"ran\") < 0; }\n");
  if (run({"musl-gcc", directory.file("env.c"), "-o", directory.file("env")}).code != 0) {
    WARN("skipped: no musl-gcc (musl-tools)");
    return;
  }
  const std::string env = directory.file("env"), script = directory.file("script");
  prof::test::write(script, "#!" + env + "\n");
  ::chmod(script.c_str(), 0755);
  for (const std::string& command :
       {env + "; :", "exec " + env, script + "; :", "PATH=" + directory.path() + ":$PATH; exec env",
        "env -i " + env, "find . -name env.c -exec " + env + " \\;",
        "python3 -c 'import subprocess; subprocess.run([\"" + env + "\"])'"}) {
    const Outcome outcome = record(directory, {"sh", "-c", command});
    INFO(command << "\n" << outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.out == "ran\n");
    CHECK(contains(outcome.err, "it is linked with another C library (musl)"));
  }
  const Outcome alone = record(directory, {"--no-children", "sh", "-c", env + "; :"});
  CHECK(alone.out == "ran\n");
}

TEST_CASE("a program that may look at no file any more becomes another without a look at that") {
  TempDir directory;
  const Outcome outcome = record(directory, {tool("e2e_sandbox"), "exec", static_program(directory)});
  INFO(outcome.err);
  CHECK(outcome.out == "before\n");
  CHECK(outcome.code == 0);
}

TEST_CASE("programs in a chroot without the agent had its loader's complaint on their standard error") {
  TempDir directory;
  const std::string root = directory.file("root");
  const std::string script = R"sh(
    set -e; mkdir -p "$1"/bin "$1$(dirname "$2")"; cp /bin/true "$1"/bin/only_inside
    for file in $(ldd /bin/true | grep -o '/[^ ]*'); do mkdir -p "$1$(dirname $file)"; cp $file "$1$file"; done
    chroot "$1" /bin/only_inside)sh";
  const std::string agent = prof::test::library("libprof.so");
  if (run({"sh", "-c", script, "sh", root, agent}).code != 0) {
    WARN("skipped: no permission to chroot");
    return;
  }
  const Outcome bare = record(directory, {"chroot", root, "/bin/only_inside"});
  INFO(bare.err);
  CHECK(bare.code == 0);
  CHECK_FALSE(contains(bare.err, "cannot be preloaded"));
  CHECK(contains(bare.err,
                 "/bin/only_inside: it is gone since, or ran in a root or mount namespace of its own"));
  std::filesystem::copy_file(agent, root + agent);
  const Outcome visible = record(directory, {"chroot", root, "/bin/only_inside"});
  INFO(visible.err);
  CHECK(contains(visible.err,
                 "/bin/only_inside: it is gone since, or ran in a root or mount namespace of its own"));
}

TEST_CASE("a process that outlives its parent was more than 100% of the CPU time, or not told of") {
  TempDir directory;
  const std::string app = tool("e2e_two_threads");
  const Outcome orphan = record(directory, {"sh", "-c", "(\"" + app + "\" 200 > used &); sleep 0.8"});
  INFO(orphan.err);
  CHECK(prof::test::percent_seen(orphan.err) <= 101);
  const Outcome alive = record(directory, {"sh", "-c", "(sleep 0.5; :) > used & exit 0"});
  INFO(alive.err);
  CHECK(contains(alive.err, "outlived the program: recorded up to its end"));
  CHECK(contains(alive.err, "next  "));
  CHECK_FALSE(contains(alive.err, "with more samples"));
}

TEST_CASE("two programs of one name without symbols were told apart by nothing") {
  TempDir directory;
  prof::test::write(directory.file("burn.c"),
                    "#include <time.h>\nint main(void) { while (clock() < 200000) {} return 0; }\n");
  REQUIRE(run({"sh", "-c", "cd \"$1\" && mkdir a b && gcc -s burn.c -o a/burn && cp a/burn b/burn", "sh",
               directory.path()})
              .code == 0);
  const std::string a = directory.file("a/burn"), b = directory.file("b/burn");
  const Outcome both = record(directory, {"-F", "1000", "sh", "-c", a + "; " + b});
  INFO(both.err);
  CHECK(contains(both.err, "no symbols    " + a + " ("));
  CHECK(contains(both.err, "no symbols    " + b + " ("));
  CHECK(contains(record(directory, {"-F", "1000", a}).err, "no symbols    burn ("));
}

TEST_CASE(
    "the time of children that ended before their first sample seemed to be spent in the loader's exit") {
  TempDir directory;
  const Outcome outcome =
      record(directory, {"perl", "-e", "for (1 .. 80) { if (!fork) { $i++ while $i < 3e4; exit } wait }"});
  INFO(outcome.err);
  const auto profile = load(directory.file("cpu.prof"));
  CHECK(total(profile, "cpu", "[not sampled]") > 0);
  CHECK(total(profile, "cpu", "_dl_fini") <= 0.1 * total(profile, "cpu"));
}

TEST_CASE(
    "children of a process that gave up its user were said to be killed early, static, or set-user-id") {
  if (::geteuid() != 0) {
    WARN("skipped: not root");
    return;
  }
  TempDir directory;
  const char* const script =
      "$< = $> = 65534; for (1 .. 2) { if (!fork) { $i++ while $i < 3e6; exit } } wait; wait";
  const Outcome outcome = record(directory, {"perl", "-e", script});
  INFO(outcome.err);
  CHECK(contains(outcome.err, "2 processes forked by recorded ones were not recorded: as another user "));
  CHECK(contains(outcome.err, "ms of processes that were not profiled\n"));
}

TEST_CASE("the kernel's work after the end of processes was said to be processes that were not profiled") {
  TempDir directory;
  const char* const script = "for (1 .. 60) { if (!fork) { $x = 'x' x 40e6; kill 'KILL', $$ } wait }";
  const Outcome outcome = record(directory, {"perl", "-e", script});
  INFO(outcome.err);
  CHECK(contains(outcome.err, "ms of the kernel, freeing the memory of 61 processes, or of processes that "));
}

TEST_CASE("what was never recorded was said to be the kernel's work") {
  TempDir directory;
  const char* const script =
      "$pid = syscall(57); if (!$pid) { $i = 0; $i++ while $i < 6e6; kill 'KILL', $$ } waitpid $pid, 0";
  const Outcome outcome = record(directory, {"perl", "-e", script});
  INFO(outcome.err);
  CHECK(
      contains(outcome.err, "of processes that were not profiled: killed early, forked past the C library"));
  CHECK_FALSE(contains(outcome.err, "the kernel, freeing"));
  CHECK_FALSE(contains(outcome.err, "-F 1000"));
}

TEST_CASE("a process that was executed by a link had the name of the file behind it") {
  TempDir directory;
  std::filesystem::create_symlink(tool("e2e_two_threads"), directory.file("linked"));
  const Outcome outcome = record(directory, {"-F", "1000", "sh", "-c", directory.file("linked") + " 100; :"});
  INFO(outcome.err);
  const Outcome tags = run({tool("prof"), "tags", directory.file("cpu.prof")});
  CHECK(contains(tags.out, " linked\n"));
  CHECK_FALSE(contains(tags.out, "e2e_two_threads"));
  const Outcome relative =
      record(directory, {"-F", "1000", "--per-process", "-o", "each", "sh", "-c", "./linked 100; :"});
  INFO(relative.err);
  size_t named = 0;
  for (const auto& file : std::filesystem::directory_iterator(directory.file("each")))
    named += file.path().filename().string().starts_with("linked-") ? 1 : 0;
  CHECK(named == 1);
}

TEST_CASE("the start-up of many short processes is told") {
  TempDir directory;
  const Outcome outcome =
      record(directory, {"sh", "-c", "i=0; while [ $i -lt 60 ]; do /bin/true; i=$((i+1)); done"});
  INFO(outcome.err);
  CHECK(contains(outcome.err, "of start-up and exit, before the first and after the last sample of 61 "));
  CHECK_FALSE(contains(outcome.err, "not profiled"));
}

TEST_CASE("option --per-process writes a profile for each, into a directory") {
  TempDir directory;
  const Outcome refused = record(directory, {"--per-process", tool("e2e_family")});
  CHECK(refused.code == 2);
  CHECK(contains(refused.err, "prof: --per-process: name the directory"));
  REQUIRE(record(directory, {"-o", "out", "--per-process", tool("e2e_family")}).code == 0);
  double sum = 0;
  size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(directory.file("out"))) {
    const auto profile = load(file.path());
    CHECK(pids(profile).size() == 1);
    sum += total(profile, "cpu");
    files++;
  }
  CHECK(files == 3);
  CHECK(sum == Approx(9e8).epsilon(0.15));
}

TEST_CASE("reports by thread follow from labels") {
  TempDir directory;
  REQUIRE(record(directory, {"-F", "1000", tool("e2e_two_threads"), "400"}).code == 0);
  const std::string file = directory.file("cpu.prof");
  const Outcome tags = run({tool("prof"), "tags", file});
  CHECK(contains(tags.out, ": first\n"));
  CHECK(contains(tags.out, ": second\n"));
  const Outcome focused = run({tool("prof"), "traces", "-tagfocus=thread=first", file});
  CHECK(contains(focused.out, "thread:  first\n"));
  CHECK_FALSE(contains(focused.out, "thread:  second\n"));
  const Outcome top = run({tool("prof"), "top", "--per-thread", file});
  const size_t first = top.out.find(" first ("), heavy = top.out.find(" heavy\n");
  INFO(top.out << top.err);
  CHECK(first != std::string::npos);
  CHECK(contains(top.out, " second ("));
  CHECK(heavy != std::string::npos);
  const Outcome tree = run({tool("prof"), "tree", "--per-thread", "--focus=first .*[0-9]", file});
  CHECK(contains(tree.out, " first ("));
  CHECK_FALSE(contains(tree.out, " second ("));
}
