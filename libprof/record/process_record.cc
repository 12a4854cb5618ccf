#include "libprof/record/process_record.h"

#include <algorithm>
#include <cmath>

#include "libprof/base/paths.h"
#include "libprof/record/wait_state.h"

namespace prof::record {
namespace {

// A thread that has run for so long, and so many periods, has a sample if it has a timer: the first comes
// within one, at the next tick of the kernel that finds the thread on a CPU.
constexpr double kTicks = 40e6, kPeriods = 3;

constexpr size_t kNanoseconds = 1;  // the sample type of the cpu kind

}  // namespace

// Words of an interned stack: epoch and thread, exact, labels and state, size, frames.
Stack KindRecord::stack(uint32_t id) const {
  const auto words = stacks_.words(id);
  const auto low = [](uint64_t word) { return static_cast<uint32_t>(word); };
  const auto high = [](uint64_t word) { return static_cast<uint32_t>(word >> 32); };
  return {low(words[0]), high(words[0]), low(words[2]), high(words[2]), words[3], words[1], words.subspan(4)};
}

uint32_t KindRecord::intern(const Stack& stack) {
  scratch_.assign({uint64_t{stack.tid} << 32 | stack.epoch, stack.exact,
                   uint64_t{stack.state} << 32 | stack.labels, stack.size});
  scratch_.insert(scratch_.end(), stack.frames.begin(), stack.frames.end());
  const uint32_t id = stacks_.intern(scratch_);
  if (id == values.size()) values.push_back({});
  return id;
}

ProcessRecord::ProcessRecord(const spool::Header& header, std::string_view executable_path)
    : pid(header.pid),
      parent_pid(header.parent_pid),
      pid_namespace(header.pid_namespace),
      executable(executable_path),
      start_realtime_ns(header.start_realtime_ns),
      start_monotonic_ns(header.start_monotonic_ns),
      end_monotonic_ns(header.start_monotonic_ns),
      name_(header.name, ::strnlen(header.name, sizeof header.name)),
      generation_size_(header.ring_size / (sizeof(spool::RecordHeader) + sizeof(spool::Free))) {
  for (int i = 0; i < kKindCount; i++) {
    kinds_[i].asked = (header.kinds >> i & 1) != 0;
    kinds_[i].period = header.periods[i];
  }
}

std::string ProcessRecord::name() const { return name_.empty() ? std::string(base_name(executable)) : name_; }

void ProcessRecord::add(const spool::Record& record) {
  std::visit([this](const auto& one) { take(one); }, record);
}

void ProcessRecord::take(const spool::EventRecord& record) {
  const spool::Event& event = record.event;
  end_monotonic_ns = std::max(end_monotonic_ns, event.time_ns);
  if (event.kind == Kind::k_cpu) return take_run(record);
  const uint32_t stack = count(event.kind, record, static_cast<double>(event.value), kNoState);
  if (weigher(event.kind).live_values < 0) return;
  if (freed_early_[0].erase(event.id) + freed_early_[1].erase(event.id) > 0) return;
  live_[event.id] = {stack, event.weight, event.value};
}

// CPU time is what a thread runs, and the cpu kind is recorded, or the wall kind, or both.
void ProcessRecord::take_run(const spool::EventRecord& record) {
  const spool::Event& event = record.event;
  const KindRecord& wall = kind(Kind::k_wall);
  if (kind(Kind::k_cpu).asked || !wall.asked) count(Kind::k_cpu, record, 0, kNoState);
  if (!wall.asked) return;
  const double ns = static_cast<double>(event.weight) * static_cast<double>(kind(Kind::k_cpu).period);
  ThreadAccount& account = wall_.find(event.tid, event.time_ns - static_cast<int64_t>(ns));
  account.last_run = count(Kind::k_wall, record, ns, kRunning);
  account.seen_ns += ns;
}

uint32_t ProcessRecord::count(Kind which, const spool::EventRecord& record, double value, uint32_t state) {
  const spool::Event& event = record.event;
  KindRecord& kind = kinds_[static_cast<size_t>(which)];
  const uint32_t stack = stack_of(record, kind, state);
  const Values values =
      weigher(which).weigh(static_cast<double>(event.weight), value, static_cast<double>(kind.period));
  for (int i = 0; i < kMaxSampleTypes; i++) kind.values[stack][i] += values[i];
  kind.events++;
  kind.weight += event.weight;
  if ((event.flags & spool::kTruncated) != 0) kind.truncated_events++;
  return stack;
}

uint32_t ProcessRecord::stack_of(const spool::EventRecord& record, KindRecord& kind, uint32_t state) {
  const spool::Event& event = record.event;
  const uint32_t tid = tid_or_zero(event.tid);
  const uint64_t size = weigher(event.kind).by_size ? size_class(event.value) : 0;
  const auto intern = [&] {
    return kind.intern({modules_.epoch(), tid, event.labels, state, size, event.exact, record.frames});
  };
  if (event.kind != Kind::k_cpu || tid == 0) return intern();
  if ((event.flags & spool::kRest) == 0) return kind.latest_run[tid] = intern();
  const auto latest = kind.latest_run.find(tid);
  return latest != kind.latest_run.end() ? latest->second : intern();
}

std::unordered_map<uint32_t, double> ProcessRecord::sampled_ns() const {
  const KindRecord& cpu = kind(Kind::k_cpu);
  std::unordered_map<uint32_t, double> all;
  for (uint32_t id = 0; id < cpu.stack_count(); id++) all[cpu.stack(id).tid] += cpu.values[id][kNanoseconds];
  return all;
}

std::unordered_map<uint32_t, uint64_t> ProcessRecord::user_times(
    const std::unordered_map<uint32_t, uint64_t>& times, double user_ns) const {
  const auto sampled = sampled_ns();
  const auto seen = [&](uint32_t tid) {
    const auto known = sampled.find(tid);
    return known != sampled.end() ? known->second : 0;
  };
  double missing = user_ns, unseen = 0;
  for (const auto& [tid, ns] : sampled) missing -= ns;
  for (const auto& [tid, ns] : times) unseen += std::max(0.0, static_cast<double>(ns) - seen(tid));
  const double part = unseen > 0 ? std::clamp(missing / unseen, 0.0, 1.0) : 0;
  auto all = times;
  for (auto& [tid, ns] : all) {
    const double rest = std::max(0.0, static_cast<double>(ns) - seen(tid));
    ns = static_cast<uint64_t>(std::llround(seen(tid) + part * rest));
  }
  return all;
}

void ProcessRecord::weigh_threads(const std::unordered_map<uint32_t, uint64_t>& times) {
  KindRecord& cpu = kinds_[static_cast<size_t>(Kind::k_cpu)];
  if (!cpu.asked || cpu.period == 0) return;
  auto sampled = sampled_ns();
  for (uint32_t id = 0; id < cpu.stack_count(); id++) {
    const uint32_t tid = cpu.stack(id).tid;
    const auto time = times.find(tid);
    if (time == times.end() || sampled[tid] == 0) continue;
    for (double& value : cpu.values[id]) value *= static_cast<double>(time->second) / sampled[tid];
  }
  for (const auto& [tid, ns] : times) {
    if (ns == 0 || sampled[tid_or_zero(tid)] != 0) continue;
    const double periods = static_cast<double>(ns) / static_cast<double>(cpu.period);
    const Values values = weigher(Kind::k_cpu).weigh(periods, 0, static_cast<double>(cpu.period));
    const uint32_t id = cpu.intern({modules_.epoch(), tid_or_zero(tid), 0, kNoState, 0, 0, {}});
    for (int i = 0; i < kMaxSampleTypes; i++) cpu.values[id][i] += values[i];
  }
}

uint32_t ProcessRecord::intern_wait(uint32_t tid, uint32_t labels, uint32_t state,
                                    std::span<const uint64_t> frames, bool is_whole) {
  KindRecord& wall = kinds_[static_cast<size_t>(Kind::k_wall)];
  wall.events++;
  if (!is_whole) wall.truncated_events++;
  return wall.intern({modules_.epoch(), tid_or_zero(tid), labels, state, 0, 0, frames});
}

void ProcessRecord::add_wait(ThreadAccount& account, uint32_t stack, double ns) {
  KindRecord& wall = kinds_[static_cast<size_t>(Kind::k_wall)];
  const Values values = weigher(Kind::k_wall).weigh(1, ns, static_cast<double>(wall.period));
  for (int i = 0; i < kMaxSampleTypes; i++) wall.values[stack][i] += values[i];
  account.seen_ns += ns;
}

uint32_t ProcessRecord::wall_stack(uint32_t id, uint32_t state) {
  KindRecord& wall = kinds_[static_cast<size_t>(Kind::k_wall)];
  Stack stack = wall.stack(id);
  stack.state = state;
  return wall.intern(stack);
}

void ProcessRecord::take(const spool::Thread& record) {
  thread_names_[record.tid] = record.name;
  // Its number may have been another thread's.
  if (record.event == spool::ThreadEvent::kBegan)
    kinds_[static_cast<size_t>(Kind::k_cpu)].latest_run.erase(record.tid);
  if (!kind(Kind::k_wall).asked || record.event == spool::ThreadEvent::kNamed) return;
  if (record.event == spool::ThreadEvent::kBegan) {
    ThreadAccount& account = wall_.begin(record.tid, record.time_ns);
    account.labels_at = record.labels_at;
    account.waits.reset();  // its stack is read again, with its labels
    return;
  }
  ThreadAccount& account = wall_.find(record.tid, record.time_ns);
  account.routine = record.routine;
  settle(account, record.tid, record.time_ns);
}

// Near the latest stack that the thread waited or ran in, else in the function it began with. A thread that
// ran for long without a sample is one that no timer samples: so much of it is known to be running.
void ProcessRecord::settle(ThreadAccount& account, uint32_t tid, int64_t time_ns) {
  double unseen = wall_.settle(account, time_ns);
  const uint64_t inside = account.routine + 1;  // as a return address is
  const auto routine = std::span(&inside, account.routine != 0 ? 1 : 0);
  const double sampled_by = std::max(kTicks, kPeriods * static_cast<double>(kind(Kind::k_cpu).period));
  if (!account.last_run && account.ran_ns > sampled_by) {
    const double ran = std::min(unseen, account.ran_ns);
    if (ran > 0) add_wait(account, intern_wait(tid, 0, kRunning, routine, true), ran);
    unseen -= ran;
  }
  if (unseen <= 0) return;
  if (account.last_wait) return add_wait(account, *account.last_wait, unseen);
  if (account.last_run) return add_wait(account, wall_stack(*account.last_run, kBlocked), unseen);
  add_wait(account, intern_wait(tid, 0, kBlocked, routine, true), unseen);
}

uint32_t ProcessRecord::tid_or_zero(uint32_t tid) {
  if (threads_.size() < kMaxThreads) threads_.insert(tid);
  return threads_.contains(tid) ? tid : 0;
}

const std::string& ProcessRecord::thread_name(uint32_t tid) const {
  static const std::string kNone;
  const auto name = thread_names_.find(tid);
  return name != thread_names_.end() ? name->second : kNone;
}

void ProcessRecord::take(const spool::LabelsRecord& record) {
  if (label_sets_.size() >= kMaxLabelSets) return;
  LabelSet& set = label_sets_[record.labels.set];
  set.clear();
  std::string_view rest = record.text;
  const auto next = [&rest] {
    std::string part(rest.substr(0, rest.find('\0')));
    rest.remove_prefix(part.size() + 1);
    return part;
  };
  while (!rest.empty()) {
    std::string key = next();
    set.emplace_back(std::move(key), next());
  }
}

const ProcessRecord::LabelSet& ProcessRecord::labels(uint32_t set) const {
  static const LabelSet kNone;
  const auto known = label_sets_.find(set);
  return known != label_sets_.end() ? known->second : kNone;
}

void ProcessRecord::take(const spool::Free& record) {
  if (live_.erase(record.id) > 0) return;
  if (freed_early_[0].size() >= generation_size_) freed_early_[1] = std::exchange(freed_early_[0], {});
  freed_early_[0].insert(record.id);
}

void ProcessRecord::take(const spool::ExecRecord& record) {
  if (!record.path.empty()) {
    executed.push_back({record.exec.time_ns, record.exec.pid, std::string(record.path)});
    return;
  }
  const auto failed = std::find_if(executed.rbegin(), executed.rend(),
                                   [&](const Executed& one) { return one.pid == record.exec.pid; });
  if (failed != executed.rend()) executed.erase(std::next(failed).base());
}

void ProcessRecord::finish(const spool::Header& header, bool has_ended) {
  if (header.state.load(std::memory_order_acquire) == static_cast<uint32_t>(spool::State::kFinished)) {
    end_monotonic_ns = std::max(end_monotonic_ns, header.finish_monotonic_ns.load(std::memory_order_relaxed));
  }
  cpu_time_ns = std::max(cpu_time_ns, header.cpu_time_ns.load(std::memory_order_relaxed));
  for (int i = 0; i < spool::kDropCount; i++) drops[i] = header.drops[i].load(std::memory_order_relaxed);
  tier.perf_threads = header.perf_threads.load(std::memory_order_relaxed);
  tier.refused = header.perf_refused.load(std::memory_order_relaxed);
  tier.taken = header.perf_taken.load(std::memory_order_relaxed);
  lost_children = header.lost_children.load(std::memory_order_acquire);
  lost_children_errno = static_cast<int>(header.lost_children_errno.load(std::memory_order_relaxed));
  for (int i = 0; i < kKindCount; i++) {
    kinds_[i].lost_weight = header.lost_weight[i].load(std::memory_order_relaxed);
  }
  if (has_ended) settle_waits();
}

void ProcessRecord::settle_waits() {
  if (!kind(Kind::k_wall).asked) return;
  for (auto& [tid, account] : wall_.all()) {
    settle(account, tid, account.gone_ns != 0 ? account.gone_ns : end_monotonic_ns);
  }
}

std::vector<Values> ProcessRecord::values(Kind which) const {
  const KindRecord& record = kind(which);
  const Weigher& row = weigher(which);
  std::vector<Values> all = record.values;
  if (row.live_values < 0) return all;
  for (const auto& [id, block] : live_) {
    const Values values = row.weigh(static_cast<double>(block.weight), static_cast<double>(block.size),
                                    static_cast<double>(record.period));
    for (int i = row.live_values; i < kMaxSampleTypes; i++)
      all[block.stack][i] += values[i - row.live_values];
  }
  return all;
}

}  // namespace prof::record
