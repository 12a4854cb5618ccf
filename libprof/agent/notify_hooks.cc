// Threads that libc makes for SIGEV_THREAD: of timers, and of message queues. Past every hook of
// pthread_create; so their routine is one of ours, which makes the thread known and goes on to the target's.
//
// Called from: threads. They block where the real ones do.
#include <mqueue.h>
#include <signal.h>
#include <time.h>

#include <atomic>
#include <cerrno>

#include "libprof/agent/labels.h"
#include "libprof/agent/next.h"
#include "libprof/agent/thread.h"

namespace prof::agent {
namespace {

using Routine = void(sigval);

// What a notification's thread needs to know. Notifications come for as long as there is a timer, and may be
// on their way when it is deleted: an entry stays what it is, and serves all timers that ask for the same.
struct Notice {
  Routine* routine;
  sigval value;
  StackRange stack;
  uint32_t labels;

  bool operator==(const Notice& other) const {
    return routine == other.routine && value.sival_ptr == other.value.sival_ptr &&
           stack.low == other.stack.low && stack.high == other.stack.high && labels == other.labels;
  }
};

// Writers: whoever takes an entry from 0 to 1 writes it, and then 2. Beyond these, threads are found by the
// samples of others.
constexpr uint32_t kNotices = 256;
struct {
  std::atomic<uint32_t> state;
  Notice notice;
} notices[kNotices] = {};

const Notice* keep(const Notice& notice) {
  for (auto& [state, kept] : notices) {
    uint32_t was = 0;
    if (state.compare_exchange_strong(was, 1, std::memory_order_acquire)) {
      kept = notice;
      state.store(2, std::memory_order_release);
      return &kept;
    }
    if (was == 2 && kept == notice) return &kept;
  }
  return nullptr;
}

// Ends in a jump, as thread_main does.
void notify(sigval value) {
  const auto& notice = *static_cast<const Notice*>(value.sival_ptr);
  const int saved = errno;
  begin_thread(reinterpret_cast<uint64_t>(notice.routine), notice.labels, notice.stack);
  errno = saved;
  return notice.routine(notice.value);
}

// `event` with our routine in it, or as it is.
sigevent made_known(const sigevent& event) {
  sigevent changed = event;
  if (event.sigev_notify != SIGEV_THREAD || event.sigev_notify_function == nullptr) return changed;
  const StackRange stack = stack_for(event.sigev_notify_attributes);
  if (const Notice* const kept =
          keep({event.sigev_notify_function, event.sigev_value, stack, labels_to_inherit()})) {
    changed.sigev_notify_function = notify;
    changed.sigev_value.sival_ptr = const_cast<Notice*>(kept);
  }
  return changed;
}

// Written with the same values by whoever calls first.
int (*next_timer_create)(clockid_t, sigevent*, timer_t*) = nullptr;
int (*next_mq_notify)(mqd_t, const sigevent*) = nullptr;

}  // namespace
}  // namespace prof::agent

using namespace prof::agent;

extern "C" {

PROF_EXPORT int timer_create(clockid_t clock, sigevent* event, timer_t* timer) noexcept {
  if (next_timer_create == nullptr)
    next_timer_create = find_next<int(clockid_t, sigevent*, timer_t*)>("timer_create");
  if (event == nullptr) return next_timer_create(clock, event, timer);
  sigevent changed = made_known(*event);
  return next_timer_create(clock, &changed, timer);
}

PROF_EXPORT int mq_notify(mqd_t queue, const sigevent* event) noexcept {
  if (next_mq_notify == nullptr) next_mq_notify = find_next<int(mqd_t, const sigevent*)>("mq_notify");
  if (event == nullptr) return next_mq_notify(queue, event);
  const sigevent changed = made_known(*event);
  return next_mq_notify(queue, &changed);
}

}  // extern "C"
