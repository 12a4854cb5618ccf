// The lines that `perf script` prints, each by itself. Which fields they have, its user chose by -F: what is
// taken here are the fields that it prints by default, for recordings of every kind, and `+srcline` and
// `+misc`, and fewer of them: a thread or a time, an event and its frames are enough; or, where frames are
// printed as perf does it, the frames alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace prof::perf_script {

// "node --x 1234/1235 [001] U 5.123456:     250000 cpu-clock:pppH: ...". The command may have spaces;
// process, processor, mode, time (as of --per-thread) and period (as of tracepoints) may be missing; where
// there is a time, the command or the ids, too.
struct Heading {
  std::string_view comm;
  int64_t pid = 0, tid = 0;  // 0: not told
  bool has_ids = false, has_time = false, has_period = false;
  int64_t period = 1;
  std::string_view event;  // with its qualifiers; empty for what is no sample: "PERF_RECORD_MMAP2 ..."
  std::string_view rest;   // the only frame of a recording without stacks, a tracepoint's fields, or nothing
};
std::optional<Heading> parse_heading(std::string_view line);

// Of fewer fields, as of `-F comm,ip,sym`, what can be nothing else: a number that may be a thread or a
// period is neither, and in no command's name.
Heading parse_sparse_heading(std::string_view line);

// "    55d0 main+0x1b (/usr/bin/app)"; "[unknown]" has no offset.
struct Frame {
  std::string_view name;
  std::string_view module;  // the file, "" where it is not told
  bool is_inlined = false;  // in the function of the next frame: "(inlined)" stands for the module
  std::string_view file;    // its source, as a line below it told
  int64_t line = 0;
};
std::optional<Frame> parse_frame(std::string_view line);

// Whether it is one as perf prints it below a heading: a tab, and the address in 16 columns.
bool is_printed_frame(std::string_view line);

// Source lines stand below their frames, two spaces in: "  main.c:12", "  list.h:80 (inlined)", or where no
// line is known "  app[55d0]", which tells nothing. Frames begin with a tab.
bool is_source_line(std::string_view line);
void add_source_line(std::string_view line, Frame& frame);

}  // namespace prof::perf_script
