#include "libprof/record/recorder.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

#include "libprof/base/files.h"
#include "libprof/profile/codec.h"
#include "libprof/record/attach.h"
#include "libprof/record/checkpoint.h"
#include "libprof/record/collector.h"
#include "libprof/record/launch.h"
#include "libprof/record/outputs.h"
#include "libprof/record/program.h"
#include "libprof/record/snapshot.h"
#include "libprof/record/spool_directory.h"
#include "libprof/record/wall_watch.h"

namespace prof::record {
namespace {

// An 8 MiB ring holds 20,000 samples of 40 frames; twenty looks a second cost nothing measurable.
constexpr int kPollMilliseconds = 50;

using Clock = std::chrono::steady_clock;

// Whose events come at a known rate.
bool has_rate(Kind kind) { return kind == Kind::k_cpu || kind == Kind::k_wall; }

bool is_among(const std::vector<Kind>& kinds, Kind kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

// Every process allocates its ring when it starts, which costs an 8 MiB one some 5 ms: where only CPU time is
// recorded, whose events come at a known rate, it is as large as a second of them.
uint64_t ring_size(const std::vector<Kind>& kinds, const uint64_t (&periods)[kKindCount],
                   uint64_t max_memory) {
  constexpr uint64_t kEventBytes = 512, kSmallest = uint64_t{1} << 20;
  const uint64_t largest = spool::largest_ring(max_memory);
  if (!std::all_of(kinds.begin(), kinds.end(), has_rate)) return std::min(spool::kDefaultRingSize, largest);
  const uint64_t rate = 1'000'000'000 / std::max<uint64_t>(1, periods[static_cast<size_t>(Kind::k_cpu)]);
  return std::min(
      largest, std::bit_ceil(std::max(kSmallest, rate * std::thread::hardware_concurrency() * kEventBytes)));
}

std::string agent_config(const std::string& directory, const RecordOptions& options, uint64_t ring,
                         const uint64_t (&periods)[kKindCount]) {
  std::string names, settings;
  for (const Kind kind : options.kinds) {
    const std::string name = kKinds[static_cast<size_t>(kind)].name;
    names += (names.empty() ? "" : ",") + name;
    settings += ";" + name + "=" + std::to_string(periods[static_cast<size_t>(kind)]);
  }
  if (is_among(options.kinds, Kind::k_wall)) {
    settings += ";cpu=" + std::to_string(periods[static_cast<size_t>(Kind::k_wall)]) +
                ";watcher=" + std::to_string(::getpid());
  }
  return "dir=" + directory + ";kinds=" + names + settings + ";ring=" + std::to_string(ring) +
         (options.max_memory == 0 ? "" : ";memory=" + std::to_string(options.max_memory)) +
         (options.seed == 0 ? "" : ";seed=" + std::to_string(options.seed));
}

// As a shell would take it back.
std::string command_line(const std::vector<std::string>& command) {
  std::string line;
  for (const auto& word : command) {
    if (!line.empty()) line += ' ';
    const bool plain =
        !word.empty() && word.find_first_of(" \t\n'\"\\$`&|;<>()*?[]#~!{}") == std::string::npos;
    if (plain) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char c : word) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return line;
}

// Where it is now; "" where it could not be written.
std::string write_profile(Recording& recording, const Profile& profile, const std::string& name) {
  const auto written = write_output(name, encode_profile(profile));
  if (!written) {
    recording.error = written.error();
    return "";
  }
  recording.saved_elsewhere |= !written->as_asked;
  recording.warnings.insert(recording.warnings.end(), written->warnings.begin(), written->warnings.end());
  return written->path;
}

// out/cpu.prof is out/app-1234.cpu.prof for process 1234.
std::string name_for(const ProcessProfiles& process, const std::string& name) {
  const size_t file = name.rfind('/') + 1;
  return name.substr(0, file) + process.name + "-" + std::to_string(process.pid) + "." + name.substr(file);
}

void write_profiles(Recording& recording, const std::map<Kind, std::string>& names, bool per_process) {
  for (const auto& kind : recording.profiles.kinds) {
    const auto name = names.find(kind.kind);
    if (per_process || name == names.end()) continue;
    const std::string path = write_profile(recording, kind.profile, name->second);
    if (!path.empty()) recording.files[kind.kind] = path;
  }
  for (const auto& process : recording.profiles.by_process) {
    for (const auto& kind : process.kinds) {
      const std::string path = write_profile(recording, kind.profile, name_for(process, names.at(kind.kind)));
      if (!path.empty()) recording.process_files.push_back(path);
    }
  }
}

// Profiles of what `processes` hold now.
void build_and_write(Recording& recording, const std::deque<ProcessRecord>& processes,
                     const Warnings& warnings, const BuildOptions& options,
                     const std::map<Kind, std::string>& names) {
  recording.profiles = build_profiles(processes, options);
  recording.warnings = warnings;
  auto& built = recording.profiles.warnings;
  recording.warnings.insert(recording.warnings.end(), built.begin(), built.end());
  write_profiles(recording, names, options.per_process);
}

double seconds_since(Clock::time_point then) {
  return std::chrono::duration<double>(Clock::now() - then).count();
}

// What is written while recording goes on: now and then, and when someone asks.
class Meanwhile {
 public:
  Meanwhile(Collector& collector, const RecordOptions& options, const std::map<Kind, std::string>& names)
      : collector_(collector), options_(options), names_(names) {}

  void poll() {
    if (const auto written = checkpoint_.outcome()) collector_.done_writing(!*written);
    const bool is_due = seconds_since(last_) >= options_.checkpoint;
    if (checkpoint_.is_running() || (!collector_.write_requested() && !is_due)) return;
    last_ = Clock::now();
    checkpoint_.start([this] {
      Recording now;
      build_and_write(now, collector_.processes(), collector_.warnings(),
                      {command_line(options_.command), {}, options_.per_process}, names_);
      return !now.error.has_value() && !now.saved_elsewhere;
    });
  }

 private:
  Collector& collector_;
  const RecordOptions& options_;
  const std::map<Kind, std::string>& names_;
  Checkpoint checkpoint_;
  Clock::time_point last_ = Clock::now();
};

// Whether the program has ended; else `seconds` are over.
bool drain_until_exit(Collector& collector, Child& child, SignalRelay& signals, Meanwhile& meanwhile,
                      WallWatch* watch, double seconds) {
  for (const auto start = Clock::now(); seconds == 0 || seconds_since(start) < seconds;) {
    pollfd events[] = {{child.fd(), POLLIN, 0}, {signals.fd(), POLLIN, 0}};
    ::poll(events, 2, watch != nullptr ? watch->milliseconds_to_next(kPollMilliseconds) : kPollMilliseconds);
    signals.forward_to(child.pid());
    if (events[0].revents != 0) return true;
    collector.poll();
    if (watch != nullptr) watch->poll(collector.recording());
    meanwhile.poll();
  }
  return false;
}

void tell_outputs(const std::string& directory, const std::map<Kind, std::string>& names) {
  std::string lines;
  for (const auto& [kind, name] : names) {
    std::error_code error;
    lines += std::filesystem::absolute(name, error).string() + "\n";
  }
  // Where this fails, snapshots are written all the same.
  [[maybe_unused]] const auto written = write_file_atomically(directory + "/" + kOutputsFile, lines);
}

// Ctrl-C and SIGTERM while a running process is recorded: they end the recording, and not us.
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
    signalfd_siginfo info = {};
    while (::read(fd_, &info, sizeof info) > 0) {
    }
    ::close(fd_);
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
  sigset_t before_;
};

constexpr int kOutsidePollMilliseconds = 20;  // the kernel's rings are small

// Whether the process has ended.
bool sample_until(Attachment& attached, WallWatch* watch, int ended, int told,
                  const std::function<void()>& forward, double seconds) {
  for (const auto start = Clock::now(); seconds == 0 || seconds_since(start) < seconds;) {
    pollfd events[] = {{ended, POLLIN, 0}, {told, POLLIN, 0}};
    ::poll(
        events, 2,
        watch != nullptr ? watch->milliseconds_to_next(kOutsidePollMilliseconds) : kOutsidePollMilliseconds);
    attached.poll();
    if (watch != nullptr) watch->poll(attached.recording());
    if (events[0].revents != 0) return true;
    if (events[1].revents == 0) continue;
    if (!forward) return false;
    forward();
  }
  return false;
}

Result<void> attach_to_running(const RecordOptions& options, const PerfOptions& perf, WallWatch* watch,
                               Recording& recording, std::optional<Attachment>& attached) {
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, options.pid, 0));
  if (process < 0) return tl::unexpected<Error>(explain_perf(ESRCH, options.pid));
  auto opened = Attachment::open(perf);
  if (!opened) {
    ::close(process);
    return tl::unexpected<Error>(opened.error());
  }
  attached.emplace(std::move(*opened));
  if (watch != nullptr) WallWatch::adopt(*attached->recording().front());
  const EndSignals signals;
  recording.ended_early = !sample_until(*attached, watch, process, signals.fd(), {}, options.duration);
  ::close(process);
  return {};
}

