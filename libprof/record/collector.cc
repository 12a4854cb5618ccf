#include "libprof/record/collector.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "libprof/record/clocks.h"
#include "libprof/record/journal.h"
#include "libprof/record/pid_namespace.h"
#include "libprof/record/plain_file.h"
#include "libprof/record/process_handle.h"
#include "libprof/record/stopwatch.h"

namespace prof::record {
namespace {

// Beside the spools: why an agent made none, one sentence, named for its process.
constexpr std::string_view kErrorSuffix = ".error";
constexpr uint64_t kLongestError = 4096;

// Writing a record takes less than a microsecond. One that is older than this, with half of the ring behind
// it, was torn: its writer, a child of vfork, was killed.
constexpr double kTornAfterSeconds = 1;

}  // namespace

struct Collector::Spool {
  std::string path;
  std::string journal;
  spool::Reader reader;
  ProcessRecord& record;
  uint32_t pid = 0;        // here, whatever it goes by in a PID namespace of its own; 0: not known
  bool is_unseen = false;  // it may be alive, where we cannot see it
  std::optional<ProcessHandle> process;  // none: dead when we came, or unseen
  bool replaced = false;                 // its process has opened a newer spool: this one gets nothing more
  bool done = false;
  bool is_cut_told = false;
  uint32_t requests_taken = 0;

  struct {
    uint64_t at = UINT64_MAX;  // an uncommitted record that was met there,
    uint64_t end = 0;          // and what had been written by then
    Stopwatch age;
  } waits;

  Spool(std::string spool_path, spool::Reader spool_reader, ProcessRecord& process_record)
      : path(std::move(spool_path)),
        journal(journal_of(path)),
        reader(std::move(spool_reader)),
        record(process_record),
        pid(record.pid) {
    if (is_foreign(record.pid_namespace)) {
      const Found found = find_process(record.pid_namespace, record.pid);
      pid = found.pid;
      is_unseen = found.pid == 0 && !found.is_sure;
    }
    if (pid != 0) process.emplace(static_cast<pid_t>(pid));
  }
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // Its CPU time as of now: what a process that is killed cannot tell. Once it became another program, it
  // told.
  void read_clock() const {
    if (pid == 0) return;
    const auto& programs = record.executed;
    const bool is_another = std::any_of(programs.begin(), programs.end(),
                                        [&](const Executed& one) { return one.pid == record.pid; });
    if (is_another) return;
    if (const uint64_t used = cpu_ns_of(pid); used != 0) record.cpu_time_ns = used;
  }
  void note_wait() {
    if (reader.read() == waits.at) return;
    const uint64_t written = reader.written();
    waits = {reader.read() == written ? UINT64_MAX : reader.read(), written, {}};
  }
  bool waits_in_vain() const {
    return reader.read() == waits.at && waits.age.seconds() >= kTornAfterSeconds &&
           reader.written() - reader.read() > reader.ring_size() / 2;
  }
  bool is_dead() const { return replaced || (process ? process->has_ended() : !is_unseen); }
  bool is_finished() const {
    return reader.header().state.load(std::memory_order_acquire) ==
           static_cast<uint32_t>(spool::State::kFinished);
  }
};

Collector::Collector(std::string directory, bool remove_finished)
    : directory_(std::move(directory)), remove_finished_(remove_finished) {}

Collector::~Collector() = default;

void Collector::poll() {
  scan();
  for (auto& spool : spools_) drain(*spool, false);
  std::erase_if(spools_, [](const auto& spool) { return spool->done; });
}

void Collector::finish() {
  scan();
  for (auto& spool : spools_) drain(*spool, true);
}

void Collector::scan() {
  DIR* directory = ::opendir(directory_.c_str());
  if (directory == nullptr) return;
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name.ends_with(spool::kSuffix) || name.ends_with(kErrorSuffix)) names.emplace_back(name);
  }
  ::closedir(directory);
  std::sort(names.begin(), names.end());
  for (const auto& name : names) {
    if (!seen_.insert(name).second) continue;
    name.ends_with(kErrorSuffix) ? take_error(name) : open(name);
  }
}

