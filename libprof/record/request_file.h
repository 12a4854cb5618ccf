// Where `prof snapshot` asks a recorder from outside, as it asks one of agents: a spool without a ring, named
// for the recorded process, that the recorder has mapped.
#pragma once

#include <memory>
#include <string>

#include "libprof/record/snapshot.h"
#include "libprof/record/spool_directory.h"
#include "libprof/spool/spool.h"

namespace prof::record {

class RequestFile {
 public:
  // Nothing where there is no place for it: nobody can ask then.
  static std::unique_ptr<RequestFile> make(uint32_t pid);
  RequestFile(const RequestFile&) = delete;
  RequestFile& operator=(const RequestFile&) = delete;
  ~RequestFile();

  const std::string& directory() const { return directory_.path(); }
  // Whether someone asked for profiles to be written now; answer() answers all who had asked by then.
  bool is_asked();
  void answer(bool failed);

 private:
  RequestFile(SpoolDirectory directory, DirectoryLock lock, spool::Header* header);

  SpoolDirectory directory_;
  DirectoryLock lock_;  // shows that somebody answers
  spool::Header* header_;
  uint32_t taken_ = 0;
};

}  // namespace prof::record
