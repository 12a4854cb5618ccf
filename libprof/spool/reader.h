// The reading side of the spool: opens any file, believes nothing in it, yields its records in order.
//
// Total: whatever the bytes, opening fails with an Error or next() ends; records are copied out and checked
// before they are returned. Of a file that becomes shorter meanwhile, which no agent does, the rest is zeros.
// Not for: more than one reader of a spool at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libprof/base/error.h"
#include "libprof/spool/cut_guard.h"
#include "libprof/spool/spool.h"

namespace prof::spool {

struct EventRecord {
  Event event;  // event.kind is a known kind; frames has event.frame_count entries, at least 1
  std::span<const uint64_t> frames;
};
struct ModuleRecord {
  Module module;  // start < end; build_id_size <= sizeof build_id
  std::string_view path;
};
struct ExecRecord {
  Exec exec;
  std::string_view path;
};

struct LabelsRecord {
  Labels labels;
  std::string_view text;  // an even number of NUL-terminated strings
};

// Spans and views are valid until the next call of next().
using Record = std::variant<EventRecord, Free, ModuleRecord, Unload, Thread, ExecRecord, LabelsRecord>;

class Reader {
 public:
  // Maps the file for reading and writing (the tail must advance); where it is read-only, a private copy, so
  // that spools of a crash can be read wherever they lie.
  static Result<Reader> open(const std::string& path);

  // The shared header: the constants were checked at open, the rest is the agent's word.
  Header& header() const { return *reinterpret_cast<Header*>(map_.get()); }
  std::string_view executable() const;  // Header::executable, bounded

  // Where the next record to be written begins now, and where the next one to be read does: bytes since the
  // recording began.
  uint64_t written() const { return header().head.load(std::memory_order_acquire); }
  uint64_t read() const { return tail_; }
  uint64_t ring_size() const { return ring_size_; }

  // The next record, its room already given back to the writers; nothing where there is none now, or none
  // before `end`, an earlier written(). While the target lives an uncommitted record is waited for; once
  // `target_is_dead`, it was torn by the death and is skipped. Once nothing is returned for a dead target,
  // nothing ever will be.
  std::optional<Record> next(bool target_is_dead, uint64_t end = UINT64_MAX);

  // The file became shorter, as far as was seen, and has zeros since then perhaps: there are no more records,
  // and the header tells nothing.
  bool was_cut() const { return guard_->was_cut() || is_overwritten_; }

  // Bytes that held no whole, valid record: torn by a kill, or not written by an agent.
  uint64_t skipped_bytes() const { return skipped_bytes_; }

 private:
  struct Unmap {
    size_t size;
    void operator()(char* address) const;
  };
  using Map = std::unique_ptr<char, Unmap>;
  enum class Seen { kRecord, kUncommitted, kInvalid };

  Reader(Map map, std::unique_ptr<CutGuard> guard, uint64_t ring_size, uint64_t tail);
  Seen copy_record(uint64_t head, RecordHeader& record);
  std::optional<Record> parse(RecordType type) const;
  void advance(uint64_t bytes);

  Map map_;
  std::unique_ptr<CutGuard> guard_;
  uint64_t ring_size_;
  uint64_t tail_;  // ours: the shared copy is only written
  uint64_t skipped_bytes_ = 0;
  bool is_overwritten_ = false;
  std::vector<uint64_t> payload_;  // aligned for every payload
  uint64_t payload_size_ = 0;
};

}  // namespace prof::spool
