// A small C++ program, built as a test wants it, whose probes have known addresses and known answers.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "libprof/symbols/symbolizer.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

namespace prof::test {

// Each probe is a label in the code, so that its address is known whatever the compiler does around it.
inline constexpr const char* kSource = R"(namespace app {
volatile int sink;
template <typename T> inline __attribute__((always_inline)) void inner(T v) {
  asm volatile("probe_inner: nop");
  sink = v;
}
inline __attribute__((always_inline)) void middle(int v) {
  inner<int>(v);
}
__attribute__((noinline)) void outer(int v) {
  sink = v;
  middle(v);
  asm volatile("probe_outer: nop");
}
}
static __attribute__((noinline)) void local() { asm volatile("probe_local: nop"); }
int main() {
  app::outer(1);
  local();
}
)";

inline std::map<std::string, uint64_t> addresses_of(const std::string& binary) {
  std::map<std::string, uint64_t> addresses;
  std::istringstream lines(run({"nm", binary}).out);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    uint64_t address = 0;
    char type = 0;
    std::string name;
    if (fields >> std::hex >> address >> type >> name) addresses[name] = address;
  }
  return addresses;
}

inline void must_run(const std::vector<std::string>& argv) {
  const auto outcome = run(argv);
  INFO(argv[0] << ": " << outcome.err);
  REQUIRE(outcome.code == 0);
}

struct Build {
  TempDir directory;
  std::string source = directory.file("app.cc");
  std::string binary = directory.file("app");
  std::map<std::string, uint64_t> address;

  explicit Build(std::vector<std::string> compiler, const char* text = kSource) {
    write(source, text);
    for (const auto& arg : {std::string("-O2"), source, std::string("-o"), binary}) compiler.push_back(arg);
    must_run(compiler);
    address = addresses_of(binary);
  }
  symbols::Code at(const std::string& probe) const {
    return symbols::symbolize({binary, "", 0, {address.at(probe)}}).codes[0];
  }
};

// "name file:line < caller file:line": one string to compare.
inline std::string text(const symbols::Code& code) {
  std::string all;
  for (const auto& frame : code.frames) {
    if (!all.empty()) all += " < ";
    all += frame.name;
    if (!frame.file.empty()) {
      all += " " + std::filesystem::path(frame.file).filename().string() + ":" + std::to_string(frame.line);
    }
  }
  return all;
}

}  // namespace prof::test
