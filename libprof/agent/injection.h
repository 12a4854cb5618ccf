// The environment of a program that this process becomes or starts: the caller's own, with what loads the
// agent there where that was scrubbed, and without where the program cannot be given it (preload_target.h).
//
// But for init, called from: threads, and children of fork and vfork, which may hold any lock and share their
// parent's memory: nothing here allocates, locks or changes what it was given. Never blocks.
#pragma once

#include <cstddef>

namespace prof::agent {

// Learns what loads the agent, from this process's own environment. Called from: the constructor. Takes the
// loader's lock.
void init_injection();

// The agent's path; null where no environment is changed. Called from: as above.
const char* injected_agent();

class Injection {
 public:
  // `environment` may be null: what clearenv leaves.
  Injection(char* const* environment, bool takes_preload);

  // What `into` needs, in bytes.
  size_t array_size() const;
  size_t text_size() const;

  // The environment to run with; `array` and `text` have the sizes above and live until the exec. Values are
  // the caller's own.
  char* const* into(char** array, char* text) const;

 private:
  char** add_preload(char** array, char* text) const;
  char** keep_other_preloads(char** array, char* text) const;

  char* const* given_;
  size_t count_ = 0;
  char* const* preload_ = nullptr;
  bool has_config_ = false;
  bool has_agent_ = false;
  bool takes_preload_;
  bool is_needed_ = false;
};

}  // namespace prof::agent
