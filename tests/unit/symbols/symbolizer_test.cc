#include "libprof/symbols/symbolizer.h"

#include <dlfcn.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <map>
#include <sstream>

#include "libprof/symbols/demangle.h"
#include "tests/unit/symbols/build.h"

using prof::symbols::Answer;
using prof::symbols::Code;
using prof::symbols::Request;
using prof::symbols::Source;
using prof::symbols::symbolize;
using prof::symbols::symbolize_all;
using prof::test::addresses_of;
using prof::test::Build;
using prof::test::must_run;
using prof::test::TempDir;
using prof::test::text;

TEST_CASE("debug information gives inlined calls with their lines, whatever made it") {
  const std::vector<std::string> compiler = GENERATE(values<std::vector<std::string>>({
      {"g++", "-g"},
      {"g++", "-g", "-gdwarf-4"},
      {"g++", "-g", "-no-pie"},
      {"g++", "-g", "-gz"},
      {"g++", "-g", "-gsplit-dwarf"},
      {"clang++-14", "-g"},
      {"clang++-14", "-gdwarf-5", "-gline-tables-only"},
  }));
  INFO(compiler[0] << " " << compiler[1] << " " << compiler.back());
  if (!prof::test::has_program(compiler[0])) {
    WARN("skipped: no " << compiler[0]);
    return;
  }
  const auto here = std::filesystem::current_path();
  const Build build(compiler);
  const bool names_only = compiler.back() == "-gline-tables-only";
  const Code inner = build.at("probe_inner");
  CHECK(inner.source == Source::kDebugInfo);
  CHECK(text(inner) == (names_only ? "inner app.cc:4 < middle app.cc:8 < app::outer app.cc:12"
                                   : "app::inner app.cc:4 < app::middle app.cc:8 < "
                                     "app::outer app.cc:12"));
  CHECK(text(build.at("probe_outer")) == "app::outer app.cc:13");
  CHECK(text(build.at("main")).find("main app.cc:1") == 0);
  CHECK(inner.frames[2].start_line == (names_only ? 0 : 10));
  CHECK(inner.frames[2].system_name == "_ZN3app5outerEi");
  std::filesystem::remove(here / "app.dwo");
}

TEST_CASE("units of DWARF 2 that have code beside their one range keep its lines: they lost them") {
  const char* const sections = GENERATE("-fno-function-sections", "-ffunction-sections");
  INFO(sections);
  const Build build({"g++", "-gdwarf-2", "-gstrict-dwarf", sections});
  CHECK(text(build.at("probe_outer")) == "app::outer app.cc:13");
  CHECK(text(build.at("main")).find("main app.cc:1") == 0);  // in .text.startup
}

// GCC leaves the entry of such a lambda inside that of the function it is written in, which has no code of
// its own.
TEST_CASE("code of a function that is written inside one without code is found") {
  const Build build({"g++", "-g"}, R"(volatile int sink;
inline __attribute__((always_inline)) void inner(int v) {
  asm volatile("probe: nop");
  sink = v;
}
inline __attribute__((always_inline)) void outer(int v) {
  const auto lambda = [&](int w) __attribute__((noinline, noipa)) { inner(v + w); };
  lambda(1);
  lambda(2);
}
int main() {
  outer(sink);
  asm volatile("probe_main: nop");
}
)");
  CHECK(text(build.at("probe")) == "inner app.cc:3 < outer::{lambda()#1}::operator() app.cc:7");
  CHECK(text(build.at("probe_main")) == "main app.cc:13");
}

