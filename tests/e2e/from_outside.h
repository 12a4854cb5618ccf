// What tests of recording from outside have in common.
#pragma once

#include <set>
#include <string>

#include "tests/e2e/profiles.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

namespace prof::test {

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Runs a script in the directory; $PROF, $APP, $FAMILY and $EXITS are programs.
inline Outcome shell(const TempDir& directory, const std::string& script) {
  Run options;
  options.directory = directory.path();
  options.env["PROF"] = tool("prof");
  options.env["APP"] = tool("e2e_two_threads");
  options.env["FAMILY"] = tool("e2e_family");
  options.env["EXITS"] = tool("e2e_exits");
  return run({"sh", "-c", script}, options);
}

// Whether the kernel does not allow perf here, which is warned of.
inline bool is_forbidden(const Outcome& outcome) {
  if (outcome.code != 1 || !contains(outcome.err, "cannot sample")) return false;
  WARN("skipped: perf is not allowed here: " << outcome.err);
  return true;
}

inline std::set<std::string> functions(const Profile& profile) {
  std::set<std::string> all;
  for (const auto& function : profile.functions()) all.emplace(profile.string(function.name));
  return all;
}

// A program of eight threads at a time, as many times as it is told; it prints the CPU time that it used.
inline constexpr const char* kThousandsOfThreads = R"(
    #include <pthread.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <time.h>
    #include <unistd.h>
    static double used(void) {
      struct timespec t;
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
      return t.tv_sec + 1e-9 * t.tv_nsec;
    }
    static void* burn(void* unused) {
      for (volatile int i = 0; i < 50000; i++) {}
      return unused;
    }
    int main(int count, char** arguments) {
      usleep(400000);
      pthread_t threads[8];
      for (int round = 0; count > 1 && round < atoi(arguments[1]); round++) {
        for (int i = 0; i < 8; i++) pthread_create(&threads[i], 0, burn, 0);
        for (int i = 0; i < 8; i++) pthread_join(threads[i], 0);
      }
      printf("%f\n", used());
    })";

}  // namespace prof::test
