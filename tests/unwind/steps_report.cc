// usage: unwind_steps LIMIT PROGRAM [ARGUMENT...]: what compare_unwinders finds, for people.
#include <cstdlib>
#include <exception>
#include <iostream>

#include "tests/unwind/compare.h"

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: unwind_steps LIMIT PROGRAM [ARGUMENT...]\n";
    return 2;
  }
  try {
    const auto result = prof::test::compare_unwinders({argv + 2, argv + argc}, prof::test::From::kEntry,
                                                      std::strtoull(argv[1], nullptr, 10));
    std::cout << result.instructions << " instructions (" << result.distinct << " distinct), "
              << result.frames << " frames, deepest " << result.deepest << "\n";
    for (int i = 0; i < prof::test::kStepResultCount; ++i) {
      std::cout << result.results[i] << "  " << prof::test::kStepResultTexts[i] << "\n";
      for (const auto& [place, count] : result.where[i])
        std::cout << "    " << count << "  " << place << "\n";
    }
    return result[prof::test::StepResult::k_ours_wrong] == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "unwind_steps: " << error.what() << "\n";
    return 2;
  }
}
