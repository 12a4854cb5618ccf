#include "libprof/record/wait_state.h"

#include <algorithm>
#include <iterator>

namespace prof::record {
namespace {

struct Call {
  uint32_t number;
  const char* name;
};
constexpr Call kCalls[] = {
#include "libprof/record/system_calls.inc"  // of the build's kernel headers: CMakeLists.txt
};

}  // namespace

std::string state_name(uint32_t state) {
  constexpr const char* kNames[] = {"", "running", "runnable", "blocked", "page fault"};
  if (state < std::size(kNames)) return kNames[state];
  const auto call = std::find_if(std::begin(kCalls), std::end(kCalls),
                                 [&](const Call& one) { return one.number + kFirstCall == state; });
  return call != std::end(kCalls) ? call->name : "syscall " + std::to_string(state - kFirstCall);
}

}  // namespace prof::record