// What no other file can refer to has no linker's name in GCC's debug information.
TEST_CASE("an inlined function is called as its copy out of line: GCC's were without their namespace") {
  const char* const source = R"(namespace {
struct S {
  int method(int x) { asm volatile("probe_method: nop"); return x; }
  struct T { int nested(int x) { asm volatile("probe_nested: nop"); return x; } };
};
inline int unnamed(int x) { asm volatile("probe_unnamed: nop"); return x + 1; }
template <typename V> inline int instance(V x) { asm volatile("probe_instance: nop"); return x + 1; }
}
extern "C" { static inline int of_c(int x) { asm volatile("probe_of_c: nop"); return x + 2; } }
namespace json { static inline int parse(int x) { asm volatile("probe_json: nop"); return x + 3; } }
namespace xml { inline namespace v1 {
static inline int parse(int x) { asm volatile("probe_xml: nop"); return x + 4; }
} }
namespace app {
struct Server { __attribute__((noinline)) int run(int x); };
int Server::run(int x) {
  auto lambda = [&](int y) { asm volatile("probe_lambda_of_method: nop"); return x + y; };
  return lambda(x);
}
}
int main(int argc, char**) {
  struct Local {
    int value;
    int method(int x) { asm volatile("probe_local: nop"); return x; }
    operator int() { asm volatile("probe_conversion: nop"); return value; }
  };
  auto first = [&](int x) {
    asm volatile("probe_first: nop");
    auto inner = [](int y) { asm volatile("probe_inner: nop"); return y; };
    return inner(x) + argc;
  };
  auto second = [](long x) { asm volatile("probe_second: nop"); return int(x); };
  struct { int operator()(int x) { asm volatile("probe_functor: nop"); return x; } } functor;
  int sum = 0;
  { auto third = [](int x) { asm volatile("probe_third: nop"); return x; }; sum += third(argc); }
  auto generic = [](auto x) { asm volatile("probe_generic: nop"); return x; };
  S s;
  S::T t;
  Local local{argc};
  app::Server server;
  return s.method(argc) + t.nested(argc) + unnamed(argc) + instance(argc) + of_c(argc) + json::parse(argc) +
         xml::parse(argc) + server.run(argc) + local.method(argc) + int(local) + first(argc) + second(argc) +
         functor(argc) + generic(argc) + sum;
}
)";
  const std::string compiler = GENERATE("g++", "clang++-14");
  const std::string form = GENERATE("-g", "-gsplit-dwarf", "-gdwarf-4");
  INFO(compiler << " " << form);
  if (!prof::test::has_program(compiler)) {
    WARN("skipped: no " << compiler);
    return;
  }
  const auto here = std::filesystem::current_path();
  const auto names_of = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {compiler, "-std=c++17", form, "-g"});
    const Build build(options, source);
    std::map<std::string, std::string> names;
    for (const auto& [probe, address] : build.address) {
      if (probe.starts_with("probe_")) names[probe] = build.at(probe).frames.at(0).name;
    }
    std::filesystem::remove(here / "app.dwo");
    return names;
  };
  const auto inlined = names_of({}), out_of_line = names_of({"-fno-inline", "-fno-ipa-cp"});
  CHECK(inlined.size() == 16);
  CHECK(inlined == out_of_line);
  const auto name = [&](const char* probe) { return inlined.at(probe); };
  CHECK(name("probe_json") == "json::parse");
  CHECK(name("probe_xml") == "xml::v1::parse");
  CHECK(name("probe_nested") == "(anonymous namespace)::S::T::nested");
  CHECK(name("probe_instance") == "(anonymous namespace)::instance");
  CHECK(name("probe_of_c") == "of_c");
  if (compiler == "g++") {  // clang numbers lambdas otherwise
    CHECK(name("probe_generic") == "main::{lambda()#4}::operator()");
    CHECK(name("probe_inner") == "main::{lambda()#1}::operator()::{lambda()#1}::operator()");
    CHECK(name("probe_lambda_of_method") == "app::Server::run::{lambda()#1}::operator()");
  }
}

TEST_CASE("a copy that GCC made of a function is the function: it was a row of its own") {
  const Build build({"g++", "-g"}, R"(namespace app {
volatile int sink;
static __attribute__((noinline)) void copied(int v, int w) {
  asm volatile("probe%=: nop" ::"r"(v));
  for (int i = 0; i < w; i++) sink = v;
}
}
int main(int argc, char**) {
  app::copied(argc, 17);
}
)");
  const auto probe = std::find_if(build.address.begin(), build.address.end(),
                                  [](const auto& symbol) { return symbol.first.starts_with("probe"); });
  REQUIRE(probe != build.address.end());
  CHECK(build.address.contains("_ZN3appL6copiedEii.constprop.0"));
  CHECK(text(build.at(probe->first)) == "app::copied app.cc:4");
}

TEST_CASE("code without lines has no file either") {
  const Build build({"g++", "-gdwarf-5"});
  const std::string assembly = build.directory.file("app.s");
  must_run({"g++", "-gdwarf-5", "-gno-variable-location-views", "-O2", "-S", build.source, "-o", assembly});
  must_run({"sed", "-i", "/^[[:space:]]*\\.loc /d", assembly});
  must_run({"g++", assembly, "-o", build.binary});
  const uint64_t address = addresses_of(build.binary).at("probe_inner");
  const Code code = symbolize({build.binary, "", 0, {address}}).codes[0];
  CHECK(text(code) == "app::inner < app::middle app.cc:8 < app::outer app.cc:12");
}

