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
