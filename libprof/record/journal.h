// What a spool said of modules and label sets, kept beside it: a recorder that is killed has taken these
// records out of the ring, and without them whoever collects the rest could name nothing.
#pragma once

#include <string>

#include "libprof/record/process_record.h"

namespace prof::record {

// "1-2.spool" has its journal in "1-2.journal".
std::string journal_of(const std::string& spool_path);

// Appends a module, an unloading or a label set; ignores all other records. A write that fails loses names
// only, and only after a kill.
void append_to_journal(const std::string& path, const spool::Record& record);

// Adds what a journal holds. Total: stops at the first entry that is cut off; nothing where there is none.
void replay_journal(const std::string& path, ProcessRecord& process);

}  // namespace prof::record
