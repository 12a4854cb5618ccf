// `prof record` from end to end: launch, drain while it runs, build, write.
#pragma once

#include <sys/resource.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libprof/base/error.h"
#include "libprof/record/build.h"

namespace prof::record {

struct RecordOptions {
  std::vector<std::string> command;  // the program and its arguments
  std::vector<Kind> kinds = {Kind::k_cpu};
  uint64_t periods[kKindCount] = {};  // 0: the kind's default
  uint64_t seed = 0;                  // of sampling decisions, so that a test repeats; 0: from the clock
  uint64_t max_memory = 0;            // bytes that the agent may map in each process; 0: the default
  std::string output;                 // as -o takes it
  bool children = true;               // record processes that the program starts, too
  bool per_process = false;           // a profile for each process; REQUIRES: `output` is a directory
  int pid = 0;                        // not 0: of this process, from outside, and `command` is empty
  double duration = 0;                // seconds, then recording ends and the program goes on; 0: to its end
  double checkpoint = 60;             // seconds between profiles that are written meanwhile
  symbols::Progress progress;         // as BuildOptions
};

// What came of it. Where `error` is set the program ran (its exit status holds) but something was lost.
struct Recording {
  int status = 0;      // of the program, as wait(2) gives it
  rusage usage = {};   // of it and its descendants
  double seconds = 0;  // wall clock
  uint64_t periods[kKindCount] = {};
  Profiles profiles;
  std::map<Kind, std::string> files;       // where each profile is
  std::vector<std::string> process_files;  // instead of `files`, where a profile for each process was asked
  bool children = true;                    // as RecordOptions
  bool from_outside = false;               // by perf, without an agent
  bool sees_kernel = true;
  bool ended_early = false;      // RecordOptions::duration was over before the program was; `status` is 0
  bool is_rest = false;          // of what a killed recorder left: what it had taken already is not there
  size_t still_running = 0;      // processes that outlived the program, recorded or not yet
  bool saved_elsewhere = false;  // some profile could not be written where it was to go
  Warnings warnings;
  std::optional<Error> error;
};

// A static program, one of another C library, and with `pid` a running one, is sampled from outside: CPU time
// only. SIGINT and SIGTERM end the recording of a running process, which goes on. An Error: the program was
// not started.
Result<Recording> record(const RecordOptions& options);

struct CollectOptions {
  std::string directory;  // of the spools
  std::string output_directory;
  bool follow = false;  // until all their processes have ended or stopped recording
  bool remove = false;  // the spools, once their profiles are where they belong
  symbols::Progress progress;
};

// Profiles of spools that a crash left, or of a process that records itself.
Result<Recording> collect(const CollectOptions& options);

}  // namespace prof::record
