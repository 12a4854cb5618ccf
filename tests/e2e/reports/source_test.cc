// Where `list`, `weblist` and `disasm` find source and code, and how a terminal sees them.
#include <catch2/catch.hpp>
#include <filesystem>

#include "libprof/profile/codec.h"
#include "tests/support/file_server.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/profile.h"

using namespace prof::test;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kId = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c";
constexpr const char* kCode =
    "__attribute__((noinline)) int work(int n) { asm volatile(\"nop; nop; nop; nop\");\n"
    "  int sum = 0;\n"
    "  for (int i = 0; i < n; i++) sum += i ^ sum;\n"
    "  return sum;\n"
    "}\n"
    "int main(int argc, char**) { return work(argc); }\n";
constexpr const char* kPath = "/src/of/work.cc";

// A program that ran as /nowhere/app, made of /src/of/work.cc: neither is there. 1000 samples are in work(),
// of which 980 in line 3, 15 in line 2, 4 in line 4, 1 in line 1: each at an instruction of its own.
struct Elsewhere {
  TempDir directory;
  std::string program = directory.file("app");
  std::string profile = directory.file("cpu.prof");

  Elsewhere() {
    const std::string source = directory.file("work.cc");
    write(source, kCode);
    const Outcome built = run({"g++", "-g", "-O1", "-fcf-protection=none",
                               std::string("-Wl,--build-id=0x") + kId, source, "-o", program});
    INFO(built.err);
    REQUIRE(built.code == 0);
    std::filesystem::remove(source);
    write(profile, prof::encode_profile(make(address_of(program, "_Z4worki"))));
  }

  static uint64_t address_of(const std::string& program, const std::string& symbol) {
    const std::string symbols = run({"nm", program}).out;
    const size_t found = symbols.find(" T " + symbol + "\n");
    REQUIRE(found != std::string::npos);
    return std::stoull(symbols.substr(symbols.rfind('\n', found) + 1), nullptr, 16);
  }

  static prof::Profile make(uint64_t address) {
    constexpr uint64_t kStart = 0x10000000;
    prof::ProfileBuilder builder;
    builder.add_sample_type("samples", "count");
    prof::Mapping mapping;
    mapping.start = kStart;
    mapping.limit = kStart + 0x100000;
    mapping.file = builder.intern("/nowhere/app");
    mapping.build_id = builder.intern(kId);
    mapping.has_functions = true;
    const uint32_t m = builder.add_mapping(mapping);
    const prof::StringId name = builder.intern("work");
    const uint32_t function =
        builder.add_function({0, name, builder.intern("_Z4worki"), builder.intern(kPath), 1});
    const int64_t counts[] = {1, 15, 980, 4};
    for (int64_t i = 0; i < 4; i++) {
      const prof::Line line{function, i + 1, 0};
      const uint32_t location =
          builder.add_location({0, m, kStart + address + static_cast<uint64_t>(i), 0, 0, false},
                               std::span<const prof::Line>(&line, 1));
      builder.add_sample(std::span<const uint32_t>(&location, 1), std::span<const int64_t>(&counts[i], 1));
    }
    return std::move(builder).finish();
  }

  // Without servers unless there is one. Its copies are kept in the directory.
  Outcome prof(std::vector<std::string> arguments, const FileServer* server = nullptr,
               Run options = {}) const {
    options.env.insert({{"DEBUGINFOD_URLS", server != nullptr ? server->url() : ""},
                        {"DEBUGINFOD_CACHE_PATH", directory.file("cache")},
                        {"DEBUGINFOD_TIMEOUT", "5"},
                        {"PPROF_BINARY_PATH", options.env["PPROF_BINARY_PATH"]}});
    arguments.insert(arguments.begin(), tool("prof"));
    arguments.push_back(profile);
    return run(arguments, options);
  }
};

bool has_debuginfod() {
  const bool found = run({"sh", "-c", "ldconfig -p | grep -q libdebuginfod.so.1"}).code == 0;
  if (!found) WARN("skipped: no libdebuginfod.so.1");
  return found;
}

std::string below(std::string part) { return part.insert(0, std::string("/buildid/") + kId + "/"); }

}  // namespace

