// The agent's unwinder and libunwind's at every instruction of a program, both against the true stack.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace prof::test {

// How an instruction came out. X(id, what it means).
#define PROF_STEP_RESULTS(X)                                                                   \
  X(agree, "both give the true stack")                                                         \
  X(libunwind_wrong, "ours is the true stack, libunwind's is not")                             \
  X(undescribed, "a frame is in code for which the object has no unwind information at all")   \
  X(misled_alike, "both go wrong at the same frame: what the object says of it does not hold") \
  X(ours_truncated, "ours is true as far as it goes and says that it is truncated")            \
  X(ours_wrong, "ours is not the true stack, and says it is")

enum class StepResult {
#define PROF_STEP_ENUM(id, text) k_##id,
  PROF_STEP_RESULTS(PROF_STEP_ENUM)
#undef PROF_STEP_ENUM
};
inline constexpr const char* kStepResultTexts[] = {
#define PROF_STEP_TEXT(id, text) text,
    PROF_STEP_RESULTS(PROF_STEP_TEXT)
#undef PROF_STEP_TEXT
};
inline constexpr int kStepResultCount = sizeof kStepResultTexts / sizeof kStepResultTexts[0];

struct Comparison {
  uint64_t instructions = 0;
  uint64_t distinct = 0;  // of them, at different addresses
  uint64_t frames = 0;
  uint64_t deepest = 0;
  uint64_t results[kStepResultCount] = {};
  // All but agreement, by place: "libc.so.6+0x1234" to the number of instructions. The place is the frame
  // whose caller was not found, or not rightly, by ours or else by libunwind.
  std::map<std::string, uint64_t> where[kStepResultCount];

  uint64_t operator[](StepResult result) const { return results[static_cast<int>(result)]; }
};

// Steps through `argv`, from its first instruction in the loader or from the program's own entry point, until
// it ends or `limit` instructions have been compared.
enum class From { kLoader, kEntry };
Comparison compare_unwinders(const std::vector<std::string>& argv, From from, uint64_t limit);

}  // namespace prof::test
