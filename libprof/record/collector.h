// Drains the spools of one directory into ProcessRecords: new spools are found as their processes appear.
//
// Spools that ended are read to their end and, where asked, removed at once: a build of a thousand compilers
// leaves no thousand rings behind.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "libprof/base/error.h"
#include "libprof/record/process_record.h"

namespace prof::record {

// Between two polls. An 8 MiB ring holds 20,000 samples of 40 frames; twenty looks a second cost nothing
// measurable.
inline constexpr int kPollMilliseconds = 50;

class Collector {
 public:
  Collector(std::string directory, bool remove_finished);
  ~Collector();
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  // Looks for new spools and takes all that is in the rings now.
  void poll();
  // The same for the last time: whoever is still alive is taken as it is now.
  void finish();
  // Asks all processes to record no more. They go on.
  void stop();

  // Whether some spool's process is alive and recording, as of the last poll(). One in a PID namespace whose
  // processes we cannot see is drained to the end, and not counted.
  bool any_open() const;
  size_t open_count() const;
  // Those processes, for whoever adds to what they record themselves.
  std::vector<ProcessRecord*> recording() const;
  // Whether someone asked for profiles to be written now (spool::Header::write_requests); done_writing()
  // answers all such requests seen by then.
  bool write_requested() const;
  void done_writing(bool failed);

  const std::deque<ProcessRecord>& processes() const { return processes_; }  // in order of appearance
  const Warnings& warnings() const { return warnings_; }
  const std::set<uint32_t>& refused() const { return refused_; }  // of whom these say why they record nothing

 private:
  struct Spool;
  void scan();
  void open(const std::string& name);
  void take_error(const std::string& name);
  void drain(Spool& spool, bool last);
  bool tell_cut(Spool& spool);
  static void take(Spool& spool, bool skips_uncommitted, uint64_t end);

  std::string directory_;
  bool remove_finished_;
  std::set<std::string> seen_;
  std::deque<ProcessRecord> processes_;
  std::vector<std::unique_ptr<Spool>> spools_;
  Warnings warnings_;
  std::set<uint32_t> refused_;
  struct SameErrors {
    size_t warning;  // which of them tells it
    size_t times;
  };
  std::map<std::string, SameErrors> errors_;
};

}  // namespace prof::record
