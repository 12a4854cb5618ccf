#include "libprof/record/outside_recorder.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "libprof/record/agent_config.h"
#include "libprof/record/attach.h"
#include "libprof/record/checkpoint.h"
#include "libprof/record/launch.h"
#include "libprof/record/outputs.h"
#include "libprof/record/outside.h"
#include "libprof/record/pid_namespace.h"
#include "libprof/record/process_handle.h"
#include "libprof/record/program.h"
#include "libprof/record/request_file.h"
#include "libprof/record/stopwatch.h"
#include "libprof/record/wall_watch.h"
#include "libprof/record/write_profiles.h"

namespace prof::record {
namespace {

// Ctrl-C and SIGTERM while a running process is recorded: they end the recording, and not us; nor does
// another one while the profiles are made.
class EndSignals {
 public:
  EndSignals() {
    sigset_t ends;
    ::sigemptyset(&ends);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&ends, signal);
    ::sigprocmask(SIG_BLOCK, &ends, &before_);
    fd_ = ::signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;
  ~EndSignals() {
    forget();
    ::close(fd_);
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  int fd() const { return fd_; }
  // What ended the recording: only what comes later ends the wait for symbols.
  void forget() const {
    signalfd_siginfo info = {};
    while (::read(fd_, &info, sizeof info) > 0) {
    }
  }

 private:
  int fd_;
  sigset_t before_;
};

struct Session {
  const RecordOptions& options;
  const std::map<Kind, std::string>& names;
  PerfOptions perf;
  std::optional<WallWatch> watch;
  std::optional<Attachment> attached;
  std::unique_ptr<RequestFile> requests;

  void open(Attachment opened) {
    attached.emplace(std::move(opened));
    requests = RequestFile::make(static_cast<uint32_t>(perf.pid));
  }
};

// What is known by now, into the output files.
void write(Session& session, Recording& recording, const symbols::Progress& progress) {
  const RecordOptions& options = session.options;
  Attachment& attached = *session.attached;
  attached.settle();
  recording.from_outside = true;
  recording.sees_kernel = attached.sees_kernel();
  const std::string command =
      options.pid != 0 ? "-p " + std::to_string(options.pid) : command_line(options.command);
  Warnings warnings;
  if (attached.lost() > 0) {
    warnings.push_back(std::to_string(attached.lost()) +
                       (attached.lost() == 1 ? " record was" : " records were") +
                       " lost: the rings were full; lower -F");
  }
  if (const size_t refused = attached.refused(); refused > 0) {
    warnings.push_back(
        std::to_string(refused) + (refused == 1 ? " child process is" : " child processes are") +
        " not recorded: another user's, set-user-id, or past the limit of open files (ulimit -n)");
  }
  build_and_write(recording, attached.processes(), warnings, {command, progress, options.per_process, true},
                  session.names);
  for (const auto& [name, times] : attached.shut()) {
    constexpr const char* kWhy =
        "it is set-user-id or set-group-id, has file capabilities, or may not be read: perf does not sample "
        "it";
    recording.profiles.unprofiled.push_back({name, kWhy, times});
  }
}

// What a kill of this process would lose, written now and then, and when someone asks.
class Meanwhile {
 public:
  explicit Meanwhile(Session& session) : session_(session) {}
  ~Meanwhile() { tell(checkpoint_.finish()); }
  Meanwhile(const Meanwhile&) = delete;
  Meanwhile& operator=(const Meanwhile&) = delete;

  void poll() {
    RequestFile* const requests = session_.requests.get();
    tell(checkpoint_.outcome());
    if (checkpoint_.is_running()) return;
    const bool is_due = last_.seconds() >= session_.options.checkpoint;
    const bool is_asked = requests != nullptr && requests->is_asked();
    if (!is_due && !is_asked) return;
    last_.restart();
    checkpoint_.start([&] {
      Recording now;
      write(session_, now, {});
      if (requests != nullptr) tell_outputs(requests->directory(), now);
      return !now.error.has_value() && !now.saved_elsewhere;
    });
  }

 private:
  void tell(std::optional<bool> written) {
    if (written && session_.requests != nullptr) session_.requests->answer(!*written);
  }

