#include "libprof/agent/exec_record.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "libprof/agent/clock.h"
#include "libprof/agent/pages.h"
#include "libprof/agent/state.h"

namespace prof::agent {
namespace {

bool is_open() { return state->is_open.load(std::memory_order_acquire); }

void write_exec(int64_t time_ns, pid_t pid, const char* path, size_t size) {
  const spool::Exec exec = {time_ns, static_cast<uint32_t>(pid), static_cast<uint32_t>(size)};
  state->writer.write(spool::RecordType::kExec, exec, path, size);
}

}  // namespace

int64_t time_of_exec() { return is_open() ? now_ns(CLOCK_MONOTONIC) : 0; }

void tell_exec(int64_t time_ns, pid_t pid, const char* path) {
  if (!is_open() || path == nullptr) return;
  const size_t rest = std::strlen(path);
  if (rest > kPageSize) return;
  if (path[0] == '/' || std::strchr(path, '/') == nullptr) return write_exec(time_ns, pid, path, rest);
  auto* const whole = static_cast<char*>(map_pages(kPageSize));  // the stack may be a signal handler's
  if (whole == nullptr) return;
  const long length = ::syscall(SYS_getcwd, whole, kPageSize);
  const size_t size = length > 1 ? static_cast<size_t>(length) : 0;
  if (size > 0) whole[size - 1] = '/';
  if (size + rest <= kPageSize) {
    std::memcpy(whole + size, path, rest);
    write_exec(time_ns, pid, whole, size + rest);
  }
  unmap_pages(whole, kPageSize);
}

}  // namespace prof::agent
