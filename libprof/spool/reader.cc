#include "libprof/spool/reader.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "libprof/base/descriptor.h"

namespace prof::spool {
namespace {

constexpr uint64_t kMinRingSize = 4096;

tl::unexpected<Error> cannot(const std::string& path, const std::string& reason, const std::string& remedy) {
  return fail("cannot read spool " + path + ": " + reason, remedy);
}

// What is wrong with the header of a file of `file_size` bytes; "" where nothing is.
std::string flaw(const Header& header, uint64_t file_size) {
  if (header.magic != kMagic) return "it does not begin with a spool's magic number (offset 0)";
  if (header.version != kVersion) {
    return "its version is " + std::to_string(header.version) + ", this prof reads " +
           std::to_string(kVersion) + " (offset 8)";
  }
  const uint64_t ring = header.ring_size;
  if (ring < kMinRingSize || (ring & (ring - 1)) != 0 || ring != file_size - kHeaderSize) {
    return "its ring of " + std::to_string(ring) + " bytes does not fit its size of " +
           std::to_string(file_size) + " bytes (offset 16)";
  }
  if (header.state.load(std::memory_order_acquire) == static_cast<uint32_t>(State::kStarting)) {
    return "its process never finished starting to record";
  }
  const uint64_t head = header.head.load(std::memory_order_acquire);
  const uint64_t tail = header.tail.load(std::memory_order_relaxed);
  if (tail % kAlign != 0 || head % kAlign != 0 || head - tail > ring) {
    return "its head " + std::to_string(head) + " and tail " + std::to_string(tail) + " cannot be (offset " +
           std::to_string(offsetof(Header, head)) + ")";
  }
  return "";
}

template <typename T>
T take(const void* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

}  // namespace

void Reader::Unmap::operator()(char* address) const { ::munmap(address, size); }

Reader::Reader(Map map, std::unique_ptr<CutGuard> guard, uint64_t ring_size, uint64_t tail)
    : map_(std::move(map)), guard_(std::move(guard)), ring_size_(ring_size), tail_(tail) {}

Result<Reader> Reader::open(const std::string& path) {
  bool shared = true;
  int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 && (errno == EACCES || errno == EROFS || errno == EPERM)) {
    shared = false;
    fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  }
  const Descriptor file(fd);
  if (fd < 0) return cannot(path, std::strerror(errno), "check the path");
  struct stat status = {};
  if (::fstat(fd, &status) != 0) return cannot(path, std::strerror(errno), "");
  if (!S_ISREG(status.st_mode)) return cannot(path, "it is not a regular file", "name a spool file");
  const auto size = static_cast<uint64_t>(status.st_size);
  if (size < kHeaderSize + kMinRingSize) {
    return cannot(path, "it has only " + std::to_string(size) + " bytes",
                  "it was cut short, or is not a spool");
  }
  void* address = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, shared ? MAP_SHARED : MAP_PRIVATE, fd, 0);
  if (address == MAP_FAILED) return cannot(path, std::strerror(errno), "");
  Map map(static_cast<char*>(address), Unmap{size});
  auto guard = std::make_unique<CutGuard>(address, size);
  const auto& header = *static_cast<const Header*>(address);
  const std::string reason = flaw(header, size);
  if (!reason.empty()) return cannot(path, reason, "it is not a spool of this version, or it was damaged");
  return Reader(std::move(map), std::move(guard), size - kHeaderSize,
                header.tail.load(std::memory_order_relaxed));
}

std::string_view Reader::executable() const {
  const char* text = header().executable;
  return {text, ::strnlen(text, sizeof header().executable)};
}

void Reader::advance(uint64_t bytes) {
  tail_ += bytes;
  // Release: our copies are made before a writer may reuse the room.
  header().tail.store(tail_, std::memory_order_release);
}

// Looks at the record at tail_; where it is whole, copies its payload out.
Reader::Seen Reader::copy_record(uint64_t head, RecordHeader& record) {
  const uint64_t offset = tail_ & (ring_size_ - 1);
  const char* at = map_.get() + kHeaderSize + offset;
  const auto* shared = reinterpret_cast<const RecordHeader*>(at);
  if (shared->commit.load(std::memory_order_acquire) != commit_word(tail_)) return Seen::kUncommitted;
  record.size = shared->size;
  record.type = shared->type;
  if (record.size < sizeof(RecordHeader) || record.size % kAlign != 0 || record.size > head - tail_ ||
      record.size > ring_size_ - offset) {
    return Seen::kInvalid;
  }
  payload_size_ = record.type == RecordType::kPad ? 0 : record.size - sizeof(RecordHeader);
  payload_.resize((payload_size_ + sizeof(uint64_t) - 1) / sizeof(uint64_t));
  if (payload_size_ != 0) std::memcpy(payload_.data(), at + sizeof(RecordHeader), payload_size_);
  return Seen::kRecord;
}

