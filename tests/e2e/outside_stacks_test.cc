// Stacks of programs that are recorded from outside: whole, whatever describes them.
#include <catch2/catch.hpp>
#include <string>

#include "tests/e2e/from_outside.h"

using namespace prof::test;

// Its loops end in no return that could be followed.
TEST_CASE("stacks of a static program that only .debug_frame describes were cut from outside") {
  TempDir directory;
  write(directory.file("main.c"), R"(
    #include <stdlib.h>
    #include <time.h>
    volatile unsigned long sink;
    __attribute__((noinline, noreturn)) void burn(void) {
      for (;;) {
        for (int i = 0; i < 20000; i++) sink += i;
        if (clock() > 200000) exit(0);
      }
    }
    __attribute__((noinline)) void descend(int depth) {
      volatile char room[100];
      room[0] = 1;
      if (depth == 0) burn(); else descend(depth - 1);
      sink += room[0];
    }
    int main(void) { descend(10); }
  )");
  for (const char* const form : {"-static", "-static -Wl,--compress-debug-sections=zlib", "-static-pie"}) {
    const Outcome outcome = shell(directory, std::string("gcc -g -O1 -fomit-frame-pointer -fno-unwind-tables "
                                                         "-fno-asynchronous-unwind-tables main.c -o main ") +
                                                 form + R"( || exit 99; "$PROF" record -F 500 ./main)");
    if (is_forbidden(outcome)) return;
    INFO(form << '\n' << outcome.err);
    REQUIRE(outcome.code == 0);
    const auto profile = load(directory.file("cpu.prof"));
    CHECK(total(profile, "cpu", "burn") > 0.9 * total(profile, "cpu"));
    CHECK(total(profile, "cpu", "_start") > 0.9 * total(profile, "cpu"));
    CHECK_FALSE(contains(outcome.err, "truncated"));
  }
}

// What calls main there ends in a call of exit, keeps a number in rbp, and nothing describes it.
TEST_CASE("stacks of musl programs that reach what calls main were told as cut") {
  TempDir directory;
  write(directory.file("main.c"), R"(
    #include <stdlib.h>
    #include <time.h>
    volatile unsigned long sink;
    __attribute__((noinline)) int burn(const void* a, const void* b) {
      do {
        for (int i = 0; i < 20000; i++) sink += i;
      } while (clock() < 300000);
      return *(const int*)a - *(const int*)b;
    }
    int main(void) {
      int values[3] = {1, 2, 3};
      qsort(values, 3, sizeof *values, burn);
      return 0;
    }
  )");
  for (const std::string form : {"-static", "-rdynamic"}) {
    const Outcome outcome = shell(
        directory, "musl-gcc -g -O1 main.c " + form + R"( -o main || exit 99; "$PROF" record -F 500 ./main)");
    if (outcome.code == 99) {
      WARN("skipped: no musl-gcc (musl-tools)");
      return;
    }
    if (is_forbidden(outcome)) return;
    INFO(form << '\n' << outcome.err);
    REQUIRE(outcome.code == 0);
    const auto profile = load(directory.file("cpu.prof"));
    CHECK(total(profile, "cpu", "main") > 0.9 * total(profile, "cpu"));
    CHECK(total(profile, "cpu", "_start") > 0.9 * total(profile, "cpu"));
    CHECK_FALSE(contains(outcome.err, "truncated"));
  }
}
