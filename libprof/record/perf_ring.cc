#include "libprof/record/perf_ring.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <utility>

#include "libprof/base/files.h"
#include "libprof/record/clocks.h"
#include "libprof/record/outside.h"

namespace prof::record {
namespace {

constexpr uint64_t kPage = 4096;
constexpr uint64_t kLongestPoll = 20;  // milliseconds
constexpr uint64_t kSmallestRing = uint64_t{512}
                                   << 10;  // what perf_event_mlock_kb allows everybody, for each CPU
// Room for three samples of the largest stacks: where no more may be locked.
constexpr uint64_t kLeastRing = uint64_t{128} << 10;
constexpr uint64_t kLargestRing = uint64_t{4} << 20, kMostForRings = uint64_t{64} << 20;

// Deep stacks where there is room for them: half a second of samples is to fit into a ring.
uint32_t stack_size(const PerfOptions& options) {
  return options.period_ns >= 4'000'000 ? 32u << 10 : 8u << 10;
}

perf_event_attr attributes(const PerfOptions& options, bool sees_kernel) {
  perf_event_attr attr = {};
  attr.size = sizeof attr;
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_CPU_CLOCK;
  attr.sample_period = options.period_ns;
  attr.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;
  attr.sample_regs_user = PerfRings::kRegisters;
  attr.sample_stack_user = stack_size(options);
  attr.exclude_kernel = attr.exclude_hv = sees_kernel ? 0 : 1;
  attr.inherit = 1;
  attr.inherit_thread = options.children ? 0 : 1;
  attr.mmap = attr.mmap2 = attr.comm = attr.comm_exec = attr.task = attr.context_switch = 1;
  attr.sample_id_all = 1;
  attr.use_clockid = 1;
  attr.clockid = CLOCK_MONOTONIC;
  attr.disabled = attr.enable_on_exec = options.from_exec ? 1 : 0;
  return attr;
}

// As many files as this process may have. A descriptor for each thread and CPU is soon past what shells
// allow.
rlim_t raise_most_files() {
  rlimit most = {};
  if (::getrlimit(RLIMIT_NOFILE, &most) != 0) return RLIM_INFINITY;
  most.rlim_cur = most.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &most);
  return most.rlim_max;
}

// Fails where few are left: modules are to be read, and profiles written.
int open_event(perf_event_attr& attr, uint32_t tid, int cpu) {
  constexpr rlim_t kOthers = 64;
  static const rlim_t kMost = raise_most_files();
  const auto fd = static_cast<int>(::syscall(SYS_perf_event_open, &attr, tid, cpu, -1, PERF_FLAG_FD_CLOEXEC));
  if (fd < 0 || static_cast<rlim_t>(fd) + kOthers < kMost) return fd;
  ::close(fd);
  errno = EMFILE;
  return -1;
}

std::vector<int> online_cpus() {
  std::vector<int> all;
  for (int cpu = 0; cpu < static_cast<int>(::sysconf(_SC_NPROCESSORS_CONF)); cpu++) all.push_back(cpu);
  return all;
}

}  // namespace

int perf_paranoid() {
  const auto text = read_file("/proc/sys/kernel/perf_event_paranoid", 64);
  return text ? std::atoi(text->c_str()) : -100;
}

Error explain_perf(int error, pid_t pid) {
  const std::string who = pid > 0 ? "process " + std::to_string(pid) : "programs from outside";
  const std::string what = "cannot sample " + who + ": ";
  const int level = perf_paranoid();
  if (level == -100) return {what + "this kernel has no perf events", "record a dynamically linked program"};
  if (error == ESRCH) return {what + "there is no such process", "ps -e lists them"};
  if (error == EMFILE) return {what + "too many open files", "ulimit -n 65536"};
  if (error == EPERM && level <= 2) {
    return {what + "perf_event_open is forbidden here, by a container's seccomp rules most likely",
            "start the container with --cap-add PERFMON, or --security-opt seccomp=unconfined"};
  }
  if (error == EACCES || error == EPERM) {
    if (level > 2) {
      return {what + "kernel.perf_event_paranoid is " + std::to_string(level) + ", and 2 is needed",
              "sudo sysctl kernel.perf_event_paranoid=2"};
    }
    if (std::string owner = explain_owner(static_cast<uint32_t>(pid)); pid > 0 && !owner.empty())
      return {what + owner, ""};
    return {what + "it is another user's, or set-user-id (perf_event_paranoid " + std::to_string(level) + ")",
            "ask as its user, or as root"};
  }
  return {what + std::strerror(error), ""};
}