TEST_CASE("separate debug information is found through .gnu_debuglink and verified") {
  Build build({"g++", "-g", "-Wl,--build-id=none"});
  const std::string debug = build.binary + ".debug";
  must_run({"objcopy", "--only-keep-debug", build.binary, debug});
  must_run({"strip", "--strip-all", build.binary});
  std::filesystem::current_path(build.directory.path());
  must_run({"objcopy", "--add-gnu-debuglink=" + debug, build.binary});
  CHECK(text(build.at("probe_outer")) == "app::outer app.cc:13");

  prof::test::write(debug, prof::test::read(debug) + "changed");
  CHECK(build.at("probe_outer").source == Source::kUnwindTable);
  std::filesystem::current_path(prof::test::source(""));
}

TEST_CASE("symbols without debug information name functions, demangled") {
  const Build build({"g++"});
  CHECK(build.at("probe_outer").source == Source::kSymbol);
  CHECK(text(build.at("probe_outer")) == "app::outer");
  CHECK(text(build.at("probe_local")) == "local");
}

TEST_CASE("of the names of one function one without a version names it: free was cfree@GLIBC_2.2.5") {
  const auto [old, current] = GENERATE(std::pair("one", "two"), std::pair("two", "one"));
  const Build build({"g++"}, R"(extern "C" void one() { asm volatile("probe: nop"); }
    extern "C" void two() __attribute__((alias("one")));
    int main() {})");
  must_run({"objcopy", "--redefine-sym", std::string(old) + "=" + old + "@V1", build.binary});
  CHECK(text(build.at("probe")) == current);
}

TEST_CASE("without symbols a function is named by its start in the unwind table") {
  const Build build({"g++"});
  must_run({"strip", "--strip-all", build.binary});
  const Code code = build.at("probe_outer");
  CHECK(code.source == Source::kUnwindTable);
  std::ostringstream name;
  name << "app+0x" << std::hex << build.address.at("_ZN3app5outerEi");
  CHECK(text(code) == name.str());
}

TEST_CASE("code beyond the end of a sized symbol is not that symbol's") {
  TempDir directory;
  prof::test::write(directory.file("a.s"),
                    ".globl first\n.type first,@function\nfirst: nop\n nop\n.size first, 2\n"
                    "gap: .fill 64, 1, 0x90\n.globl unsized\nunsized: nop\n nop\n");
  must_run({"gcc", "-shared", "-nostdlib", directory.file("a.s"), "-o", directory.file("a.so")});
  const auto address = addresses_of(directory.file("a.so"));
  must_run({"strip", "--strip-unneeded", directory.file("a.so")});  // only .dynsym is left: no "gap"
  const uint64_t first = address.at("first"), unsized = address.at("unsized");
  const Answer answer =
      symbolize({directory.file("a.so"), "", 0, {first, first + 1, first + 2, unsized - 1, unsized + 1}});
  const char* expected[] = {"first", "first", "", "", "unsized"};
  for (size_t i = 0; i < 5; i++) {
    INFO(i);
    CHECK(text(answer.codes[i]) == expected[i]);
  }
}

TEST_CASE("another build than the recorded one is not used, and both are named") {
  const Build build({"g++", "-g", "-Wl,--build-id=0x0123456789abcdef"});
  CHECK(symbolize({build.binary, "0123456789abcdef", 0, {build.address.at("main")}}).warnings.empty());
  const Answer answer = symbolize({build.binary, "fedcba9876543210", 0, {build.address.at("main")}});
  CHECK(answer.codes[0].frames.empty());
  REQUIRE(answer.warnings.size() == 1);
  CHECK(answer.warnings[0] == "symbols of " + build.binary +
                                  " not used: the file changed since it ran (build id 0123456789abcdef, "
                                  "recorded fedcba9876543210); put the old file back, or name its directory "
                                  "in PPROF_BINARY_PATH");
}

TEST_CASE("the vdso is this process's own") {
  void* entry = ::dlvsym(RTLD_DEFAULT, "__vdso_clock_gettime", "LINUX_2.6");
  const uint64_t base = ::getauxval(AT_SYSINFO_EHDR);
  void* vdso = ::dlopen("linux-vdso.so.1", RTLD_NOLOAD | RTLD_NOW);
  if (vdso != nullptr) entry = ::dlsym(vdso, "__vdso_clock_gettime");
  if (entry == nullptr || base == 0) {
    WARN("skipped: no vdso");
    return;
  }
  const Answer answer = symbolize({"[vdso]", "", 0, {reinterpret_cast<uint64_t>(entry) - base}});
  CHECK(text(answer.codes[0]).find("clock_gettime") != std::string::npos);
}

TEST_CASE("code without a module is named by the process's perf map") {
  const std::string path = "/tmp/perf-" + std::to_string(::getpid()) + ".map";
  prof::test::write(path, "7f0000001000 20 jit::loop\ngarbage\n0x7f0000002000 0x10 with space\n7f 10");
  const Answer answer = symbolize({"",
                                   "",
                                   static_cast<uint32_t>(::getpid()),
                                   {0x7f0000001000, 0x7f000000101f, 0x7f0000001020, 0x7f000000200f}});
  std::filesystem::remove(path);
  CHECK(text(answer.codes[0]) == "jit::loop");
  CHECK(text(answer.codes[1]) == "jit::loop");
  CHECK(text(answer.codes[2]) == "");
  CHECK(text(answer.codes[3]) == "with space");
}

