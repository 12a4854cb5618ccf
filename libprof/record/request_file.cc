#include "libprof/record/request_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>
#include <utility>

#include "libprof/record/clocks.h"

namespace prof::record {
namespace {

spool::Header* map_new(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return nullptr;
  void* map = MAP_FAILED;
  if (::posix_fallocate(fd, 0, spool::kHeaderSize) == 0) {
    map = ::mmap(nullptr, spool::kHeaderSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  }
  ::close(fd);
  return map != MAP_FAILED ? new (map) spool::Header{} : nullptr;
}

}  // namespace

std::unique_ptr<RequestFile> RequestFile::make(uint32_t pid) {
  auto directory = SpoolDirectory::make(0);
  if (!directory) return nullptr;
  auto lock = DirectoryLock::take(directory->path());
  if (!lock) return nullptr;
  const int64_t now = now_ns();
  spool::Header* const header =
      map_new(directory->path() + "/" + std::to_string(pid) + "-" + std::to_string(now) + spool::kSuffix);
  if (header == nullptr) return nullptr;
  header->version = spool::kVersion;
  header->pid = pid;
  header->start_monotonic_ns = now;
  header->magic = spool::kMagic;
  header->state.store(static_cast<uint32_t>(spool::State::kRunning), std::memory_order_release);
  return std::unique_ptr<RequestFile>(new RequestFile(std::move(*directory), std::move(*lock), header));
}

RequestFile::RequestFile(SpoolDirectory directory, DirectoryLock lock, spool::Header* header)
    : directory_(std::move(directory)), lock_(std::move(lock)), header_(header) {}

RequestFile::~RequestFile() { ::munmap(header_, spool::kHeaderSize); }

bool RequestFile::is_asked() {
  taken_ = header_->write_requests.load(std::memory_order_acquire);
  return taken_ != header_->writes_done.load(std::memory_order_relaxed);
}

void RequestFile::answer(bool failed) {
  if (taken_ == header_->writes_done.load(std::memory_order_relaxed)) return;
  header_->write_failed.store(failed ? 1 : 0, std::memory_order_relaxed);
  header_->writes_done.store(taken_, std::memory_order_release);
}

}  // namespace prof::record