Result<PerfRings> PerfRings::open(const PerfOptions& options) {
  PerfRings rings;
  rings.ring_size_ =
      std::clamp(std::bit_floor(kMostForRings / online_cpus().size()), kSmallestRing, kLargestRing);
  if (options.from_exec) {
    const auto opened = rings.open_thread(options, static_cast<uint32_t>(options.pid));
    if (!opened) return tl::unexpected<Error>(opened.error());
  }
  // Threads that begin meanwhile are inherited where their creator was seen; once no new one shows, all are.
  for (bool is_new = !options.from_exec; is_new;) {
    const auto opened = rings.open_new(options);
    if (!opened) return tl::unexpected<Error>(opened.error());
    is_new = *opened && !rings.events_.empty();
  }
  if (rings.events_.empty()) return tl::unexpected<Error>(explain_perf(ESRCH, options.pid));
  return rings;
}

Result<bool> PerfRings::open_new(const PerfOptions& options) {
  const auto asked = static_cast<uint32_t>(options.pid);
  std::vector<Descendant> processes = {{asked, 0}};
  if (options.children) {
    const auto descendants = descendants_of(asked);
    processes.insert(processes.end(), descendants.begin(), descendants.end());
  }
  bool is_new = false;
  for (const auto& [pid, parent] : processes) {
    for (const uint32_t tid : TaskDirectory(pid).threads()) {
      if (refused_.contains(pid) || !seen_.insert(tid).second) continue;
      is_new = true;
      const size_t before = events_.size();
      const auto added = open_thread(options, tid);
      if (!added && pid == asked) return tl::unexpected<Error>(added.error());
      if (!added) refused_.insert(pid);
      if (events_.size() > before) opened_.push_back({pid, parent, tid, now_ns()});
    }
  }
  return is_new;
}

Result<void> PerfRings::open_thread(const PerfOptions& options, uint32_t tid) {
  std::vector<Ring> opened;
  for (const int cpu : online_cpus()) {
    auto attr = attributes(options, sees_kernel_);
    int fd = open_event(attr, tid, cpu);
    if (fd < 0 && (errno == EACCES || errno == EPERM) && sees_kernel_ && events_.empty() && opened.empty()) {
      sees_kernel_ = false;
      attr = attributes(options, false);
      fd = open_event(attr, tid, cpu);
    }
    if (fd < 0 && (errno == ENODEV || errno == ENXIO)) continue;  // the CPU is offline
    if (fd < 0) {
      const int error = errno;
      for (const Ring& one : opened) ::close(one.fd);
      if (error == ESRCH) return {};  // the thread ended
      return tl::unexpected<Error>(explain_perf(error, options.pid));
    }
    opened.push_back({cpu, fd, nullptr});
  }
  for (const Ring& one : opened) events_.push_back(one.fd);
  if (rings_.empty()) return map_rings(std::move(opened));
  for (const Ring& one : opened) {
    const auto ring =
        std::find_if(rings_.begin(), rings_.end(), [&](const Ring& other) { return other.cpu == one.cpu; });
    if (ring == rings_.end()) continue;  // the CPU came online since: its time is counted, without samples
    if (::ioctl(one.fd, PERF_EVENT_IOC_SET_OUTPUT, ring->fd) == 0) continue;
    return fail("cannot sample thread " + std::to_string(tid) + ": " + std::strerror(errno));
  }
  return {};
}

