// Profiles written while recording goes on: by a fork of the recorder, so that no ring waits for symbols.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>

namespace prof::record {

// Not while other threads run. One at a time.
class Checkpoint {
 public:
  Checkpoint() = default;
  Checkpoint(const Checkpoint&) = delete;
  Checkpoint& operator=(const Checkpoint&) = delete;
  ~Checkpoint();  // as finish()

  bool is_running() const { return pid_ > 0; }
  // Runs `write` on a copy of what we have now; it says whether all was written.
  void start(const std::function<bool()>& write);
  // Once after each start: whether it was written, when that is known.
  std::optional<bool> outcome();
  // The same, waited for. Before anything else writes what `write` writes: a checkpoint that ends later would
  // put older profiles in place of newer ones.
  std::optional<bool> finish();

 private:
  std::optional<bool> wait(int options);

  pid_t pid_ = 0;
  bool has_failed_ = false;  // could not be started
};

}  // namespace prof::record