Result<void> run_static(const RecordOptions& options, PerfOptions perf, WallWatch* watch,
                        Recording& recording, std::optional<Attachment>& attached) {
  SignalRelay signals;
  const auto prepare = [&](pid_t pid) -> Result<void> {
    perf.pid = pid;
    auto opened = Attachment::open(perf);
    if (!opened) return tl::unexpected<Error>(opened.error());
    attached.emplace(std::move(*opened));
    return {};
  };
  auto child =
      launch({find_file(options.command[0]), options.command, "", "", options.children, prepare}, signals);
  if (!child) {
    return fail(
        "cannot record " + options.command[0] + ": it is statically linked, and " + child.error().what,
        child.error().remedy);
  }
  const auto forward = [&] { signals.forward_to(child->pid()); };
  if (sample_until(*attached, watch, child->fd(), signals.fd(), forward, options.duration)) {
    const Exit exit = child->wait();
    recording.status = exit.status;
    recording.usage = exit.usage;
  } else {
    recording.ended_early = true;
  }
  return {};
}

Result<Recording> record_from_outside(const RecordOptions& options, Recording recording) {
  if (!std::all_of(options.kinds.begin(), options.kinds.end(), has_rate)) {
    return fail("cannot record anything but CPU time and wall-clock time from outside a program",
                "leave -e out, or -e cpu,wall");
  }
  const auto names = output_names(options.output, options.kinds);
  if (const auto writable = check_outputs(options.output, names); !writable) {
    return tl::unexpected<Error>(writable.error());
  }
  PerfOptions perf;
  perf.pid = options.pid;
  perf.period_ns = recording.periods[static_cast<size_t>(Kind::k_cpu)];
  perf.children = options.children;
  perf.from_exec = options.pid == 0;
  perf.kinds = 0;
  for (const Kind kind : options.kinds) perf.kinds |= 1u << static_cast<int>(kind);
  std::optional<WallWatch> watcher;
  if (is_among(options.kinds, Kind::k_wall)) watcher.emplace(perf.period_ns);
  WallWatch* const watch = watcher ? &*watcher : nullptr;
  std::optional<Attachment> attached;
  const auto start = Clock::now();
  const auto done = options.pid != 0 ? attach_to_running(options, perf, watch, recording, attached)
                                     : run_static(options, perf, watch, recording, attached);
  if (!done) return tl::unexpected<Error>(done.error());
  recording.seconds = seconds_since(start);
  recording.from_outside = true;
  recording.sees_kernel = attached->sees_kernel();
  const std::string command =
      options.pid != 0 ? "-p " + std::to_string(options.pid) : command_line(options.command);
  Warnings warnings;
  if (attached->lost() > 0) {
    warnings.push_back(std::to_string(attached->lost()) +
                       " samples were lost: the rings were full; lower -F");
  }
  build_and_write(recording, attached->processes(), warnings,
                  {command, options.symbolizing, options.per_process, true}, names);
  return recording;
}

}  // namespace

