// The spool: the file format between the agent (in the target) and the collector (outside it).
//
// One spool per process, a MAP_SHARED file of fixed size, fully allocated before it is mapped (a sparse file
// on a full disk is a SIGBUS in the target). The page cache outlives the process: SIGKILL loses at most the
// records that were being written at that moment. docs/spool-format.md is the specification, with a worked
// example; this header is what both sides compile.
//
//   file   = Header (kHeaderSize bytes), ring (Header::ring_size bytes, a power of two)
//   ring   = bytes at logical positions 0, 1, 2, ...; position p lives at offset p % ring_size
//   record = RecordHeader, payload, padding to kAlign. A record never wraps: where it would, a kPad record
//   fills the
//            ring up to its end.
//
// Writers (any thread, hook or signal handler of the target, many at a time) reserve [head, head+size) by
// compare and swap on `head`, write the record and publish it by storing `commit` last (release). A
// reservation that would pass `tail + ring_size` is refused, an event's already 1/8 of the ring earlier: the
// caller counts a drop. Nothing waits, ever.
// The reader (one, outside) consumes records in order of position: loads `commit` (acquire) and reads the
// record only where it equals commit_word(position); then advances `tail` (release). An uncommitted record
// means "not yet", until the target is dead; then the reader skips kAlign bytes at a time to the next
// position whose commit word matches. Since a commit word contains its own position, bytes left from an
// earlier lap never match.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "libprof/spool/kinds.h"

namespace prof::spool {

inline constexpr uint64_t kMagic = 0x314c4f4f50534650;  // "PFSPOOL1", little-endian
inline constexpr uint32_t kVersion = 2;
inline constexpr uint32_t kHeaderSize = 4096;
inline constexpr uint32_t kAlign = 16;
inline constexpr uint32_t kMaxFrames =
    4096;  // a deeper stack keeps its 4096 leafward frames, flagged kTruncated
inline constexpr uint64_t kDefaultRingSize = uint64_t{8} << 20;

// All that the agent maps in a process; docs/memory.md says for what. A fork's child has two rings mapped,
// its own and its parent's.
inline constexpr uint64_t kDefaultMaxMemory = uint64_t{256} << 20;
inline constexpr uint64_t kMinMaxMemory = uint64_t{8} << 20;
inline constexpr uint64_t largest_ring(uint64_t max_memory) { return std::bit_floor(max_memory / 16); }

// Why an event did not reach the ring. X(id, what the user reads).
#define PROF_DROPS(X)                                                                                       \
  X(ring_full, "the collector was too slow (ring full)")                                                    \
  X(no_buffer, "too many threads were sampled at the same instant")                                         \
  X(live_table_full, "too many sampled heap blocks alive at once")                                          \
  X(no_timer, "threads that were refused a CPU timer (by ulimit -i, or by a sandbox)")                      \
  X(no_table, "modules without memory for their unwind tables (--max-memory, ulimit -v): stacks end there") \
  X(cut_off, "threads cut off by the end of the recording")                                                 \
  X(no_labels, "labels past 16384 different sets, or 1000 bytes in one")

enum class Drop : uint32_t {
#define PROF_DROP_ENUM(id, text) id,
  PROF_DROPS(PROF_DROP_ENUM)
#undef PROF_DROP_ENUM
};
inline constexpr const char* kDropTexts[] = {
#define PROF_DROP_TEXT(id, text) text,
    PROF_DROPS(PROF_DROP_TEXT)
#undef PROF_DROP_TEXT
};
inline constexpr int kDropCount = sizeof kDropTexts / sizeof kDropTexts[0];

enum class State : uint32_t {
  kStarting = 0,  // the agent is still writing the header
  kRunning = 1,
  kFinished =
      2,  // the agent stopped (exit, prof_stop) and writes no more; absent after SIGKILL, _exit or exec
};

struct Header {
  // Written once by the agent before `state` becomes kRunning; constant after.
  uint64_t magic;
  uint32_t version;
  uint32_t pid;
  uint64_t ring_size;
  uint32_t kinds;  // bit 1 << Kind for each recorded kind
  uint32_t parent_pid;
  uint64_t periods[kKindCount];  // sampling period of each kind, in KindInfo's unit
  int64_t start_realtime_ns;     // CLOCK_REALTIME at start, for the profile's time
  int64_t start_monotonic_ns;    // CLOCK_MONOTONIC at start; record times are CLOCK_MONOTONIC
  char executable[512];          // /proc/self/exe at start, NUL-terminated, cut where longer
  uint64_t pid_namespace;        // inode of the one in which `pid` is a number; 0: not known
  // What it was executed as, without directories, where that fits and names the same file; else "". Some
  // programs are several in one file.
  char name[32];

