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
      {"-raw"},
      {"-raw", "-noinlines"},
      {"-dot"},
      {"-dot", "-nodecount=2"},
      {"-dot", "-lines", "-cum"},
      {"-callgrind"},
      {"-tags", "-tagshow=thread"},
      {"-traces", "-taghide=thread"},
      {"-top", "-prune_from=walk"},
      {"-tree", "-tagroot=thread"},
      {"-top", "-tagleaf=thread,bytes"},
  };
  Run options;
  options.env["TZ"] = "UTC";
  options.directory = testdata("report");
  for (const std::string& profile : profiles) {
    for (const auto& flags : cases) {
      // pprof numbers new frames from the largest id on, and `everything` has the largest there is.
      if (profile == profiles[1] && flags.size() > 1 &&
          (flags[1].starts_with("-tagroot") || flags[1].starts_with("-tagleaf"))) {
        continue;
      }
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

TEST_CASE("blocks of no objects in Go's heap profiles lost their size, 0, of labels") {
  TempDir directory;
  const std::string heap = directory.file("heap");
  write(heap,
        "heap profile: 1: 512 [2: 1024] @ heap/2\n0: 0 [0: 0] @ 0x11 0x21\n1: 512 [1: 512] @ 0x11\n"
        "0: 0 [1: 512] @ 0x21\n");
  CHECK_THAT(run({tool("prof"), "pprof", "-symbolize=none", "-raw", heap}).out,
             Catch::Contains("0: 1 2 \n                bytes:[0]\n"));
  if (!has_program("go")) {
    WARN("skipped: no go on PATH");
    return;
  }
  for (const char* report : {"-raw", "-traces", "-tags", "-dot"}) {
    for (const bool is_merged : {false, true}) {
      std::vector<std::string> ours = {tool("prof"), "pprof"}, theirs = {"go", "tool", "pprof"};
      for (auto* argv : {&ours, &theirs}) {
        argv->insert(argv->end(), {"-symbolize=none", report, heap});
        if (is_merged) argv->push_back(heap);
      }
      INFO(report << " " << is_merged);
      CHECK(run(ours).out == run(theirs).out);
    }
  }
}

TEST_CASE("go tool pprof merges and subtracts the same") {
  if (!has_program("go")) {
    WARN("skipped: no go on PATH");
    return;
  }
  TempDir directory;
  const std::string a = directory.file("a.prof"), b = directory.file("b.prof");
  write(a, prof::encode_profile(program()));
  prof::ProfileBuilder other;  // the same kind in a finer unit, one sample type less, partly the same stacks
  other.add_sample_type("cpu", "microseconds");
  const prof::StringId main = other.intern("main"), file = other.intern("/src/main.cc");
  const prof::Line line{other.add_function({0, main, main, file, 3}), 4, 0};
  const uint32_t location =
      other.add_location({0, prof::kNoIndex, 0x401000, 0, 0, false}, std::span<const prof::Line>(&line, 1));
  const int64_t values[] = {7000}, none[] = {0};
  other.add_sample(std::span<const uint32_t>(&location, 1), values);
  other.add_sample(std::span<const uint32_t>(&location, 1), none);
  other.header().period_type = {other.intern("cpu"), other.intern("microseconds")};
  other.header().period = 20000;
  write(b, prof::encode_profile(std::move(other).finish()));
  const std::vector<std::vector<std::string>> cases = {
      {"-raw", a, a},
      {"-raw", a, b},
      {"-raw", b, a},
      {"-top", a, b},
      {"-raw", "-base=" + a, a},
      {"-raw", "-base=" + b, a},
      {"-top", "-diff_base=" + b, a},
      {"-tree", "-normalize", "-base=" + a, a},
      {"-dot", "-diff_base=" + b, a},
      {"-top", "-base=" + a, "-base=" + b, a},
  };
  Run options;
  options.env["TZ"] = "UTC";
  for (const auto& arguments : cases) {
    std::vector<std::string> ours = {tool("prof"), "pprof", "-symbolize=none"},
                             theirs = {"go", "tool", "pprof", "-symbolize=none"};
    ours.insert(ours.end(), arguments.begin(), arguments.end());
    theirs.insert(theirs.end(), arguments.begin(), arguments.end());
    INFO(Catch::StringMaker<std::vector<std::string>>::convert(arguments));
    CHECK(run(ours, options).out == run(theirs, options).out);
  }
}
