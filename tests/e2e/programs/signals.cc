// Burns CPU time until a signal comes. usage: signals default|handle|count|CODE
//   default: dies of it. count: prints how many came within 1.5 s. handle: prints its number and exits with
//   40 + it. A number: exits with it at once.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "tests/e2e/programs/burn.h"

static volatile std::sig_atomic_t got = 0;

int main(int, char** argv) {
  if (std::strcmp(argv[1], "count") == 0) {
    for (const int signal : {SIGINT, SIGTERM, SIGQUIT}) std::signal(signal, [](int) { got = got + 1; });
    burn_until(1'500'000'000);
    std::printf("%d signals\n", static_cast<int>(got));
    return 0;
  }
  if (std::strcmp(argv[1], "handle") == 0) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGQUIT})
      std::signal(signal, [](int s) { got = s; });
  } else if (std::strcmp(argv[1], "default") != 0) {
    return std::atoi(argv[1]);
  }
  for (int tenth = 1; got == 0 && tenth <= 300; tenth++) {
    burn_until(tenth * int64_t{100'000'000});
  }
  std::printf("signal %d\n", static_cast<int>(got));
  return 40 + got;
}