std::optional<Record> Reader::next(bool target_is_dead, uint64_t end) {
  const uint64_t newest = written();
  if (was_cut()) return std::nullopt;
  is_overwritten_ |= newest % kAlign != 0 || newest - tail_ > ring_size_;  // no agent writes that
  if (is_overwritten_) return std::nullopt;
  const uint64_t head = std::min(newest, end);
  while (tail_ < head) {
    RecordHeader record = {};
    const Seen seen = copy_record(head, record);
    if (was_cut()) return std::nullopt;
    if (seen == Seen::kUncommitted && !target_is_dead) return std::nullopt;
    if (seen != Seen::kRecord) {
      skipped_bytes_ += kAlign;
      advance(kAlign);
      continue;
    }
    std::optional<Record> parsed;
    if (record.type != RecordType::kPad) {
      parsed = parse(record.type);
      if (!parsed) skipped_bytes_ += record.size;
    }
    advance(record.size);
    if (parsed) return parsed;
  }
  return std::nullopt;
}

std::optional<Record> Reader::parse(RecordType type) const {
  const auto* bytes = reinterpret_cast<const char*>(payload_.data());
  switch (type) {
    case RecordType::kEvent: {
      if (payload_size_ < sizeof(Event)) return std::nullopt;
      const auto event = take<Event>(bytes);
      const uint64_t size = sizeof(Event) + event.frame_count * sizeof(uint64_t);
      if (static_cast<int>(event.kind) >= kKindCount || event.frame_count > kMaxFrames ||
          padded(size) != payload_size_) {
        return std::nullopt;
      }
      static_assert(sizeof(Event) % sizeof(uint64_t) == 0);
      return EventRecord{event,
                         std::span(payload_).subspan(sizeof(Event) / sizeof(uint64_t), event.frame_count)};
    }
    case RecordType::kModule: {
      if (payload_size_ < sizeof(Module)) return std::nullopt;
      const auto module = take<Module>(bytes);
      if (module.start >= module.end || module.build_id_size > sizeof module.build_id ||
          module.path_size == 0 || padded(uint64_t{sizeof(Module)} + module.path_size) != payload_size_) {
        return std::nullopt;
      }
      return ModuleRecord{module, std::string_view(bytes + sizeof(Module), module.path_size)};
    }
    case RecordType::kFree:
      if (payload_size_ != padded(sizeof(Free))) return std::nullopt;
      return take<Free>(bytes);
    case RecordType::kUnload:
      if (payload_size_ != padded(sizeof(Unload))) return std::nullopt;
      return take<Unload>(bytes);
    case RecordType::kThread: {
      if (payload_size_ != padded(sizeof(Thread))) return std::nullopt;
      auto thread = take<Thread>(bytes);
      thread.name[sizeof thread.name - 1] = '\0';
      return thread;
    }
    case RecordType::kExec: {
      if (payload_size_ < sizeof(Exec)) return std::nullopt;
      const auto exec = take<Exec>(bytes);
      if (padded(uint64_t{sizeof(Exec)} + exec.path_size) != payload_size_) return std::nullopt;
      return ExecRecord{exec, std::string_view(bytes + sizeof(Exec), exec.path_size)};
    }
    case RecordType::kLabels: {
      if (payload_size_ < sizeof(Labels)) return std::nullopt;
      const auto labels = take<Labels>(bytes);
      if (padded(uint64_t{sizeof(Labels)} + labels.size) != payload_size_) return std::nullopt;
      const std::string_view text(bytes + sizeof(Labels), labels.size);
      const bool is_paired = std::count(text.begin(), text.end(), '\0') % 2 == 0;
      if (text.empty() || text.back() != '\0' || !is_paired) return std::nullopt;
      return LabelsRecord{labels, text};
    }
    case RecordType::kPad:
      break;
  }
  return std::nullopt;
}

}  // namespace prof::spool
