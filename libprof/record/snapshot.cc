#include "libprof/record/snapshot.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <sstream>
#include <utility>

#include "libprof/base/files.h"
#include "libprof/record/clocks.h"
#include "libprof/record/stopwatch.h"
#include "libprof/spool/spool.h"

namespace prof::record {
namespace {

constexpr int kPollMilliseconds = 10;
constexpr double kPatienceSeconds = 10;
constexpr uint64_t kMaxMaps = uint64_t{256} << 20;
constexpr uint64_t kMaxOutputs = 1 << 20;

struct Spools {
  std::string own, any;  // by its name that of `pid`, the last one where there are several
  bool is_gone = false;
};

Spools spools_mapped_by(const std::string& process, const std::string& pid) {
  Spools found;
  const auto maps = read_file("/proc/" + process + "/maps", kMaxMaps);
  std::istringstream lines(maps ? *maps : "");
  for (std::string line; std::getline(lines, line);) {
    const size_t begin = line.find('/');
    if (begin == std::string::npos) continue;
    const std::string path = line.substr(begin);
    found.is_gone |= path.ends_with(std::string(spool::kSuffix) + " (deleted)");
    if (!path.ends_with(spool::kSuffix)) continue;
    found.any = path;
    if (path.compare(path.rfind('/') + 1, pid.size() + 1, pid + "-") == 0) found.own = path;
  }
  return found;
}

// The one that the recorder of a process has mapped that is recorded from outside; "" where none is seen.
std::string spool_of_recorder(const std::string& pid) {
  const std::unique_ptr<DIR, int (*)(DIR*)> processes(::opendir("/proc"), ::closedir);
  while (const dirent* const entry = processes != nullptr ? ::readdir(processes.get()) : nullptr) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    if (std::string own = spools_mapped_by(entry->d_name, pid).own; !own.empty()) return own;
  }
  return "";
}

Result<std::string> find_spool(uint32_t pid) {
  const std::string who = std::to_string(pid);
  if (!read_file("/proc/" + who + "/maps", kMaxMaps)) {
    return ::access(("/proc/" + who).c_str(), F_OK) != 0
               ? Result<std::string>(fail("there is no process " + who, "ps -e lists them"))
               : fail("cannot look into process " + who + ": it is another user's", "ask as its user");
  }
  const Spools found = spools_mapped_by(who, who);
  if (!found.own.empty()) return found.own;
  if (!found.any.empty()) return found.any;
  if (std::string outside = spool_of_recorder(who); !outside.empty()) return outside;
  return found.is_gone
             ? fail("the recording of process " + who + " has ended",
                    "record it again: prof record -p " + who)
             : fail("process " + who + " is not being recorded", "attach to it: prof record -p " + who);
}

// For how long a process has used no CPU time. A recorder that drains or writes uses some all the time.
class Idleness {
 public:
  explicit Idleness(uint32_t pid) : pid_(pid) {}
  double seconds() {
    const uint64_t used = pid_ != 0 ? cpu_ns_of(pid_) : 0;
    if (used == 0) return 0;
    if (used != used_) since_.restart();
    used_ = used;
    return since_.seconds();
  }

