// Every file of the pprof parser conformance data: `raw` byte for byte, before and after a round trip through
// our encoder.
#include <catch2/catch.hpp>
#include <filesystem>

#include "libprof/profile/codec.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

using namespace prof::test;

TEST_CASE("legacy profiles read as pprof reads them") {
  const std::string directory = conformance("pprof/parsers");
  if (directory.empty() || !std::filesystem::exists(directory)) {
    WARN("skipped: no conformance data");
    return;
  }
  TempDir scratch;
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string path = entry.path();
    if (entry.path().extension() == ".string") continue;
    INFO(path);
    files++;
    const std::string expected = read(path + ".string");
    Run options;
    options.env["TZ"] = "UTC";
    CHECK(run({tool("prof"), "raw", path}, options).out == expected);
    const auto profile = prof::read_profile(path);
    REQUIRE(profile);
    write(scratch.file("again.prof"), prof::encode_profile(*profile));
    CHECK(run({tool("prof"), "raw", scratch.file("again.prof")}, options).out == expected);
  }
  CHECK(files >= 8);
}
