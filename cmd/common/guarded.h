// The frame of every main(). Our libraries return their errors; but memory and threads may run out anywhere.
#pragma once

#include <exception>
#include <new>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "cmd/common/output.h"
#include "libprof/base/exit_code.h"

namespace prof::cmd {

// What `run` returns, or where the machine refuses it something that it cannot do without, one message.
template <typename Run>
int guarded(std::string_view tool, Run run) {
  try {
    return run();
  } catch (const std::system_error& refused) {  // of a thread or a lock
    say("{}: the system refuses what this needs: {}; see ulimit -a\n", tool, refused.what());
  } catch (const std::bad_alloc&) {
    say("{}: there is not enough memory for this; see ulimit -v, or give it less at once\n", tool);
  } catch (const std::length_error&) {  // of a string past all memory
    say("{}: there is not enough memory for this; give it less at once\n", tool);
  } catch (const std::exception& thrown) {  // of a library, past what we know of it
    say("{}: {}; this is a defect of {}: please report it\n", tool, thrown.what(), tool);
  }
  return static_cast<int>(ExitCode::kFailure);
}

}  // namespace prof::cmd
