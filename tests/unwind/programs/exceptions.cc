// Throws through 20 frames with cleanups for some tenths of a second, and prints "ok".
#include <cstdio>
#include <ctime>

namespace {

volatile unsigned long sink;

struct Cleanup {
  ~Cleanup() { sink = sink + 1; }
};

[[gnu::noinline]] void descend(int depth) {
  const Cleanup cleanup;
  if (depth == 0) throw depth;
  descend(depth - 1);
  sink = sink + 1;
}

}  // namespace

int main() {
  const clock_t end = clock() + CLOCKS_PER_SEC * 4 / 10;
  while (clock() < end) {
    try {
      descend(20);
    } catch (int) {
      sink = sink + 1;
    }
  }
  std::puts("ok");
  return 0;
}