Result<Recording> record(const RecordOptions& options) {
  Recording recording;
  recording.children = options.children;
  for (int i = 0; i < kKindCount; i++) {
    recording.periods[i] = options.periods[i] != 0 ? options.periods[i] : kKinds[i].default_period;
  }
  const auto error = [](const auto& failed) { return tl::unexpected<Error>(failed.error()); };
  if (options.pid != 0 || is_static_program(options.command.at(0))) {
    return record_from_outside(options, std::move(recording));
  }
  const auto program = find_program(options.command.at(0));
  if (!program) return error(program);
  const auto agent = find_agent_library();
  if (!agent) return error(agent);
  const auto names = output_names(options.output, options.kinds);
  if (const auto writable = check_outputs(options.output, names); !writable) return error(writable);
  SignalRelay signals;
  const uint64_t max_memory = options.max_memory != 0 ? options.max_memory : spool::kDefaultMaxMemory;
  const uint64_t ring = ring_size(options.kinds, recording.periods, max_memory);
  const auto directory = SpoolDirectory::make(ring);
  if (!directory) return error(directory);

  const DirectoryLock lock(directory->path());
  tell_outputs(directory->path(), names);
  Collector collector(directory->path(), true);
  const auto start = std::chrono::steady_clock::now();
  const std::string config = agent_config(directory->path(), options, ring, recording.periods);
  auto child = launch({*program, options.command, *agent, config, options.children, {}}, signals);
  if (!child) return error(child);
  Meanwhile meanwhile(collector, options, names);
  std::optional<WallWatch> watch;
  if (is_among(options.kinds, Kind::k_wall))
    watch.emplace(recording.periods[static_cast<size_t>(Kind::k_wall)]);
  if (drain_until_exit(collector, *child, signals, meanwhile, watch ? &*watch : nullptr, options.duration)) {
    const Exit exit = child->wait();
    recording.status = exit.status;
    recording.usage = exit.usage;
  } else {
    recording.ended_early = true;
    collector.stop();
  }
  recording.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  collector.finish();
  recording.still_running = collector.open_count();

  build_and_write(recording, collector.processes(), collector.warnings(),
                  {command_line(options.command), options.symbolizing, options.per_process}, names);
  return recording;
}

