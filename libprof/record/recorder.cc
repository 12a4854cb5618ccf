#include "libprof/record/recorder.h"

#include <poll.h>

#include "libprof/record/agent_config.h"
#include "libprof/record/checkpoint.h"
#include "libprof/record/collector.h"
#include "libprof/record/kept_tables.h"
#include "libprof/record/launch.h"
#include "libprof/record/outputs.h"
#include "libprof/record/outside_recorder.h"
#include "libprof/record/program.h"
#include "libprof/record/running.h"
#include "libprof/record/snapshot.h"
#include "libprof/record/spool_directory.h"
#include "libprof/record/stopwatch.h"
#include "libprof/record/wall_watch.h"
#include "libprof/record/write_profiles.h"

namespace prof::record {
namespace {

// What is written while recording goes on: now and then, and when someone asks.
class Meanwhile {
 public:
  Meanwhile(Collector& collector, const RecordOptions& options, const std::string& directory,
            const std::map<Kind, std::string>& names)
      : collector_(collector), options_(options), directory_(directory), names_(names) {}

  void poll() {
    tell(checkpoint_.outcome());
    const bool is_due = last_.seconds() >= options_.checkpoint;
    if (checkpoint_.is_running() || (!collector_.write_requested() && !is_due)) return;
    last_.restart();
    checkpoint_.start([this] {
      Recording now;
      build_and_write(now, collector_.processes(), collector_.warnings(),
                      {command_line(options_.command), {}, options_.per_process}, names_);
      tell_outputs(directory_, now);
      return !now.error.has_value() && !now.saved_elsewhere;
    });
  }
  // After it nothing is written any more.
  void finish() { tell(checkpoint_.finish()); }

 private:
  void tell(std::optional<bool> written) {
    if (written) collector_.done_writing(!*written);
  }

  Collector& collector_;
  const RecordOptions& options_;
  const std::string& directory_;  // of the spools
  const std::map<Kind, std::string>& names_;
  Checkpoint checkpoint_;
  Stopwatch last_;
};

// Whether the program has ended; else `seconds` are over.
bool drain_until_exit(Collector& collector, Child& child, SignalRelay& signals, Meanwhile& meanwhile,
                      WallWatch* watch, double seconds) {
  for (const Stopwatch watched; seconds == 0 || watched.seconds() < seconds;) {
    pollfd events[] = {{child.process().fd(), POLLIN, 0}, {signals.fd(), POLLIN, 0}};
    ::poll(events, 2, watch != nullptr ? watch->milliseconds_to_next(kPollMilliseconds) : kPollMilliseconds);
    signals.forward_to(child.pid());
    if (child.process().has_ended()) return true;
    collector.poll();
    if (watch != nullptr) watch->poll(collector.recording());
    meanwhile.poll();
  }
  return false;
}

}  // namespace

Result<Recording> record(const RecordOptions& options) {
  Recording recording;
  recording.children = options.children;
  for (int i = 0; i < kKindCount; i++) {
    recording.periods[i] = options.periods[i] != 0 ? options.periods[i] : kKinds[i].default_period;
  }
  const auto error = [](const auto& failed) { return tl::unexpected<Error>(failed.error()); };
  if (options.pid != 0) return record_from_outside(options, std::move(recording));
  const auto program = find_program(options.command.at(0));
  if (!program && is_only_seen_from_outside(program.error()))
    return record_from_outside(options, std::move(recording));
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

  const auto lock = DirectoryLock::take(directory->path());
  if (!lock) return error(lock);
  Collector collector(directory->path(), true);
  const Stopwatch stopwatch;
  const std::string tables = kept_tables_directory();
  const std::string config = agent_config(directory->path(), tables, options, ring, recording.periods);
  auto child = launch({*program, options.command, *agent, config, options.children, {}}, signals);
  if (!child) return error(child);
  Meanwhile meanwhile(collector, options, directory->path(), names);
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
  signals.forget();  // what ended the program does not end the wait for symbols
  recording.seconds = stopwatch.seconds();
  collector.finish();
  keep_tables(directory->path(), tables);
  // Those that opened no spool yet, too: a daemon's parent is quicker than the child that it forked.
  const size_t configured = options.children ? count_configured(config) : 0;
  recording.still_running = std::max(collector.open_count(), configured);

  meanwhile.finish();
  build_and_write(recording, collector.processes(), collector.warnings(),
                  {command_line(options.command), options.progress, options.per_process, false,
                   directory->path(), collector.refused()},
                  names);
  return recording;
}

}  // namespace prof::record
