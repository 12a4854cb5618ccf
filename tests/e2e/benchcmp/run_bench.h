// benchcmp run on shell commands that print what they like: no clock decides its tests.
#pragma once

#include <string>
#include <vector>

#include "tests/support/files.h"
#include "tests/support/process.h"

namespace prof::test {

struct RunBench {
  Outcome operator()(std::vector<std::string> arguments, int interrupt_after_ms = -1) const {
    arguments.insert(arguments.begin(), {tool("benchcmp"), "run", "-o", directory.file("out")});
    Run options;
    options.directory = directory.path();
    options.signal_after_ms = interrupt_after_ms;
    return run(arguments, options);
  }
  // A program that prints one benchmark of about `ns`, and leaves its name in the file `order`.
  std::string program(const std::string& name, int ns) const {
    write(directory.file(name), "echo " + name + " >> order\nn=$(wc -l < order)\n" + "echo BenchmarkA 1 $((" +
                                    std::to_string(ns) + " + n % 7)) ns/op\n");
    return "sh ./" + name;
  }
  TempDir directory;
};

}  // namespace prof::test
