#include "libprof/record/wall_watch.h"

#include <algorithm>
#include <cerrno>

#include "libprof/record/clocks.h"
#include "libprof/record/pid_namespace.h"
#include "libprof/record/wait_state.h"

namespace prof::record {
namespace {

// What a process has loaded is told by then.
constexpr int64_t kSettled = 200'000'000;
constexpr int64_t kMostShare = 50;                                    // one part of so many of our time
constexpr size_t kStackBytes[] = {size_t{8} << 10, size_t{1} << 20};  // read; and where the first did not do

constexpr int64_t kLongestPause = 1'000'000'000;

// Its threads go by other numbers here; what is in /proc under its own is a stranger's.
bool is_unwatched(ProcessRecord& record) {
  if (record.pid_namespace == 0 || !is_foreign(record.pid_namespace)) return false;
  record.wall_refused = "it is in another PID namespace; record inside of it";
  return true;
}

// False of a process on its way out, into which nobody may look: no refusal.
bool note_refusal(ProcessRecord& record, int error) {
  if (!record.wall_refused.empty()) return true;
  if (error == ESRCH || is_exiting(record.pid)) return false;
  record.wall_refused = explain_refusal(record.pid, error);
  return true;
}

double since(uint64_t now, uint64_t then) { return now > then ? static_cast<double>(now - then) : 0; }

}  // namespace

WallWatch::WallWatch(uint64_t period_ns) : period_ns_(period_ns) {}

int WallWatch::milliseconds_to_next(int most) const {
  return static_cast<int>(std::clamp<int64_t>((next_ns_ - now_ns() + 999'999) / 1'000'000, 0, most));
}

void WallWatch::adopt(ProcessRecord& record) {
  const TaskDirectory tasks(record.pid);
  for (const uint32_t tid : tasks.threads()) {
    const auto clock = tasks.clock(tid);
    if (!clock) continue;
    ThreadAccount& account = record.wall().begin(tid, now_ns());
    account.looked_ns = account.begin_ns;
    account.run_ns = clock->run_ns;
    account.ready_ns = clock->ready_ns;
    account.turns = clock->turns;
  }
}

void WallWatch::poll(std::span<ProcessRecord* const> processes) {
  const int64_t start = now_ns();
  if (start < next_ns_) return;
  const int64_t before = now_ns(CLOCK_THREAD_CPUTIME_ID);
  std::erase_if(processes_, [&](const auto& known) {
    return std::find(processes.begin(), processes.end(), known.first) == processes.end();
  });
  for (ProcessRecord* const record : processes) {
    if (!record->kind(Kind::k_wall).asked || is_unwatched(*record)) continue;
    auto& process = processes_[record];
    if (!process) process = std::make_unique<Process>(record->pid, start);
    look(*record, *process);
  }
  const int64_t used = now_ns(CLOCK_THREAD_CPUTIME_ID) - before;
  const double phase = std::uniform_real_distribution(0.5, 1.5)(random_);
  next_ns_ = std::max(start + static_cast<int64_t>(phase * static_cast<double>(period_ns_)),
                      start + std::min(kLongestPause, kMostShare * used));
}

void WallWatch::look(ProcessRecord& record, Process& process) {
  load_modules(record, process);
  auto threads = process.tasks.threads();
  for (const uint32_t tid : threads) look(record, process, tid);
  if (threads.empty()) return;
  std::sort(threads.begin(), threads.end());
  look_for_ends(record, threads);
}

// An end that the agent tells is in the spool before the thread is gone, and was read before the next look:
// until then a thread that is gone may still be told of. The others ended halfway between two looks.
void WallWatch::look_for_ends(ProcessRecord& record, std::span<const uint32_t> threads) {
  const int64_t now = now_ns();
  const auto is_gone = [&](uint32_t tid) { return !std::binary_search(threads.begin(), threads.end(), tid); };
  for (auto& [tid, account] : record.wall().all()) {
    if (account.has_ended || !is_gone(tid)) continue;
    if (account.gone_ns != 0) {
      record.settle(account, tid, account.gone_ns);
    } else {
      const int64_t seen = std::max(account.begin_ns, account.looked_ns);
      account.gone_ns = seen + (now - seen) / 2;
    }
  }
  std::erase_if(record.wall().all(),
                [&](const auto& known) { return known.second.has_ended && is_gone(known.first); });
}

void WallWatch::look(ProcessRecord& record, Process& process, uint32_t tid) {
  const auto clock = process.tasks.clock(tid);
  const int64_t now = now_ns();
  if (!clock) return;
  ThreadAccount& account =
      record.wall().find(tid, now - static_cast<int64_t>(clock->run_ns + clock->ready_ns));
  if (account.has_ended) return;
  const bool is_first = account.looked_ns == 0;
  const auto elapsed = static_cast<double>(now - (is_first ? account.begin_ns : account.looked_ns));
  double ran = since(clock->run_ns, account.run_ns), ready = since(clock->ready_ns, account.ready_ns);
  if (is_first) {  // the kernel's counts may be of the program before, too
    ran = std::min(elapsed, ran);
    ready = std::min(elapsed - ran, ready);
  }
  // Not on a CPU since the latest look: nothing of it has changed.
  const bool waits_still = account.waits && clock->turns == account.turns &&
                           (account.cut_with == 0 || account.cut_with == process.modules);
  account.looked_ns = now;
  account.run_ns = clock->run_ns;
  account.ready_ns = clock->ready_ns;
  account.turns = clock->turns;
  account.ran_ns += ran;
  // Below 0 where the kernel counts late: the wait for a CPU once it is over, running at its tick.
  account.unplaced_ns += elapsed - ran - ready;
  if (account.last_run && ready > 0) {
    record.add_wait(account, record.wall_stack(*account.last_run, kRunnable), ready);
  } else {
    account.unplaced_ns += ready;
  }
  if (!waits_still) {
    account.waits = capture(record, process, tid, account);
    account.cut_with = account.waits && !stack_.whole ? process.modules : 0;
  }
  if (!account.waits) return;
  account.last_wait = account.waits;
  if (account.unplaced_ns <= 0) return;
  record.add_wait(account, *account.waits, account.unplaced_ns);
  account.unplaced_ns = 0;
}

// The stack of a thread that is blocked, and stays so while it is read: else what was read may be none.
std::optional<uint32_t> WallWatch::capture(ProcessRecord& record, Process& process, uint32_t tid,
                                           const ThreadAccount& account) {
  BlockedAt at;
  const int error = process.tasks.blocked_at(tid, at);
  if (error == EAGAIN || error == ENOENT || error == ESRCH) return std::nullopt;
  uint32_t labels = 0;
  stack_ = {};
  if (error == 0) {
    read_stack(record, process, tid, at);
    if (account.labels_at != 0 && read_memory(tid, account.labels_at, &labels, sizeof labels) < 0) labels = 0;
  } else if (!note_refusal(record, error)) {
    return std::nullopt;
  }
  const auto after = process.tasks.clock(tid);
  if (!after || after->turns != account.turns) return std::nullopt;
  if (error == 0 && !stack_.whole && now_ns() - process.since_ns < kSettled) return std::nullopt;
  const uint32_t state = error != 0 ? kBlocked : at.call >= 0 ? state_of_call(at.call) : kPageFault;
  return record.intern_wait(tid, labels, state, stack_.frames, error != 0 || stack_.whole);
}

void WallWatch::read_stack(ProcessRecord& record, Process& process, uint32_t tid, const BlockedAt& at) {
  for (const size_t size : kStackBytes) {
    memory_.resize(size);
    const long read = read_memory(tid, at.sp, memory_.data(), size);
    if (read < 0 && errno != EFAULT) note_refusal(record, errno);
    unwind::CapturedStack captured;
    captured.registers[UNW_X86_64_RSP] = at.sp;
    captured.registers[UNW_X86_64_RIP] = at.pc;
    captured.has_all_registers = false;
    captured.memory = std::span(memory_).first(static_cast<size_t>(std::max(0l, read)));
    process.unwinder.unwind(captured, stack_);
    if (stack_.whole || read < static_cast<long>(size)) return;
  }
}

void WallWatch::load_modules(const ProcessRecord& record, Process& process) {
  const ModuleMap& modules = record.modules();
  if (process.epoch == modules.epoch() && process.modules == modules.all().size()) return;
  process.epoch = modules.epoch();
  process.modules = modules.all().size();
  process.unwinder.forget_all();
  for (const LoadedModule& one : modules.all()) {
    if (one.last_epoch == UINT32_MAX) process.unwinder.load(one.module, files_.get(one.file));
  }
}

}  // namespace prof::record
