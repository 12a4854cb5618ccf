// The agent's unwinder and libunwind's, frame by frame to the outermost, at every instruction of real
// programs, with the calls that were executed as the arbiter.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/unwind/compare.h"

using namespace prof::test;

namespace {

struct Case {
  std::vector<std::string> argv;
  From from;
  uint64_t limit;
};

void check(const Case& c) {
  const Comparison steps = compare_unwinders(c.argv, c.from, c.limit);
  INFO(c.argv[0] << ": " << steps.instructions << " instructions, " << steps.frames << " frames");
  CHECK(steps.instructions > c.limit / 2);
  for (int i = 0; i < kStepResultCount; ++i) {
    if (static_cast<StepResult>(i) != StepResult::k_agree && steps.results[i] > 0)
      UNSCOPED_INFO(steps.results[i] << " " << kStepResultTexts[i]);
  }
  // Nothing is wrong that libunwind gets right, or gets wrong in another way.
  for (const auto& [place, count] : steps.where[static_cast<int>(StepResult::k_ours_wrong)])
    FAIL_CHECK("wrong at " << place << ", " << count << " times");
  CHECK(steps[StepResult::k_ours_truncated] == 0);
  // The C library's start files have no unwind information; the C++ runtime rewrites its own frame before it
  // jumps to a handler.
  CHECK(steps[StepResult::k_undescribed] * 200 <= steps.instructions);
  CHECK(steps[StepResult::k_misled_alike] * 100 <= steps.instructions);
}

}  // namespace

TEST_CASE("the stack is whole and true at every instruction") {
  for (const Case& c : {Case{{tool("unwind_shapes_o0")}, From::kEntry, 8000},
                        Case{{tool("unwind_shapes_o2")}, From::kLoader, 8000},
                        Case{{tool("unwind_libc_calls")}, From::kEntry, 8000},
                        Case{{tool("unwind_throws")}, From::kEntry, 8000}}) {
    check(c);
  }
}

// 52% of x264's stacks ended in its assembly, 92% of nettle's, 84% of zstd's decompression; 88% of
// libcrypto's AES-GCM, which is described.
TEST_CASE("the stack is whole and true at every instruction of assembly that nothing describes") {
  const Comparison steps = compare_unwinders({tool("unwind_assembly")}, From::kEntry, 40'000);
  CHECK(steps.instructions > 3'000);
  CHECK(steps[StepResult::k_libunwind_wrong] > 300);
  for (const StepResult bad :
       {StepResult::k_undescribed, StepResult::k_ours_truncated, StepResult::k_ours_wrong}) {
    for (const auto& [place, count] : steps.where[static_cast<int>(bad)])
      FAIL_CHECK(kStepResultTexts[static_cast<int>(bad)] << ": " << place << ", " << count << " times");
  }
}

TEST_CASE("the stack is whole and true at every instruction: a million of them", "[.soak]") {
  const std::string sql = "select sum(value), group_concat(value) from json_each('[1,2,3]')";
  for (const Case& c : {Case{{tool("unwind_shapes_o0")}, From::kEntry, 60'000},
                        Case{{tool("unwind_shapes_o2")}, From::kLoader, 150'000},
                        Case{{tool("unwind_libc_calls")}, From::kEntry, 300'000},
                        Case{{tool("unwind_throws")}, From::kEntry, 300'000},
                        Case{{"sqlite3", ":memory:", sql}, From::kEntry, 300'000}}) {
    check(c);
  }
}
