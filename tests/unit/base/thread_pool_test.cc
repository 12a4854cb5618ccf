#include "libprof/base/thread_pool.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <mutex>
#include <new>
#include <set>
#include <thread>

#include "libprof/base/on_all_cores.h"

using prof::run_with_helpers;

namespace {

size_t own_threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<size_t>(std::distance(begin(tasks), end(tasks)));
}

// Waits until so many threads have come.
class Meeting {
 public:
  explicit Meeting(size_t threads) : missing_(threads) {}
  void come() {
    std::unique_lock lock(mutex_);
    ids.insert(std::this_thread::get_id());
    --missing_;
    all_came_.notify_all();
    all_came_.wait(lock, [&] { return missing_ == 0; });
  }
  std::set<std::thread::id> ids;

 private:
  std::mutex mutex_;
  std::condition_variable all_came_;
  size_t missing_;
};

}  // namespace

TEST_CASE("helpers work beside the caller, as many as asked for, and are the same the next time") {
  size_t threads = 0;
  for (int i = 0; i < 3; i++) {
    Meeting meeting(4);
    run_with_helpers(
        3, [&] { meeting.come(); }, [&] { meeting.come(); });
    CHECK(meeting.ids.size() == 4);
    CHECK(meeting.ids.count(std::this_thread::get_id()) == 1);
    if (i > 0) CHECK(own_threads() == threads);
    threads = own_threads();
  }
}

TEST_CASE("what helpers began has ended when the call returns, and what they did not begin is not begun") {
  std::atomic<int> begun = 0, ended = 0;
  for (int i = 0; i < 200; i++) {
    run_with_helpers(
        2,
        [&] {
          begun++;
          std::this_thread::yield();
          ended++;
        },
        [] {});
    CHECK(begun == ended);
  }
}

TEST_CASE("helpers can have helpers") {
  std::atomic<size_t> sum = 0;
  prof::on_all_cores(20, [&](size_t i) { prof::on_all_cores(50, [&](size_t j) { sum += i * j; }); });
  CHECK(sum == 190 * 1225);
  Meeting outer(3), inner(6);
  const auto work = [&] {
    outer.come();
    run_with_helpers(
        1, [&] { inner.come(); }, [&] { inner.come(); });
  };
  run_with_helpers(2, work, work);
  CHECK(inner.ids.size() == 6);
}

TEST_CASE("a program's signals are its own threads' affair, but for the profiler's") {
  run_with_helpers(
      1,
      [] {
        sigset_t blocked;
        pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
        CHECK(sigismember(&blocked, SIGINT) == 1);
        CHECK(sigismember(&blocked, SIGTERM) == 1);
        CHECK(sigismember(&blocked, SIGPROF) == 0);
      },
      [] { std::this_thread::sleep_for(std::chrono::milliseconds(50)); });
}

// It ended the process: a helper that got no memory, most of all.
TEST_CASE("what a helper or the caller throws is thrown when all have returned") {
  for (const bool helper_throws : {false, true}) {
    Meeting meeting(2);
    std::atomic<bool> ended = false;
    const auto work = [&](bool throws) {
      meeting.come();
      if (throws) throw std::bad_alloc();
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      ended = true;
    };
    CHECK_THROWS_AS(run_with_helpers(
                        1, [&] { work(helper_throws); }, [&] { work(!helper_throws); }),
                    std::bad_alloc);
    CHECK(ended);
  }
  Meeting meeting(2);
  run_with_helpers(
      1, [&] { meeting.come(); }, [&] { meeting.come(); });  // the pool goes on
}