TEST_CASE("source that is not here comes from debuginfod, once") {
  if (!has_debuginfod()) return;
  const Elsewhere it;
  FileServer server;
  server.serve(below("source") + kPath, kCode);

  const Outcome unasked = it.prof({"list", "work"});
  CHECK_THAT(unasked.out, Contains("Error: open /src/of/work.cc: no such file or directory\n"));
  CHECK_THAT(unasked.err, Contains("; DEBUGINFOD_URLS, which is not set, names the servers"));
  CHECK(server.requests() == 0);

  const Outcome listed = it.prof({"list", "work"}, &server);
  CHECK_THAT(listed.out,
             Contains("       980        980      3:  for (int i = 0; i < n; i++) sum += i ^ sum;"));
  CHECK(listed.err.empty());
  CHECK(server.requests() == 1);
  CHECK(it.prof({"list", "work"}, &server).out == listed.out);
  CHECK(server.requests() == 1);  // the copy that was kept

  const Outcome trimmed = it.prof({"list", "--trim_path=/src", "work"}, &server);
  CHECK_THAT(trimmed.out, Contains("work in of/work.cc") && Contains("sum += i ^ sum;"));
}

TEST_CASE("what debuginfod has not is said beside what is not here") {
  if (!has_debuginfod()) return;
  const Elsewhere it;
  const FileServer server;
  const Outcome listed = it.prof({"list", "work"}, &server);
  CHECK(listed.code == 0);
  CHECK_THAT(listed.out, Contains("Error: open /src/of/work.cc: no such file or directory; debuginfod has no "
                                  "/src/of/work.cc of build 0f1e2d3c"));
  CHECK_THAT(listed.err, Contains("some source files were not found") && !Contains("DEBUGINFOD_URLS"));
  const Outcome code = it.prof({"disasm", "work"}, &server);
  CHECK(code.code == 1);
  CHECK_THAT(code.err,
             Contains("/nowhere/app: No such file or directory; debuginfod has no executable of build"));
}

TEST_CASE("weblist and disasm have the code of debuginfod's executable") {
  if (!has_debuginfod()) return;
  const Elsewhere it;
  FileServer server;
  server.serve(below("source") + kPath, kCode);
  server.serve(below("executable"), read(it.program));
  CHECK_THAT(it.prof({"disasm", "work"}, &server).out,
             Contains("1000       1000 (flat, cum)") && Contains("ret"));
  const std::string page = it.directory.file("page.html");
  CHECK(it.prof({"weblist", "-o", page, "work"}, &server).code == 0);
  CHECK_THAT(read(page), Contains("sum += i ^ sum;") && Contains("class=\"asm\""));
}

TEST_CASE("weblist has sampled lines and their code where the source is missing: it had neither") {
  const Elsewhere it;
  Run options;
  options.env["PPROF_BINARY_PATH"] = it.directory.path();
  const std::string page = it.directory.file("page.html");
  CHECK(it.prof({"weblist", "-o", page, "work"}, nullptr, options).code == 0);
  CHECK_THAT(read(page), Contains("open /src/of/work.cc: no such file or directory"));
  CHECK_THAT(read(page), Contains("980</span><span class=\"n\">3 </span>???"));
  CHECK_THAT(read(page), Contains("class=\"asm\""));
  CHECK_THAT(it.prof({"list", "work"}, nullptr, options).out, !Contains("???"));
}

TEST_CASE("disasm has the code of the binary below PPROF_BINARY_PATH, of the right build only") {
  const Elsewhere it;
  Run options;
  options.env["PPROF_BINARY_PATH"] = it.directory.path();
  CHECK_THAT(it.prof({"disasm", "work"}, nullptr, options).out, Contains("1000       1000 (flat, cum)"));
  REQUIRE(run({"objcopy", "--remove-section=.note.gnu.build-id", it.program}).code == 0);
  const Outcome other = it.prof({"disasm", "work"}, nullptr, options);
  CHECK(other.code == 1);
  CHECK_THAT(other.err, Contains("is not used: its build id is none, the profile's 0f1e2d3c"));
}