TEST_CASE("requests of one file read it once, and have each its own answers: each read it anew") {
  const std::string map = "/tmp/perf-" + std::to_string(::getpid()) + ".map";
  prof::test::write(map, "7f0000001000 20 jit::one\n7f0000002000 20 jit::two\n");
  const Build build({"g++", "-g"});
  const auto of_binary = [&](const char* probe) {
    return Request{build.binary, "", 0, {build.address.at(probe)}};
  };
  const Request requests[] = {of_binary("probe_inner"),
                              {map, "", 0, {0x7f0000001000, 0}},
                              of_binary("probe_local"),
                              {map, "", 0, {0x7f0000002000}}};
  const auto parts = [&](std::span<const Request> of, std::vector<Answer>& answers) {
    uint64_t work = 0;
    answers = symbolize_all(of, {.progress = [&](uint64_t, uint64_t all) { work = all; }, .cache = ""});
    return work;
  };
  std::vector<Answer> answers;
  const uint64_t two_files = parts(std::span(requests).first(2), answers);
  CHECK(parts(requests, answers) == two_files);
  std::filesystem::remove(map);
  REQUIRE(answers.size() == 4);
  CHECK(text(answers[0].codes[0]).starts_with("app::inner app.cc:4 < "));
  CHECK(text(answers[1].codes.at(0)) == "jit::one");
  CHECK(text(answers[1].codes.at(1)) == "");
  CHECK(text(answers[2].codes[0]).starts_with("local app.cc:"));
  CHECK(text(answers[3].codes.at(0)) == "jit::two");
}

TEST_CASE("any bytes instead of an object file give an answer") {
  const Build build({"g++", "-g"});
  const std::string original = prof::test::read(build.binary);
  std::vector<uint64_t> addresses;
  for (uint64_t a = 0; a < 0x5000; a += 7) addresses.push_back(a);
  uint32_t state = 12345;
  const auto random = [&] { return state = state * 1664525 + 1013904223, state >> 8; };
  for (int round = 0; round < 60; round++) {
    std::string damaged = original;
    if (round < 10) damaged.resize(random() % damaged.size());
    for (int i = 0; i < 40; i++) {
      if (!damaged.empty()) damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    prof::test::write(build.binary, damaged);
    CHECK(symbolize({build.binary, "", 0, addresses}).codes.size() == addresses.size());
  }
  CHECK(symbolize({build.directory.path(), "", 0, {1}}).warnings.size() == 1);
  CHECK(symbolize({build.directory.file("none"), "", 0, {1}}).warnings.size() == 1);
}

TEST_CASE("linker names are made readable and others left alone") {
  struct Row {
    const char* linker_name;
    const char* name;
  };
  const Row row = GENERATE(values<Row>({
      {"main", "main"},
      {"i", "i"},
      {"_Z", "_Z"},
      {"_Z3foov", "foo()"},
      {"_ZNSt6vectorIiSaIiEE9push_backERKi", "std::vector<int, std::allocator<int> >::push_back(int const&)"},
      {"_Z3foov.cold", "foo()"},
      {"_ZN1x1yEv.part.0.llvm.12345", "x::y()"},
      {"_ZN4core3ptr13drop_in_place17h0123456789abcdefE", "core::ptr::drop_in_place"},
      {"_ZN50_$LT$T$u20$as$u20$core..convert..Into$LT$U$GT$$GT$4into17h0123456789abcdefE",
       "<T as core::convert::Into<U>>::into"},
  }));
  CHECK(prof::symbols::demangle(row.linker_name, prof::symbols::NameStyle::kFull) == row.name);
}

TEST_CASE("a linker name that says gigabytes stays as it is: naming it took all memory") {
  // Each type is a template of the one before, twice.
  std::string name = "_Z1f1aIiiE";
  const std::string digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (size_t i = 0; i < 30; i++) name += std::string("S_IS") + digits[i] + "_S" + digits[i] + "_E";
  CHECK(prof::symbols::demangle(name, prof::symbols::NameStyle::kFull) == name);
  const std::string small = name.substr(0, std::strlen("_Z1f1aIiiES_IS0_S0_E"));
  CHECK(prof::symbols::demangle(small, prof::symbols::NameStyle::kFull) ==
        "f(a<int, int>, a<a<int, int>, a<int, int> >)");
}
