// An agent in a test: writes a spool as libprof.so does, of a process and with records of our choice.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "libprof/spool/writer.h"

namespace prof::test {

class FakeAgent {
 public:
  FakeAgent(const std::string& directory, uint32_t pid, uint32_t kinds, uint64_t ring_size = 1 << 20)
      : size_(spool::kHeaderSize + ring_size),
        path_(directory + "/" + std::to_string(pid) + "-" + std::to_string(kStart) + spool::kSuffix) {
    const int fd = ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || ::ftruncate(fd, static_cast<off_t>(size_)) != 0) throw std::runtime_error(path_);
    void* map = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    if (map == MAP_FAILED) throw std::runtime_error(path_);
    header_ = static_cast<spool::Header*>(map);
    header_->magic = spool::kMagic;
    header_->version = spool::kVersion;
    header_->pid = pid;
    header_->ring_size = ring_size;
    header_->kinds = kinds;
    for (int i = 0; i < kKindCount; i++) header_->periods[i] = kKinds[i].default_period;
    header_->start_realtime_ns = 1'700'000'000'000'000'000;
    header_->start_monotonic_ns = kStart;
    std::strcpy(header_->executable, "/opt/app");
    header_->state.store(static_cast<uint32_t>(spool::State::kRunning), std::memory_order_release);
    writer_ = spool::Writer(header_, ring_size);
  }
  FakeAgent(const FakeAgent&) = delete;
  FakeAgent& operator=(const FakeAgent&) = delete;
  ~FakeAgent() { ::munmap(header_, size_); }

  void event(Kind kind, std::vector<uint64_t> frames, uint64_t value = 0, uint64_t id = 0,
             uint32_t weight = 1, uint64_t exact = 0, uint8_t flags = 0, uint32_t labels = 0) {
    const spool::Event event = {kStart + 1'000'000'000,
                                1,
                                kind,
                                flags,
                                static_cast<uint16_t>(frames.size()),
                                weight,
                                labels,
                                value,
                                id,
                                exact};
    check(writer_.write(spool::RecordType::kEvent, event, frames.data(), frames.size() * sizeof(uint64_t)));
  }
  void free(uint64_t id) { check(writer_.write(spool::RecordType::kFree, spool::Free{kStart, id})); }
  // Its first segment of code ends at `text_end`; 0: with the module.
  void module(uint64_t start, uint64_t end, const std::string& path, uint64_t text_end = 0) {
    spool::Module module = {};
    module.start = module.text_start = module.bias = start;
    module.end = end;
    module.text_end = text_end != 0 ? text_end : end;
    module.path_size = static_cast<uint32_t>(path.size());
    check(writer_.write(spool::RecordType::kModule, module, path.data(), path.size()));
  }
  void unload(uint64_t start) { check(writer_.write(spool::RecordType::kUnload, spool::Unload{start})); }
  // That of the events is 1.
  void thread(uint32_t tid, const char* name, spool::ThreadEvent what = spool::ThreadEvent::kNamed) {
    spool::Thread thread = {};
    thread.tid = tid;
    thread.event = what;
    std::strncpy(thread.name, name, sizeof thread.name - 1);
    check(writer_.write(spool::RecordType::kThread, thread));
  }
  void labels(uint32_t set, const std::string& text) {
    const spool::Labels labels = {set, static_cast<uint32_t>(text.size())};
    check(writer_.write(spool::RecordType::kLabels, labels, text.data(), text.size()));
  }
  void exec(uint32_t pid, const std::string& path) {
    const spool::Exec exec = {kStart, pid, static_cast<uint32_t>(path.size())};
    check(writer_.write(spool::RecordType::kExec, exec, path.data(), path.size()));
  }
  void finish() {
    header_->finish_monotonic_ns.store(kStart + 2'000'000'000, std::memory_order_relaxed);
    header_->cpu_time_ns.store(1'000'000'000, std::memory_order_relaxed);
    header_->state.store(static_cast<uint32_t>(spool::State::kFinished), std::memory_order_release);
  }

  spool::Header& header() { return *header_; }
  const spool::Writer& writer() const { return writer_; }
  const std::string& path() const { return path_; }

 private:
  static constexpr int64_t kStart = 1'000'000;
  static void check(bool written) {
    if (!written) throw std::runtime_error("the fake agent's ring is full");
  }
  size_t size_;
  std::string path_;
  spool::Header* header_ = nullptr;
  spool::Writer writer_;
};

inline constexpr uint32_t kAllKinds = (1u << kKindCount) - 1;

}  // namespace prof::test