TEST_CASE("a terminal sees hot lines and instructions in colour; files, pipes and NO_COLOR do not") {
  const Elsewhere it;
  std::filesystem::create_directory(it.directory.file("of"));
  write(it.directory.file("of/work.cc"), kCode);
  Run terminal;
  terminal.terminal = true;
  terminal.env["PPROF_BINARY_PATH"] = it.directory.path();
  Run pipe = terminal, plain = terminal;
  pipe.terminal = false;
  plain.env["NO_COLOR"] = "1";
  for (const std::string report : {"list", "disasm"}) {
    INFO(report);
    const std::vector<std::string> command = {report, "--trim_path=/src", "--source_path",
                                              it.directory.path(), "work"};
    const std::string seen = it.prof(command, nullptr, terminal).out;
    CHECK_THAT(seen, Contains("\x1b[31m       980\x1b[0m \x1b[31m       980\x1b[0m "));
    CHECK_THAT(seen, Contains("\x1b[32m        15\x1b[0m "));
    CHECK_THAT(seen, Contains("\n         4          4 "));  // less than 0.5%
    const std::string bytes = it.prof(command, nullptr, pipe).out;
    CHECK(bytes.find('\x1b') == std::string::npos);
    CHECK(it.prof(command, nullptr, plain).out.find('\x1b') == std::string::npos);
    std::vector<std::string> to_file = command;
    to_file.insert(to_file.end() - 1, {"-o", it.directory.file("out.txt")});
    CHECK(it.prof(to_file, nullptr, terminal).code == 0);
    CHECK(read(it.directory.file("out.txt")) == bytes);
    CHECK_THAT(run({tool("prof"), report, "--help"}).out, Contains("On a terminal,"));
  }
}

TEST_CASE("no command that reads symbols keeps them with --no_cache") {
  const Elsewhere it;
  const std::string unsymbolized = it.directory.file("addresses.prof"), cache = it.directory.file("symbols");
  prof::ProfileBuilder builder;
  builder.add_sample_type("samples", "count");
  prof::Mapping mapping;
  mapping.start = 0x10000000;
  mapping.limit = 0x20000000;
  mapping.file = builder.intern(tool("prof"));  // large enough for its symbols to be worth keeping
  const uint32_t m = builder.add_mapping(mapping);
  const uint64_t address = mapping.start + Elsewhere::address_of(tool("prof"), "main");
  const uint32_t location = builder.add_location({0, m, address, 0, 0, false}, {});
  const int64_t one = 1;
  builder.add_sample(std::span<const uint32_t>(&location, 1), std::span<const int64_t>(&one, 1));
  write(unsymbolized, prof::encode_profile(std::move(builder).finish()));

  Run options;
  options.env["XDG_CACHE_HOME"] = cache;
  const std::string out = it.directory.file("out.svg");
  const std::vector<std::vector<std::string>> commands = {{"top"},
                                                          {"pprof", "-top"},
                                                          {"flame", "-o", out},
                                                          {"diff", unsymbolized},
                                                          {"merge", "-o", out},
                                                          {"export", "--folded", out}};
  for (const std::vector<std::string>& words : commands) {
    std::vector<std::string> command = {tool("prof"), words[0], "--no_cache"};
    command.insert(command.end(), words.begin() + 1, words.end());
    command.push_back(unsymbolized);
    INFO(words[0]);
    CHECK(run(command, options).code == 0);
    CHECK_FALSE(std::filesystem::exists(cache));
  }
  CHECK_THAT(run({tool("prof"), "web", "--help"}).out, Contains("--no_cache"));
  CHECK_THAT(run({tool("prof"), "top", unsymbolized}, options).out, Contains("main"));
  CHECK(std::filesystem::exists(cache));  // else nothing above could have failed
}

TEST_CASE("a mapping made up for a base without any was not given -buildid") {
  prof::ProfileBuilder builder;
  builder.add_sample_type("samples", "count");
  builder.add_sample_type("cpu", "nanoseconds");
  builder.header().period_type = {builder.intern("cpu"), builder.intern("nanoseconds")};
  const uint32_t location = builder.add_location({.address = 0x10}, {});
  const int64_t values[] = {1, 10};
  builder.add_sample({&location, 1}, values);
  TempDir directory;
  write(directory.file("a.prof"), prof::encode_profile(program()));
  write(directory.file("base.prof"), prof::encode_profile(std::move(builder).finish()));
  const Outcome outcome = run({tool("prof"), "pprof", "-raw", "-symbolize=none", "-buildid=12345",
                               "-base=" + directory.file("base.prof"), directory.file("a.prof")});
  CHECK_THAT(outcome.out, Contains("3: 0x0/0x0/0x0  12345"));
}
