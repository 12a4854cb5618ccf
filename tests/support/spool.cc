#include "tests/support/spool.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <new>
#include <stdexcept>

namespace prof::test {

SpoolFile::SpoolFile(uint64_t ring_size)
    : path_(directory_.file("1234-1" + std::string(spool::kSuffix))), ring_size_(ring_size) {
  const auto size = static_cast<off_t>(spool::kHeaderSize + ring_size);
  const int fd = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ::ftruncate(fd, size) != 0) throw std::runtime_error("cannot make " + path_);
  void* address = ::mmap(nullptr, static_cast<size_t>(size), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (address == MAP_FAILED) throw std::runtime_error("cannot map " + path_);
  header_ = new (address) spool::Header{};
  header_->magic = spool::kMagic;
  header_->version = spool::kVersion;
  header_->pid = 1234;
  header_->ring_size = ring_size;
  header_->kinds = (1u << kKindCount) - 1;
  for (int kind = 0; kind < kKindCount; ++kind) header_->periods[kind] = kKinds[kind].default_period;
  std::strcpy(header_->executable, "/bin/app");
  header_->state = static_cast<uint32_t>(spool::State::kRunning);
}

SpoolFile::~SpoolFile() { ::munmap(header_, spool::kHeaderSize + ring_size_); }

}  // namespace prof::test