  // Writer: agent, release. Reader: collector, acquire.
  alignas(64) std::atomic<uint32_t> state;
  std::atomic<int64_t> finish_monotonic_ns;  // valid once state is kFinished
  std::atomic<uint64_t>
      cpu_time_ns;  // user + system time of the whole process, at kFinished or its last exec
  // Writer: collector. Not 0: record no more. A stale 0 records one more event.
  std::atomic<uint32_t> stop_requested;

  // Writer: any agent thread, compare and swap. A stale value costs a retry.
  alignas(64) std::atomic<uint64_t> head;

  // Writer: collector only. A stale value makes the agent see less room than there is: a drop, never an
  // overwrite.
  alignas(64) std::atomic<uint64_t> tail;

  // A request to write profiles now, without stopping (prof_write, `prof snapshot`): whoever asks adds
  // one to write_requests; the collector drains, writes, then stores the number it has served in writes_done
  // (release).
  alignas(64) std::atomic<uint32_t> write_requests;
  std::atomic<uint32_t> writes_done;
  std::atomic<uint32_t> write_failed;  // writer: collector, before writes_done: 1 where the last write failed

  // Writers: any agent thread, relaxed add: counts, read once at the end.
  alignas(64) std::atomic<uint64_t> drops[kDropCount];
  std::atomic<uint64_t> lost_weight[kKindCount];  // weight (as in Event) of the dropped events of each kind
  std::atomic<uint32_t> perf_threads;             // cpu: how often a thread was given a perf clock
  std::atomic<uint32_t> perf_refused;             // cpu: threads that were refused one
  std::atomic<uint32_t> perf_taken;  // cpu: how often the target took SIGPROF, which ends perf clocks
  // Writers: children that were forked, in whose memory this is still mapped, and that could neither make a
  // spool nor leave a note: how many, and the errno of the last.
  std::atomic<uint32_t> lost_children;
  std::atomic<uint32_t> lost_children_errno;
};
static_assert(sizeof(Header) <= kHeaderSize);
static_assert(std::atomic<uint64_t>::is_always_lock_free && std::atomic<uint32_t>::is_always_lock_free);

enum class RecordType : uint16_t {
  kPad = 0,     // no payload: skip
  kEvent = 1,   // Event, then frame_count u64 program counters
  kFree = 2,    // Free
  kModule = 3,  // Module, then its path (path_size bytes)
  kUnload = 4,  // Unload
  kThread = 5,  // Thread
  kExec = 6,    // Exec, then its path (path_size bytes)
  kLabels = 7,  // Labels, then its text (size bytes)
};

struct RecordHeader {
  std::atomic<uint64_t> commit;  // commit_word(position), stored last
  uint32_t size;                 // whole record with header and padding; a multiple of kAlign
  RecordType type;
  uint16_t reserved;
};
static_assert(sizeof(RecordHeader) == 16);

inline constexpr uint64_t commit_word(uint64_t position) { return position ^ 0x9e3779b97f4a7c15; }
inline constexpr uint64_t padded(uint64_t size) { return (size + kAlign - 1) & ~uint64_t{kAlign - 1}; }

enum EventFlags : uint8_t {
  kTruncated = 1,  // the unwinder stopped before the outermost frame
  kRest = 2,       // cpu: time since the last event of this thread, which ends here or where an exec does not
                   // fail: that event's stack had it. The frames are for a reader that did not see that event
};

// Heap events are those of a Poisson process of rate 1 / period over bytes, where a block counts as one byte
// more than was asked for (so that empty blocks can be seen): a block of `value` bytes is in the spool with
// probability 1 - exp(-(value + 1) / period), where it was not dropped; the estimate of each is its inverse.
//
// One sampled event of any kind. Frames are leaf first. frames[0] is exact where the kind's stack starts at a
// signal (cpu), else a return address; the others are return addresses, except those whose bit is set in
// `exact`: frames that a signal interrupted. No frames: the place is not known (cpu: a thread that ended
// before its first sample).
struct Event {
  int64_t time_ns;  // CLOCK_MONOTONIC
  uint32_t tid;
  Kind kind;
  uint8_t flags;         // EventFlags
  uint16_t frame_count;  // 1..kMaxFrames
  uint32_t weight;       // cpu: timer periods, 1 + overrun. heap, mutex: 1
  uint32_t labels;       // of the thread then: Labels::set, or 0 for none
  uint64_t value;        // cpu: 0. heap: bytes asked for. mutex: nanoseconds waited
  uint64_t id;  // heap: number of the block, unique in the process, named by Free. mutex: address of the lock
  uint64_t exact;  // bit i: frames[i], i < 64, is an interrupted instruction and not a return address
};

// The sampled block `id` was freed. May come before its Event in the ring: match by id after both.
struct Free {
  int64_t time_ns;
  uint64_t id;
};

// A loaded object. One for each already loaded at start, one for each that appears later.
struct Module {
  uint64_t start;       // lowest mapped address of its PT_LOAD segments, page-aligned
  uint64_t end;         // past the highest
  uint64_t bias;        // run-time address minus the address in the file (dlpi_addr)
  uint64_t text_start;  // the executable PT_LOAD: run-time range and file offset, for pprof's mapping
  uint64_t text_end;
  uint64_t text_offset;
  uint32_t build_id_size;
  uint32_t path_size;  // 0 never: "[vdso]" names the vdso
  uint8_t build_id[32];
};

struct Unload {
  uint64_t start;  // of the Module that went
};

enum class ThreadEvent : uint32_t {
  kNamed = 0,  // it has this name now
  kBegan = 1,  // or was there when the recording began
  kEnded = 2,  // in its last destructor; only where the wall kind is recorded
};

struct Thread {
  int64_t time_ns;     // CLOCK_MONOTONIC
  uint64_t labels_at;  // kBegan: address of the number of its label set, a u32; 0 where that is not known
  uint64_t routine;    // kEnded: the function that it began with; 0 where that is not known
  uint32_t tid;
  ThreadEvent event;
  char name[16];  // as in /proc/PID/task/TID/comm, NUL-terminated
};

// A process is about to become another program: where no spool of `pid` begins after it, that program was not
// recorded. An empty path takes the last one of `pid` back: the exec failed.
struct Exec {
  int64_t time_ns;  // CLOCK_MONOTONIC, before the exec
  uint32_t pid;
  uint32_t path_size;
};

// What a number in Event::labels stands for: keys and values by turns, each NUL-terminated, by key. Written
// before the first event that carries it is reserved by the same thread; another thread's may come before it.
struct Labels {
  uint32_t set;
  uint32_t size;  // of the text; never 0
};

// Environment variable by which a launcher configures the agent:
// "dir=/tmp/x;kinds=cpu,heap;cpu=10000000;heap=524288; mutex=10000;ring=8388608": the directory that gets
// PID.spool, the kinds, each kind's period, the ring's size, the seed of sampling decisions (tests), in
// memory=N the most that the agent may map, in pid=N the one process to record, and in tables=/dir where
// unwind tables of earlier recordings are. Values cannot contain ';'. Unknown keys are ignored, absent ones
// take their defaults; without `dir` the agent stays idle.
inline constexpr const char* kConfigVariable = "PROF_AGENT";

// The spool's name in its directory: "<pid>-<start_monotonic_ns>.spool": a pid may be reused, and one process
// may record several times (exec, prof_start after prof_stop). It is created as ".tmp" and renamed when
// kRunning.
inline constexpr const char* kSuffix = ".spool";

// Of an unwind table that a process compiled, which others can use. Nothing but the agent reads one.
inline constexpr const char* kTableSuffix = ".table";

}  // namespace prof::spool
