#include "libprof/agent/spool_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <new>

#include "libprof/agent/clock.h"
#include "libprof/agent/own_process.h"
#include "libprof/agent/pages.h"
#include "libprof/agent/private_directory.h"
#include "libprof/agent/text.h"

namespace prof::agent {
namespace {

using Name = Text<64>;

// Where spools are mapped, in turn. Forked with the rest of the memory, so that the place of the last one is
// the parent's.
struct Place {
  void* address = nullptr;
  uint64_t size = 0;
};
Place places[2];
int next_place = 0;

// Maps `fd`, over the spool before the last where there is one: a writer that is still busy in that, in a
// handler that forked twice, spoils a record and nothing else. MAP_FAILED with errno.
void* map_spool(int fd, uint64_t size) {
  Place& place = places[next_place];
  const bool is_reused = place.size == size;
  if (!is_reused && !budget.take(size)) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  void* const address = ::mmap(is_reused ? place.address : nullptr, size, PROT_READ | PROT_WRITE,
                               MAP_SHARED | (is_reused ? MAP_FIXED : 0), fd, 0);
  if (address == MAP_FAILED) {
    if (!is_reused) budget.give_back(size);
    return address;
  }
  // Else the first write to a page reads ahead of it, into pages that are all zeros: up to megabytes of them,
  // and more than a millisecond, in whoever takes the first sample. Where it is refused it is slow, no more.
  static_cast<void>(::madvise(address, size, MADV_RANDOM));
  place = {address, size};
  next_place ^= 1;
  return address;
}

// In the spool of the process that this one was forked from. In one that was not there is none, or an own one
// that was stopped, and is private memory.
void tell_parent(int code) {
  auto* const header = static_cast<spool::Header*>(places[next_place ^ 1].address);
  if (header == nullptr) return;
  header->lost_children_errno.store(static_cast<uint32_t>(code), std::memory_order_relaxed);
  header->lost_children.fetch_add(1, std::memory_order_release);
}

// "what: reason", for the recorder to show.
void leave_error(const Config& config, const char* what, int code, Text<256>& error) {
  const char* reason = ::strerrordesc_np(code);
  error.clear();
  error.add(what).add(": ").add(reason != nullptr ? reason : "unknown error");
  if (!leave_note(config, error.c_str())) tell_parent(code);
}

void describe(spool::Header* header, const Config& config, int64_t start_ns) {
  header->magic = spool::kMagic;
  header->version = spool::kVersion;
  header->pid = static_cast<uint32_t>(::getpid());
  header->parent_pid = static_cast<uint32_t>(::getppid());
  header->ring_size = config.ring_size;
  header->kinds = config.kinds;
  for (int kind = 0; kind < kKindCount; ++kind) header->periods[kind] = config.periods[kind];
  header->start_realtime_ns = now_ns(CLOCK_REALTIME);
  header->start_monotonic_ns = start_ns;
  header->pid_namespace = own_pid_namespace();
  executable_path(header->executable, sizeof header->executable);
  executed_as(header->name, sizeof header->name);
}

}  // namespace

bool leave_note(const Config& config, const char* text) {
  const size_t size = std::strlen(text);
  if (!may_write_file(size + 1)) return false;
  const PrivateDirectory directory(config.directory.c_str());
  Name name;
  name.add(static_cast<uint64_t>(::getpid())).add(".error");
  directory.remove(name.c_str());
  const RawFile file(directory.fd(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
  const iovec parts[] = {{const_cast<char*>(text), size}, {const_cast<char*>("\n"), 1}};
  return file.is_open() && file.write(parts, 2, size + 1);
}

spool::Header* create_spool(const Config& config, Text<256>& error) {
  const int64_t start_ns = now_ns(CLOCK_MONOTONIC);
  Name name, temporary;
  name.add(static_cast<uint64_t>(::getpid())).add("-").add(static_cast<uint64_t>(start_ns));
  name.add(spool::kSuffix);
  temporary.add(name.c_str()).add(".tmp");
  const PrivateDirectory directory(config.directory.c_str());
  const uint64_t size = spool::kHeaderSize + config.ring_size;
  void* address = nullptr;
  int code = 0;
  {
    const RawFile file(directory.fd(), temporary.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
    if (!file.is_open()) {
      const int failure = directory.failure() != 0 ? directory.failure() : errno;
      leave_error(config, "cannot create the spool", failure, error);
      return nullptr;
    }
    code = may_write_file(size) ? ::posix_fallocate(file.fd(), 0, static_cast<off_t>(size)) : EFBIG;
    if (code == 0) address = map_spool(file.fd(), size);
    if (address == MAP_FAILED) code = errno;
  }
  if (code != 0) {
    directory.remove(temporary.c_str());
    leave_error(config, "cannot allocate the spool", code, error);
    return nullptr;
  }
  auto* const header = new (address) spool::Header{};
  describe(header, config, start_ns);
  header->state.store(static_cast<uint32_t>(spool::State::kRunning), std::memory_order_release);
  if (!directory.rename(temporary.c_str(), name.c_str())) {
    leave_error(config, "cannot rename the spool", errno, error);
    directory.remove(temporary.c_str());
    detach_spool(header);
    return nullptr;
  }
  return header;
}

void finish_spool(spool::Header* header) {
  header->finish_monotonic_ns.store(now_ns(CLOCK_MONOTONIC), std::memory_order_relaxed);
  header->cpu_time_ns.store(static_cast<uint64_t>(now_ns(CLOCK_PROCESS_CPUTIME_ID)),
                            std::memory_order_relaxed);
  header->state.store(static_cast<uint32_t>(spool::State::kFinished), std::memory_order_release);
}

void detach_spool(spool::Header* header) {
  // Where this fails the old mapping stays: still no fault in whoever writes to it.
  static_cast<void>(::mmap(header, spool::kHeaderSize + header->ring_size, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0));
}

}  // namespace prof::agent