Result<Recording> collect(const CollectOptions& options) {
  Recording recording;
  std::vector<Kind> all;
  all.reserve(kKindCount);
  for (int i = 0; i < kKindCount; i++) all.push_back(static_cast<Kind>(i));
  const std::string output = options.output_directory.empty() ? "./" : options.output_directory + "/";
  const auto names = output_names(output, all);
  if (const auto writable = check_outputs(output, names); !writable) {
    return tl::unexpected<Error>(writable.error());
  }
  const DirectoryLock lock(options.directory);
  Collector collector(options.directory, false);
  const BuildOptions build = {"", options.symbolizing, false};
  collector.poll();
  std::optional<WallWatch> watch;
  while (options.follow && collector.any_open()) {
    if (collector.write_requested()) {
      Recording now;
      build_and_write(now, collector.processes(), collector.warnings(), build, names);
      collector.done_writing(now.error.has_value() || now.saved_elsewhere);
    }
    ::poll(nullptr, 0, watch ? watch->milliseconds_to_next(kPollMilliseconds) : kPollMilliseconds);
    collector.poll();
    for (const ProcessRecord* process : collector.recording()) {
      const KindRecord& wall = process->kind(Kind::k_wall);
      if (wall.asked && !watch) watch.emplace(wall.period);
    }
    if (watch) watch->poll(collector.recording());
  }
  collector.finish();
  if (collector.processes().empty()) {
    const Warnings& why = collector.warnings();
    return fail("no spools to collect in " + options.directory + (why.empty() ? "" : ": " + why.front()),
                "name the directory that prof record left: it holds files like 1234-5678.spool");
  }
  build_and_write(recording, collector.processes(), collector.warnings(), build, names);
  return recording;
}

}  // namespace prof::record