  Session& session_;
  Checkpoint checkpoint_;
  Stopwatch last_;
};

// Whether the process has ended.
bool sample_until(Session& session, const ProcessHandle& process, int told,
                  const std::function<void()>& forward) {
  Attachment& attached = *session.attached;
  Meanwhile meanwhile(session);
  const int pause = attached.milliseconds_to_poll();
  const double seconds = session.options.duration;
  for (const Stopwatch watched; seconds == 0 || watched.seconds() < seconds;) {
    pollfd events[] = {{process.fd(), POLLIN, 0}, {told, POLLIN, 0}};
    ::poll(events, 2, session.watch ? session.watch->milliseconds_to_next(pause) : pause);
    const bool has_ended = process.has_ended();
    attached.poll();
    if (session.watch) session.watch->poll(attached.recording());
    if (has_ended) return true;
    meanwhile.poll();
    if (events[1].revents == 0) continue;
    if (!forward) return false;
    forward();
  }
  return false;
}

Result<void> attach_to_running(Session& session, const EndSignals& signals, Recording& recording) {
  const int pid = session.options.pid;
  const auto asked = static_cast<uint32_t>(pid);
  if (!proc_is_ours()) {
    return fail(
        fmt::format("cannot record process {}: /proc is of another PID namespace, or not mounted", pid),
        "mount -t proc proc /proc, or unshare with --mount-proc");
  }
  if (const uint32_t leader = process_of_thread(asked); leader != 0 && leader != asked) {
    return fail(fmt::format("cannot record process {0}: {0} is a thread of process {1}", pid, leader),
                fmt::format("prof record -p {}", leader));
  }
  const ProcessHandle process(pid);
  if (process.has_ended()) return tl::unexpected<Error>(explain_perf(ESRCH, pid));
  auto opened = Attachment::open(session.perf);
  if (!opened) return tl::unexpected<Error>(opened.error());
  session.open(std::move(*opened));
  if (session.watch) {
    for (ProcessRecord* one : session.attached->recording()) WallWatch::adopt(*one);
  }
  recording.ended_early = !sample_until(session, process, signals.fd(), {});
  signals.forget();
  return {};
}

Result<void> run_without_agent(Session& session, SignalRelay& signals, Recording& recording) {
  const RecordOptions& options = session.options;
  const auto prepare = [&](pid_t pid) -> Result<void> {
    session.perf.pid = pid;
    auto opened = Attachment::open(session.perf);
    if (!opened) return tl::unexpected<Error>(opened.error());
    session.open(std::move(*opened));
    return {};
  };
  auto child =
      launch({find_file(options.command[0]), options.command, "", "", options.children, prepare}, signals);
  if (!child) {
    return fail("cannot record " + options.command[0] + ": " + why_not_recorded(options.command[0]) +
                    ", and " + child.error().what,
                child.error().remedy);
  }
  const auto forward = [&] { signals.forward_to(child->pid()); };
  if (sample_until(session, child->process(), signals.fd(), forward)) {
    const Exit exit = child->wait();
    recording.status = exit.status;
    recording.usage = exit.usage;
  } else {
    recording.ended_early = true;
  }
  signals.forget();  // symbols wait for what comes later
  return {};
}

}  // namespace

Result<Recording> record_from_outside(const RecordOptions& options, Recording recording) {
  if (!std::all_of(options.kinds.begin(), options.kinds.end(), has_rate)) {
    const std::string why = options.pid != 0 ? "it runs already" : why_not_recorded(options.command.at(0));
    return fail("cannot record anything but CPU time and wall-clock time from outside a program: " + why,
                "leave -e out, or -e cpu,wall");
  }
  const auto names = output_names(options.output, options.kinds);
  if (const auto writable = check_outputs(options.output, names); !writable) {
    return tl::unexpected<Error>(writable.error());
  }
  Session session{options, names, {}, {}, {}, {}};
  PerfOptions& perf = session.perf;
  perf.pid = options.pid;
  perf.period_ns = recording.periods[static_cast<size_t>(Kind::k_cpu)];
  perf.children = options.children;
  perf.from_exec = options.pid == 0;
  perf.kinds = 0;
  for (const Kind kind : options.kinds) perf.kinds |= 1u << static_cast<int>(kind);
  if (is_among(options.kinds, Kind::k_wall)) session.watch.emplace(perf.period_ns);
  const Stopwatch stopwatch;
  std::optional<EndSignals> ends;
  std::optional<SignalRelay> relayed;
  const auto done = options.pid != 0 ? attach_to_running(session, ends.emplace(), recording)
                                     : run_without_agent(session, relayed.emplace(), recording);
  if (!done) return tl::unexpected<Error>(done.error());
  recording.seconds = stopwatch.seconds();
  write(session, recording, options.progress);
  return recording;
}

}  // namespace prof::record
