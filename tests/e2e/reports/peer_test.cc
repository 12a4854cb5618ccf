// Where a Go toolchain is on PATH: `go tool pprof` and `prof` print the same.
#include <catch2/catch.hpp>

#include "libprof/profile/codec.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/profile.h"

using namespace prof::test;

TEST_CASE("go tool pprof prints the same") {
  if (!has_program("go")) {
    WARN("skipped: no go on PATH");
    return;
  }
  TempDir directory;
  const std::string profiles[] = {directory.file("program.prof"), directory.file("everything.prof")};
  write(profiles[0], prof::encode_profile(program()));
  write(profiles[1], prof::encode_profile(everything()));
  const std::vector<std::vector<std::string>> cases = {
      {"-top"},
      {"-top", "-cum"},
      {"-top", "-lines"},
      {"-top", "-addresses"},
      {"-top", "-filefunctions", "-noinlines"},
      {"-top", "-nodecount=2"},
      {"-top", "-nodefraction=0.2"},
      {"-top", "-sample_index=samples"},
      {"-top", "-mean"},
      {"-top", "-unit=us"},
      {"-top", "-divide_by=2"},
      {"-top", "-focus=hash"},
      {"-top", "-ignore=walk"},
      {"-top", "-hide=walk", "-relative_percentages"},
      {"-top", "-tagfocus=thread=main"},
      {"-tree"},
      {"-tree", "-cum", "-lines"},
      {"-tree", "-nodecount=2"},
      {"-tree", "-show_from=walk"},
      {"-traces"},
      {"-tags"},
      {"-comments"},
      {"-peek=walk"},
      {"-list=main|walk"},
      {"-list=main|walk", "-source_path=src", "-trim_path=/src"},
  };
  Run options;
  options.env["TZ"] = "UTC";
  options.directory = testdata("report");
  for (const std::string& profile : profiles) {
    for (const auto& flags : cases) {
      const size_t equals = flags[0].find('=');
      std::vector<std::string> ours = {tool("prof"), flags[0].substr(1, equals - 1)};
      std::vector<std::string> theirs = {"go", "tool", "pprof", "-symbolize=none"};
      theirs.insert(theirs.end(), flags.begin(), flags.end());
      ours.insert(ours.end(), flags.begin() + 1, flags.end());
      if (equals != std::string::npos) ours.push_back(flags[0].substr(equals + 1));
      theirs.push_back(profile);
      ours.push_back(profile);
      INFO(profile);
      INFO(Catch::StringMaker<std::vector<std::string>>::convert(flags));
      CHECK(run(ours, options).out == run(theirs, options).out);
    }
  }
}
