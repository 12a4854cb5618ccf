// Decompressing on a thread of its own, while what is there already is being read. Where no thread can be
// made it is all done at first.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "libprof/base/error.h"
#include "libprof/profile/compress.h"
#include "libprof/profile/pages.h"

namespace prof {

class Inflation {
 public:
  // Decompresses all of `input`. Writes at most `limit` bytes and fails past that.
  Inflation(CompressedInput input, uint64_t limit);
  Inflation(const Inflation&) = delete;
  Inflation& operator=(const Inflation&) = delete;
  ~Inflation();  // ends early

  // Blocks until `end` bytes are there, or all that there are. The bytes do not move afterwards. Throws, as
  // wait() does, what the thread threw (std::bad_alloc).
  std::string_view wait_for(size_t end);
  // Whether wait_for() has given all: it did not fail, and nothing follows.
  bool is_all(std::string_view given);

  // Of what was given: bytes [begin, end) are not needed any more.
  void release(size_t begin, size_t end);

  // Blocks until the end. An Error's `what` is the reason alone.
  Result<std::string_view> wait();

 private:
  struct Range {
    size_t begin, end;
  };

  void run(uint64_t limit);
  void run_apart(uint64_t limit);

  const CompressedInput input_;
  Pages pages_;  // size() is the thread's own until it ends
  // Whether the whole limit is reserved, so that growing never moves; else nothing is given before the end.
  bool is_steady_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t available_ = 0;  // under mutex_, as what follows
  bool is_over_ = false, is_stopped_ = false;
  std::vector<Range> released_;  // for what is to be written
  std::optional<Error> error_;
  std::exception_ptr thrown_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace prof