void Collector::take_error(const std::string& name) {
  const auto text = read_plain_file(directory_ + "/" + name, kLongestError);
  if (!text) return;
  const size_t end = text->find('\n');
  if (end == std::string::npos) {  // it is being written
    seen_.erase(name);
    return;
  }
  const std::string reason = text->substr(0, end);
  const auto [error, is_first] = errors_.try_emplace(reason, SameErrors{warnings_.size(), 0});
  if (is_first) warnings_.emplace_back();
  const std::string pid = name.substr(0, name.size() - kErrorSuffix.size());
  refused_.insert(static_cast<uint32_t>(std::strtoul(pid.c_str(), nullptr, 10)));
  const size_t times = ++error->second.times;
  warnings_[error->second.warning] =
      (times == 1 ? "process " + pid + " was" : std::to_string(times) + " processes were") +
      " not recorded: " + reason;
}

void Collector::open(const std::string& name) {
  const std::string path = directory_ + "/" + name;
  auto reader = spool::Reader::open(path);
  if (!reader) {
    warnings_.push_back(reader.error().message());
    return;
  }
  for (auto& older : spools_) {
    const bool is_same = older->record.pid == reader->header().pid &&
                         older->record.pid_namespace == reader->header().pid_namespace;
    if (is_same) older->replaced = older->record.is_replaced = true;
  }
  ProcessRecord& record = processes_.emplace_back(reader->header(), reader->executable());
  replay_journal(journal_of(path), record);
  spools_.push_back(std::make_unique<Spool>(path, std::move(*reader), record));
}

void Collector::take(Spool& spool, bool skips_uncommitted, uint64_t end) {
  while (const auto record = spool.reader.next(skips_uncommitted, end)) {
    spool.record.add(*record);
    append_to_journal(spool.journal, *record);
  }
}

void Collector::drain(Spool& spool, bool last) {
  // Asked before the last read: what is written after we asked is read all the same.
  const bool ended = spool.is_finished() || spool.is_dead();
  if (spool.waits_in_vain()) take(spool, true, spool.waits.end);
  // Not what is written meanwhile: a program that writes as fast as we read would hold us for ever.
  take(spool, ended || last, spool.reader.written());
  spool.note_wait();
  if (!ended) spool.read_clock();
  if (!tell_cut(spool)) {
    spool.record.finish(spool.reader.header(), ended);
  } else if (ended) {
    spool.record.settle_waits();
  }
  if (!ended && !last) return;
  spool.record.skipped_bytes = spool.reader.skipped_bytes();
  spool.done = ended;
  if (!ended || !remove_finished_) return;
  ::unlink(spool.path.c_str());
  ::unlink(spool.journal.c_str());
}

bool Collector::tell_cut(Spool& spool) {
  const bool was_cut = spool.reader.was_cut();
  if (was_cut && !std::exchange(spool.is_cut_told, true)) {
    warnings_.push_back("the recording of process " + std::to_string(spool.record.pid) +
                        " ends early: its spool was cut short, by that process most likely");
  }
  return was_cut;
}

size_t Collector::open_count() const {
  return static_cast<size_t>(std::count_if(
      spools_.begin(), spools_.end(), [](const auto& spool) { return !spool->done && !spool->is_unseen; }));
}

std::vector<ProcessRecord*> Collector::recording() const {
  std::vector<ProcessRecord*> all;
  for (const auto& spool : spools_) {
    if (!spool->done && !spool->replaced && !spool->is_finished()) all.push_back(&spool->record);
  }
  return all;
}

void Collector::stop() {
  for (const auto& spool : spools_) spool->reader.header().stop_requested.store(1, std::memory_order_relaxed);
}

bool Collector::any_open() const { return open_count() > 0; }

bool Collector::write_requested() const {
  bool requested = false;
  for (const auto& spool : spools_) {
    const spool::Header& header = spool->reader.header();
    spool->requests_taken = header.write_requests.load(std::memory_order_acquire);
    requested |= spool->requests_taken != header.writes_done.load(std::memory_order_relaxed);
  }
  return requested;
}

void Collector::done_writing(bool failed) {
  for (const auto& spool : spools_) {
    spool::Header& header = spool->reader.header();
    if (spool->requests_taken == header.writes_done.load(std::memory_order_relaxed)) continue;
    header.write_failed.store(failed ? 1 : 0, std::memory_order_relaxed);
    header.writes_done.store(spool->requests_taken, std::memory_order_release);
  }
}

}  // namespace prof::record