// All of one size, which the limit on locked memory allows for all together.
Result<void> PerfRings::map_rings(std::vector<Ring> rings) {
  for (;; ring_size_ /= 2) {
    for (Ring& ring : rings) {
      void* const map = ::mmap(nullptr, kPage + ring_size_, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, 0);
      if (map == MAP_FAILED) break;
      ring.page = static_cast<perf_event_mmap_page*>(map);
      rings_.push_back(ring);
    }
    if (rings_.size() == rings.size()) return {};
    const int error = errno;
    unmap_rings();
    if (ring_size_ > kLeastRing) continue;
    return fail(fmt::format("cannot lock {} KiB for each CPU's samples: {}", (kPage + ring_size_) >> 10,
                            std::strerror(error)),
                "ulimit -l unlimited, or sudo sysctl kernel.perf_event_mlock_kb=4096");
  }
}

void PerfRings::unmap_rings() {
  for (const Ring& ring : rings_) ::munmap(ring.page, kPage + ring_size_);
  rings_.clear();
}

PerfRings::PerfRings(PerfRings&& other) noexcept
    : rings_(std::exchange(other.rings_, {})),
      events_(std::exchange(other.events_, {})),
      opened_(std::exchange(other.opened_, {})),
      seen_(std::exchange(other.seen_, {})),
      refused_(std::exchange(other.refused_, {})),
      later_(std::exchange(other.later_, {})),
      ring_size_(other.ring_size_),
      sees_kernel_(other.sees_kernel_) {}

PerfRings::~PerfRings() {
  unmap_rings();
  for (const int event : events_) ::close(event);
}

uint64_t PerfRings::count() const {
  uint64_t sum = 0;
  for (const int event : events_) {
    uint64_t ns = 0;
    if (::read(event, &ns, sizeof ns) == sizeof ns) sum += ns;
  }
  return sum;
}

int PerfRings::milliseconds_to_poll(const PerfOptions& options) const {
  const uint64_t samples = ring_size_ / 4 / stack_size(options);
  return static_cast<int>(std::clamp<uint64_t>(samples * options.period_ns / 1'000'000, 1, kLongestPoll));
}

std::vector<PerfRecord> PerfRings::drain() {
  // What is written while we read the first ring may be in the second one, and what was before it not.
  const int64_t until = now_ns();
  std::vector<PerfRecord> all = std::exchange(later_, {});
  for (const Ring& ring : rings_) {
    const char* const data = reinterpret_cast<const char*>(ring.page) + kPage;
    std::atomic_ref<__u64> shared_head(ring.page->data_head), shared_tail(ring.page->data_tail);
    // Acquire: records up to the head are whole. Release, below: our copies are made.
    const uint64_t head = shared_head.load(std::memory_order_acquire);
    uint64_t tail = shared_tail.load(std::memory_order_relaxed);
    const auto copy = [&](uint64_t at, char* to, size_t size) {
      const uint64_t offset = at % ring_size_;
      const size_t first = std::min<uint64_t>(size, ring_size_ - offset);
      std::memcpy(to, data + offset, first);
      std::memcpy(to + first, data, size - first);
    };
    while (tail < head) {
      perf_event_header header = {};
      copy(tail, reinterpret_cast<char*>(&header), sizeof header);
      if (header.size < sizeof header || header.size > head - tail) break;
      PerfRecord record = {header.type, header.misc, 0, std::vector<char>(header.size - sizeof header)};
      copy(tail + sizeof header, record.body.data(), record.body.size());
      // The time stands behind pid and tid: at the front of a sample, at the end of all others.
      const size_t at = header.type == PERF_RECORD_SAMPLE ? 8 : record.body.size() - 8;
      if (record.body.size() >= 16) std::memcpy(&record.time_ns, record.body.data() + at, 8);
      all.push_back(std::move(record));
      tail += header.size;
    }
    shared_tail.store(tail, std::memory_order_release);
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const PerfRecord& a, const PerfRecord& b) { return a.time_ns < b.time_ns; });
  const auto later = std::partition_point(all.begin(), all.end(),
                                          [&](const PerfRecord& one) { return one.time_ns <= until; });
  later_.assign(std::move_iterator(later), std::move_iterator(all.end()));
  all.erase(later, all.end());
  return all;
}

}  // namespace prof::record
