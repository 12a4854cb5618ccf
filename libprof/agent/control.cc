// prof.h: a program that records itself.
//
// Called from: threads. Calls are serialised; they block on the collector while it lives and works.
#include <fcntl.h>
#include <prof/prof.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "libprof/agent/agent.h"
#include "libprof/agent/clock.h"
#include "libprof/agent/collector_process.h"
#include "libprof/agent/next.h"
#include "libprof/agent/own_process.h"
#include "libprof/agent/spool_file.h"
#include "libprof/agent/uncancellable.h"
#include "libprof/agent/watch.h"

namespace prof::agent {
namespace {

constexpr int kMaxHz = 20000;

// The process of whoever calls, or 0. Writers and readers exchange it, acquire and release. Whoever waits
// yields. A pid that is not ours was copied by a fork: its holder is not in this process, so it is taken
// over.
std::atomic<pid_t> called_by = 0;
class Turn {
 public:
  Turn() {
    const pid_t self = ::getpid();
    for (pid_t holder = 0; !called_by.compare_exchange_strong(holder, self, std::memory_order_acquire);) {
      if (holder != self) continue;  // tried again, against the parent's word
      pause();
      holder = 0;
    }
  }
  ~Turn() { called_by.store(0, std::memory_order_release); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  static void pause() {
    const timespec time = {0, 1'000'000};
    ::nanosleep(&time, nullptr);
  }

 private:
  Uncancellable uncancellable_;  // a thread that ended would keep the turn
};

// The rest belongs to whoever has the turn.
bool is_started = false;
pid_t owner = 0;  // a fork's child does not own its parent's recording
// Its spool, also after a sandbox or the program's end has ended the recording. Mapped while it is started.
spool::Header* recorded = nullptr;
CollectorProcess collector;

thread_local Message last_error;

int succeed() {
  last_error.clear();
  return 0;
}

int fail(const char* text) {
  last_error.clear();
  last_error.add(text);
  return -1;
}

bool is_recording_here() { return is_started && owner == ::getpid(); }

// All of `given` that its size says it has.
prof_options options_of(const prof_options* given) {
  prof_options options = {};
  if (given == nullptr) return options;
  const size_t size = given->size < sizeof options ? given->size : sizeof options;
  std::memcpy(&options, given, size);
  return options;
}

// Whether every name of `events` is a kind's.
bool are_kinds(const char* events) {
  while (*events != '\0') {
    const size_t length = std::strcspn(events, ",");
    bool is_known = false;
    for (const KindInfo& kind : kKinds) {
      is_known |= std::strlen(kind.name) == length && std::memcmp(kind.name, events, length) == 0;
    }
    if (!is_known) return false;
    events += length;
    if (*events == ',' && *++events == '\0') return false;
  }
  return true;
}

// Makes `directory` and what leads to it, as the collector would: the program is told now what the collector
// could only say at the end. 0, or why no profile can be written there.
int make_directory(const char* directory) {
  Text<4096> path;
  for (const char* at = directory; *at != '\0';) {
    const size_t name = std::strspn(at, "/"), size = name + std::strcspn(at + name, "/");
    path.add(at, size);
    ::mkdir(path.c_str(), 0777);
    at += size;
  }
  const int fd = ::open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno;
  ::close(fd);
  return ::access(directory, W_OK | X_OK) == 0 ? 0 : errno;
}

int start(const prof_options* given) {
  if (is_recording_here()) return fail("cannot start recording: it is started already; call prof_stop first");
  if (is_shut_in()) return fail("cannot start recording: the program has shut itself in a sandbox");
  const prof_options options = options_of(given);
  const char* const events = options.events != nullptr ? options.events : "cpu";
  if (events[0] == '\0' || !are_kinds(events)) {
    return fail("cannot start recording: events must be some of cpu,heap,mutex,wall");
  }
  if (options.cpu_hz < 0 || options.cpu_hz > kMaxHz) {
    return fail("cannot start recording: cpu_hz must be 1 to 20000, or 0 for the default");
  }
  const bool is_named = options.directory != nullptr && options.directory[0] != '\0';
  const char* const output = is_named ? options.directory : ".";
  // Whoever started it chose that, and may have put a link to any file there.
  if (is_set_id() && output[0] != '/') {
    return fail(
        "cannot start recording: a set-user-id program must name a whole path in prof_options.directory");
  }
  if (const int failure = make_directory(output); failure != 0) {
    const char* const reason = ::strerrordesc_np(failure);
    Message error;
    error.add("cannot start recording: no profile can be written into ").add(output).add(": ");
    error.add(reason != nullptr ? reason : "failed").add("; name another directory in prof_options");
    return fail(error.c_str());
  }
  const char* const temporary = ::secure_getenv("TMPDIR");
  Text<4096> spools;
  spools.add(temporary != nullptr && temporary[0] == '/' ? temporary : "/tmp").add("/prof-XXXXXX");
  char directory[4096];
  std::memcpy(directory, spools.c_str(), spools.length() + 1);
  if (::mkdtemp(directory) == nullptr) {
    return fail(
        "cannot start recording: no directory for the spool can be made; set TMPDIR to one with space");
  }
  Text<4096> text;
  text.add("kinds=").add(events);
  Config config = parse_config(text.c_str());
  config.directory.add(directory);
  if (options.cpu_hz > 0) {
    config.periods[static_cast<int>(Kind::k_cpu)] = config.periods[static_cast<int>(Kind::k_wall)] =
        1'000'000'000 / static_cast<uint64_t>(options.cpu_hz);
  }
  if (options.heap_interval > 0) config.periods[static_cast<int>(Kind::k_heap)] = options.heap_interval;

  Text<256> reason;
  if (!start_recording(config, reason)) {
    Text<4096> leftover;
    leftover.add(directory).add("/").add(static_cast<uint64_t>(::getpid())).add(".error");
    ::unlink(leftover.c_str());
    ::rmdir(directory);
    return fail(reason.c_str());
  }
  recorded = current_spool();
  Message error;
  if (!start_collector(directory, output, collector, error)) {
    Text<4096> path;
    path.add(directory).add("/").add(static_cast<uint64_t>(::getpid())).add("-");
    path.add(static_cast<uint64_t>(recorded->start_monotonic_ns)).add(spool::kSuffix);
    stop_recording();
    detach_spool(recorded);
    ::unlink(path.c_str());
    ::rmdir(directory);
    return fail(error.c_str());
  }
  is_started = true;
  owner = ::getpid();
  return succeed();
}

int stop() {
  if (!is_recording_here()) return fail("cannot stop recording: it is not started; call prof_start first");
  stop_recording();
  is_started = false;
  Message error;
  const bool is_written = wait_for_collector(collector, error);
  detach_spool(recorded);
  return is_written ? succeed() : fail(error.c_str());
}

int write() {
  if (!is_recording_here())
    return fail("cannot write profiles: recording is not started; call prof_start first");
  if (is_shut_in()) {
    return fail(
        "cannot write profiles: recording ended when the program shut itself in a sandbox; call prof_stop, "
        "which writes what was recorded until then");
  }
  const uint32_t request = recorded->write_requests.fetch_add(1, std::memory_order_acq_rel) + 1;
  Watch watch(collector.pid);
  while (static_cast<int32_t>(recorded->writes_done.load(std::memory_order_acquire) - request) < 0) {
    if (!is_alive(collector))
      return fail("cannot write profiles: the collector ended; call prof_stop for the reason");
    if (watch.has_stalled()) {
      Message error;
      describe_stall(collector, error.add("cannot write profiles: "));
      return fail(error.c_str());
    }
    Turn::pause();
  }
  if (recorded->write_failed.load(std::memory_order_relaxed) != 0) {
    return fail("cannot write profiles into the output directory; check that it exists and has space");
  }
  return succeed();
}

}  // namespace
}  // namespace prof::agent

using namespace prof::agent;

extern "C" {

PROF_EXPORT int prof_start(const prof_options* options) {
  if (is_launched()) return succeed();
  const Turn turn;
  return start(options);
}

PROF_EXPORT int prof_stop(void) {
  if (is_launched()) return succeed();
  const Turn turn;
  return stop();
}

PROF_EXPORT int prof_write(void) {
  if (is_launched()) return succeed();
  const Turn turn;
  return write();
}

PROF_EXPORT const char* prof_error(void) { return last_error.c_str(); }

}  // extern "C"
