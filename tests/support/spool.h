// A spool in a temporary directory, as the agent would leave it, for tests of whoever reads spools.
#pragma once

#include <cstdint>
#include <string>

#include "libprof/spool/writer.h"
#include "tests/support/files.h"

namespace prof::test {

class SpoolFile {
 public:
  // A running spool with an empty ring; pid 1234, all kinds, default periods, executable "/bin/app".
  explicit SpoolFile(uint64_t ring_size = spool::kDefaultRingSize);
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;
  ~SpoolFile();

  const std::string& path() const { return path_; }
  std::string directory() const { return directory_.path(); }
  spool::Writer writer() const { return {header_, ring_size_}; }

 private:
  TempDir directory_;
  std::string path_;
  uint64_t ring_size_;
  spool::Header* header_;
};

}  // namespace prof::test