 private:
  uint32_t pid_;
  uint64_t used_ = 0;
  Stopwatch since_;
};

class MappedHeader {
 public:
  explicit MappedHeader(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    void* map = MAP_FAILED;
    if (::lseek(fd, 0, SEEK_END) >= static_cast<off_t>(spool::kHeaderSize)) {
      map = ::mmap(nullptr, spool::kHeaderSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    ::close(fd);
    if (map != MAP_FAILED) header_ = static_cast<spool::Header*>(map);
  }
  MappedHeader(const MappedHeader&) = delete;
  MappedHeader& operator=(const MappedHeader&) = delete;
  ~MappedHeader() {
    if (header_ != nullptr) ::munmap(header_, spool::kHeaderSize);
  }
  spool::Header* get() const { return header_; }

 private:
  spool::Header* header_ = nullptr;
};

}  // namespace

Result<DirectoryLock> DirectoryLock::take(const std::string& directory) {
  DirectoryLock lock(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock.fd_ < 0 || ::flock(lock.fd_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return lock;
  const uint32_t other = holder(directory);
  const std::string who = std::to_string(other);
  return other != 0 ? fail("cannot collect from " + directory + ": process " + who + " records into it",
                           "its profiles as of now: prof snapshot -p " + who)
                    : fail("cannot collect from " + directory + ": it is still being recorded into, or read",
                           "try again when that has ended");
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_);
}

bool DirectoryLock::is_held(const std::string& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool is_held = ::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(fd);
  return is_held;
}

uint32_t DirectoryLock::holder(const std::string& directory) {
  struct stat file = {};
  if (::stat(directory.c_str(), &file) != 0) return 0;
  const std::string wanted =
      fmt::format(" {:02x}:{:02x}:{} ", major(file.st_dev), minor(file.st_dev), file.st_ino);
  const auto locks = read_file("/proc/locks", kMaxMaps);
  std::istringstream lines(locks ? *locks : "");
  for (std::string line; std::getline(lines, line);) {
    // "1: FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF"
    std::istringstream words(line);
    std::string number, kind, strength, mode;
    uint32_t pid = 0;
    if (words >> number >> kind >> strength >> mode >> pid && kind == "FLOCK" && mode == "WRITE" &&
        line.find(wanted) != std::string::npos) {
      return pid;
    }
  }
  return 0;
}

void tell_outputs(const std::string& directory, const Recording& written) {
  std::string lines;
  const auto add = [&](const std::string& path) {
    std::error_code error;
    lines += std::filesystem::absolute(path, error).string() + "\n";
  };
  for (const auto& [kind, path] : written.files) add(path);
  for (const std::string& path : written.process_files) add(path);
  [[maybe_unused]] const auto done = write_file_atomically(directory + "/" + kOutputsFile, lines);
}

Result<std::vector<std::string>> snapshot(uint32_t pid) {
  const auto path = find_spool(pid);
  if (!path) return tl::unexpected<Error>(path.error());
  const std::string directory = path->substr(0, path->rfind('/'));
  const auto orphaned = [&] {
    return fail("the recorder of process " + std::to_string(pid) + " is gone", "prof collect " + directory);
  };
  const MappedHeader header(*path);
  if (header.get() == nullptr || header.get()->magic != spool::kMagic) {
    return fail("cannot write to " + *path + ": " + std::strerror(errno), "ask as the user who records");
  }
  if (!DirectoryLock::is_held(directory)) return orphaned();
  const uint32_t request = header.get()->write_requests.fetch_add(1, std::memory_order_acq_rel) + 1;
  const auto is_served = [&] {
    return static_cast<int32_t>(header.get()->writes_done.load(std::memory_order_acquire) - request) >= 0;
  };
  const uint32_t recorder = DirectoryLock::holder(directory);
  Idleness idleness(recorder);
  while (!is_served()) {
    if (idleness.seconds() > kPatienceSeconds) {
      const std::string who = std::to_string(recorder);
      return fail("the recorder, process " + who + ", stands still",
                  "if it was stopped, kill -CONT " + who + " lets it write the profiles");
    }
    if (!DirectoryLock::is_held(directory)) {
      if (is_served()) break;
      return orphaned();
    }
    ::poll(nullptr, 0, kPollMilliseconds);
  }
  if (header.get()->write_failed.load(std::memory_order_relaxed) != 0) {
    return fail("the recorder could not write the profiles of process " + std::to_string(pid),
                "see that its output directory has space; what was recorded is not lost");
  }
  std::vector<std::string> outputs;
  const auto names = read_file(directory + "/" + kOutputsFile, kMaxOutputs);
  std::istringstream lines(names ? *names : "");
  for (std::string line; std::getline(lines, line);) outputs.push_back(line);
  return outputs;
}

}  // namespace prof::record
