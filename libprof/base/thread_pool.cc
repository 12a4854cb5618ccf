#include "libprof/base/thread_pool.h"

#include <signal.h>

#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <thread>

namespace prof {
namespace {

struct Task {
  const std::function<void()>* work;
  size_t wanted;  // threads that have not come yet
  size_t running = 0;
  std::exception_ptr thrown{};  // the first
  std::condition_variable all_left{};
};

// What `work` throws, or null.
std::exception_ptr thrown_by(const std::function<void()>& work) {
  try {
    work();
  } catch (...) {
    return std::current_exception();
  }
  return nullptr;
}

class ThreadPool {
 public:
  void run(size_t helpers, const std::function<void()>& help, const std::function<void()>& own) {
    Task task{&help, helpers};
    std::unique_lock lock(mutex_);
    const auto place = tasks_.insert(tasks_.end(), &task);
    wanted_ += helpers;
    make_threads();
    lock.unlock();
    for (size_t i = 0; i < helpers; i++) work_came_.notify_one();
    const std::exception_ptr thrown = thrown_by(own);
    lock.lock();
    if (!task.thrown) task.thrown = thrown;
    wanted_ -= task.wanted;
    if (task.wanted > 0) tasks_.erase(place);
    task.all_left.wait(lock, [&] { return task.running == 0; });
    if (task.thrown) std::rethrow_exception(task.thrown);
  }

 private:
  // REQUIRES: the lock is held.
  void make_threads() {
    if (idle_ >= wanted_) return;
    sigset_t blocked, before;
    sigfillset(&blocked);
    for (const int own : {SIGPROF, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT})
      sigdelset(&blocked, own);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    try {
      for (; idle_ < wanted_; idle_++) std::thread([this] { serve(); }).detach();
    } catch (
        const std::exception&) {  // no more threads, or no memory for one: there are as many as there can be
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  [[noreturn]] void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      work_came_.wait(lock, [&] { return !tasks_.empty(); });
      Task& task = *tasks_.front();
      if (--task.wanted == 0) tasks_.pop_front();
      wanted_--;
      idle_--;
      task.running++;
      lock.unlock();
      const std::exception_ptr thrown = thrown_by(*task.work);
      lock.lock();
      if (!task.thrown) task.thrown = thrown;
      idle_++;
      if (--task.running == 0) task.all_left.notify_one();
    }
  }

  std::mutex mutex_;  // of all that follows
  std::condition_variable work_came_;
  std::list<Task*> tasks_;  // that want threads
  size_t wanted_ = 0;       // by all of them
  size_t idle_ = 0;         // threads, among them those that are about to begin
};

}  // namespace

void run_with_helpers(size_t helpers, const std::function<void()>& help, const std::function<void()>& own) {
  if (helpers == 0) return own();
  static ThreadPool& pool = *new ThreadPool;  // its threads are there to the end
  pool.run(helpers, help, own);
}

}  // namespace prof
