// usage: make_folded_profile OUT < stacks: the profile of the browser tests
// (tests/unit/flamegraph/sample_profile.h).
#include <iostream>
#include <iterator>

#include "libprof/profile/codec.h"
#include "tests/support/files.h"
#include "tests/unit/flamegraph/sample_profile.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string stacks{std::istreambuf_iterator<char>(std::cin), {}};
  prof::test::write(argv[1], prof::encode_profile(prof::test::folded_profile(stacks)));
}
