// What the agent adds to a process's memory, measured by the kernel's account of it.
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <sstream>

#include "tests/unit/agent/preload.h"

using namespace prof;
using namespace prof::test;

namespace {

struct Memory {
  double peak_space = 0, space = 0, peak_resident = 0, resident = 0;  // KiB
};

Memory memory_of(const Outcome& outcome) {
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  Memory memory;
  std::istringstream(outcome.out) >> memory.peak_space >> memory.space >> memory.peak_resident >>
      memory.resident;
  REQUIRE(memory.resident > 0);
  return memory;
}

// KiB of the file that are in memory.
size_t resident_of(const std::string& path) {
  const size_t size = std::filesystem::file_size(path);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  void* const address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  ::close(fd);
  REQUIRE(address != MAP_FAILED);
  std::vector<unsigned char> pages((size + 4095) / 4096);
  REQUIRE(::mincore(address, size, pages.data()) == 0);
  ::munmap(address, size);
  size_t count = 0;
  for (const unsigned char page : pages) count += page & 1;
  return 4 * count;
}

}  // namespace

TEST_CASE("the spool is in memory as far as it was written: nothing is read ahead of it") {
  const TempDir directory;
  struct statfs system = {};
  REQUIRE(::statfs(directory.path().c_str(), &system) == 0);
  if (system.f_type == TMPFS_MAGIC) {
    WARN("skipped: files of " << directory.path() << " are in memory");
    return;
  }
  Run options;
  options.env = {{"LD_PRELOAD", library("libprof.so")},
                 {"PROF_AGENT", "dir=" + directory.path() + ";kinds=cpu;ring=8388608"}};
  REQUIRE(run({"true"}, options).code == 0);
  int spools = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    if (entry.path().extension() != spool::kSuffix) continue;
    ++spools;
    CHECK(resident_of(entry.path()) < 64);
  }
  CHECK(spools == 1);
}

TEST_CASE("all that the agent maps, in the worst of processes, is within the bound that was set") {
  // Frames of 12,000 functions and more.
  const std::vector<std::string> argv = {tool("agent_memory"), "libstdc++.so.6", "libcrypto.so.3",
                                         "libdw.so.1", "libresolv.so.2"};
  const Memory bare = memory_of(run(argv));
  for (const int mebibytes : {8, 16, 64, 256}) {
    const double bound = 1024.0 * mebibytes;
    const Recorded recorded =
        preload(argv, "kinds=cpu,heap,mutex;cpu=500000;heap=256;mutex=1000;ring=4194304;memory=" +
                          std::to_string(mebibytes << 20));
    const Memory memory = memory_of(recorded.outcome);
    INFO(mebibytes << " MiB: peak space " << memory.peak_space - bare.peak_space << " KiB more, resident "
                   << memory.peak_resident - bare.peak_resident);
    if (std::getenv("PROF_SHOW") != nullptr) {
      WARN(mebibytes << " MiB: at most " << memory.peak_space - bare.peak_space << " KiB of addresses more, "
                     << memory.peak_resident - bare.peak_resident << " resident; " << recorded.drops
                     << " drops");
    }
    // The loader's own notes of one more library, and the allocator's rounding.
    constexpr double kLoader = 256;
    CHECK(memory.peak_space - bare.peak_space < bound + kLoader);
    CHECK(memory.space - bare.space < bound + kLoader);
    CHECK(memory.peak_resident - bare.peak_resident < bound + kLoader);
    CHECK(memory.peak_space - bare.peak_space < 34.0 * 1024);  // whatever the bound: docs/memory.md
    CHECK(recorded.spools == 5);
    if (mebibytes == 8) CHECK(recorded.drops > 0);  // told, not silently missing
    CHECK(!recorded.events[0].empty());
    CHECK(!recorded.events[1].empty());
  }
}
