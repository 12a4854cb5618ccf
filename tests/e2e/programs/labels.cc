// Work under labels of prof.h, which it needs no library for: CPU time, memory and a wait for a lock. Prints
// the CPU nanoseconds of each label.
#define PROF_OPTIONAL
#include <chrono>
#include <cstdio>
#include <mutex>
#include <prof/prof.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/programs/burn.h"

namespace {

constexpr int64_t kMillisecond = 1'000'000;

void burn(int64_t ms) { burn_until(clock_ns(CLOCK_THREAD_CPUTIME_ID) + ms * kMillisecond); }

std::vector<std::string> kept;
std::mutex table;

void serve(const char* route, int64_t ms) {
  const prof::Label request("request", route);
  burn(ms);
  {
    const prof::Label phase("phase", "parse");
    burn(ms);
  }
  kept.emplace_back(size_t{8} << 20, 'x');
}

}  // namespace

int main() {
  serve("GET /", 100);
  serve("POST /orders", 200);
  burn(100);  // no label: the scopes have ended

  const prof_labels before = prof_label("job", "index");
  std::thread([] { burn(100); }).join();  // without
  prof_labels_inherit(1);
  std::thread([] {
    burn(100);  // job=index
    prof_label("job", nullptr);
    burn(100);  // without
  }).join();
  prof_labels_inherit(0);
  const prof_labels index = prof_labels_set(before);
  std::thread([index] {
    prof_labels_set(index);  // another thread goes on with it
    burn(100);
  }).join();

  table.lock();
  std::thread waiter([] {
    const prof::Label request("request", std::string("GET /"));
    const std::lock_guard lock(table);
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  table.unlock();
  waiter.join();
  for (int i = 0; i < 20'000; i++)
    prof_label("number", std::to_string(i).c_str());  // more than there is room for
  burn(50);                                           // without a number: one of before would be wrong
  std::puts("done");
}
