// Where debug information and symbols may lie, each with an object file that was really built so.
#include <stdlib.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "libprof/symbols/disassembler.h"
#include "libprof/symbols/kernel_symbols.h"
#include "tests/unit/symbols/build.h"

using prof::symbols::Code;
using prof::symbols::KernelSymbols;
using prof::symbols::Placement;
using prof::symbols::Source;
using prof::symbols::symbolize;
using namespace prof::test;  // NOLINT: this is the test of what is in there

namespace fs = std::filesystem;

namespace {

constexpr const char* kInlined = "app::inner app.cc:4 < app::middle app.cc:8 < app::outer app.cc:12";

std::string build_id_of(const std::string& binary) {
  const std::string notes = run({"readelf", "-n", binary}).out;
  const size_t at = notes.find("Build ID: ");
  return at == std::string::npos ? "" : notes.substr(at + 10, notes.find('\n', at) - at - 10);
}

// How a loader maps the code at `address` of `binary`, when it moves the program by `bias`.
Placement mapping_of(const std::string& binary, uint64_t address, uint64_t bias) {
  std::istringstream lines(run({"readelf", "-lW", binary}).out);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string type, flags;
    uint64_t offset = 0, start = 0, physical = 0, in_file = 0, size = 0;
    const bool is_read(fields >> type >> std::hex >> offset >> start >> physical >> in_file >> size);
    if (!is_read || type != "LOAD" || address - start >= size) continue;
    const uint64_t page = 0xfff, end = start + size;
    return {(start & ~page) + bias, ((end + page) & ~page) + bias, offset & ~page};
  }
  return {};
}

}  // namespace

TEST_CASE("a debug file alone names the code of programs that are moved: it named other functions") {
  const std::vector<std::string> compiler = GENERATE(values<std::vector<std::string>>({
      {"g++", "-g", "-pie"},
      {"g++", "-g", "-shared", "-fPIC"},
      {"g++", "-g", "-pie", "-Wl,--section-start=.text=0x200000"},  // two segments of code
      {"g++", "-g", "-pie", "-Wl,-z,noseparate-code"},
      {"clang++-14", "-g", "-pie", "-fuse-ld=lld"},
  }));
  INFO(compiler[0] << " " << compiler.back());
  if (!has_program(compiler[0])) {
    WARN("skipped: no " << compiler[0]);
    return;
  }
  const Build build(compiler);
  const std::string debug = build.directory.file("app.debug");
  must_run({"objcopy", "--only-keep-debug", build.binary, debug});
  constexpr uint64_t kBias = 0x555500000000;
  const uint64_t probe = build.address.at("probe_inner");
  const Placement mapping = mapping_of(build.binary, probe, kBias);
  REQUIRE(mapping.start >= kBias);
  for (const std::string& file : {build.binary, debug}) {
    CHECK(text(symbolize({file, "", 0, {probe + kBias}, mapping}).codes[0]) == kInlined);
  }
}

TEST_CASE("a debug file alone names code behind a .bss of several pages: it had no names") {
  std::string source = std::string(kSource) + "char large[100000];\n";
  source.replace(source.find("void outer"), 0, "__attribute__((section(\"far_code\"))) ");
  const Build build({"g++", "-g", "-pie", "-Wl,--section-start=far_code=0x200000"}, source.c_str());
  const std::string debug = build.directory.file("app.debug");
  must_run({"objcopy", "--only-keep-debug", build.binary, debug});
  constexpr uint64_t kBias = 0x555500000000;
  const uint64_t probe = build.address.at("probe_inner");
  const Placement mapping = mapping_of(build.binary, probe, kBias);
  CHECK(text(symbolize({debug, "", 0, {probe + kBias}, mapping}).codes[0]) == kInlined);
}

TEST_CASE("split debug information is read from .dwo files and from the package that dwp makes of them") {
  const std::string version = GENERATE(as<std::string>(), "-gdwarf-5", "-gdwarf-4");
  INFO(version);
  const TempDir objects;  // the .dwo lies beside the object file
  const Build build({"g++", "-g", version, "-gsplit-dwarf", "-dumpdir", objects.path() + "/"});
  CHECK(text(build.at("probe_inner")) == kInlined);
  const std::string dwp = version == "-gdwarf-5" ? "llvm-dwp-14" : "dwp";  // binutils' knows no DWARF 5
  if (!has_program(dwp)) {
    WARN("skipped: no " << dwp << " for its packages");
    return;
  }
  std::string dwo;
  for (const auto& entry : fs::directory_iterator(objects.path())) dwo = entry.path().string();
  REQUIRE(dwo.ends_with(".dwo"));
  must_run({dwp, dwo, "-o", build.binary + ".dwp"});
  fs::remove(dwo);
  CHECK(text(build.at("probe_inner")) == kInlined);
  fs::rename(build.binary + ".dwp", build.binary + ".debug.dwp");
  CHECK(text(build.at("probe_inner")) == kInlined);
  fs::remove(build.binary + ".debug.dwp");
  CHECK(text(build.at("probe_outer")) == "app::outer app.cc:13");  // by the line table and the symbol
}

TEST_CASE("a .dwo file that is missing was missed without a word") {
  const TempDir objects;
  const Build build({"g++", "-g", "-gsplit-dwarf", "-dumpdir", objects.path() + "/"});
  const auto warnings = [&] {
    return symbolize({build.binary, "", 0, {build.address.at("probe_inner")}, {}}).warnings;
  };
  CHECK(warnings().empty());
  std::string dwo;
  for (const auto& entry : fs::directory_iterator(objects.path())) dwo = entry.path().string();
  fs::remove(dwo);
  REQUIRE(warnings().size() == 1);
  CHECK_THAT(warnings()[0],
             Catch::Contains(build.binary + ": its split debug information is missing, " + dwo));
}

TEST_CASE("split debug information of the 64-bit format: functions had the names of others, and no ranges") {
  // What is inlined of `rare` lies in two ranges: its abort is moved away.
  const std::string source = std::string(kSource) + R"(
inline __attribute__((always_inline)) void rare(int v) {
  if (v == 7) { asm volatile("probe_cold: nop"); __builtin_abort(); }
  app::sink = v;
}
void parted(int v) {
  rare(v);
})";
  const TempDir objects;
  const Build build(
      {"g++", "-g", "-gdwarf-5", "-gdwarf64", "-gsplit-dwarf", "-dumpdir", objects.path() + "/"},
      source.c_str());
  CHECK(text(build.at("probe_inner")) == kInlined);
  CHECK(text(build.at("probe_cold")) == "rare app.cc:23 < parted app.cc:27");
}

TEST_CASE("compressed debug sections are read, zlib's and zstd's; the old .zdebug_ ones were not") {
  const std::string kind = GENERATE("zlib", "zlib-gnu", "zlib-gabi", "zstd");
  const Build build({"g++", "-g"});
  if (run({"objcopy", "--compress-debug-sections=" + kind, build.binary}).code != 0) {
    WARN("skipped: this objcopy knows no " << kind);
    return;
  }
  INFO(kind);
  CHECK(text(build.at("probe_inner")) == kInlined);
}

TEST_CASE("common entries that dwz moved to another file are found through .gnu_debugaltlink") {
  if (!has_program("dwz")) {
    WARN("skipped: no dwz");
    return;
  }
  // Enough of them that dwz has something to share but strings.
  const std::vector<std::string> compiler = {"g++", "-g", "-include", "string",
                                             "-fno-eliminate-unused-debug-types"};
  const Build one(compiler), two(compiler);
  const std::string common = one.directory.file("common.debug");
  must_run({"dwz", "-m", common, "-M", common, one.binary, two.binary});
  REQUIRE(fs::exists(common));
  CHECK(text(one.at("probe_inner")) == kInlined);
  CHECK(text(two.at("probe_inner")) == kInlined);
}

TEST_CASE("debug information is found by build id where distributions put it") {
  // The directory is the system's: a build id that nobody else has, removed again.
  // Twenty bytes, as linkers make them: libelf reads no note whose size is not a multiple of four.
  std::string id =
      "00707266"
      "5f74657374" +
      std::to_string(::getpid());
  id.resize(40, '0');
  const std::string source = std::string(kSource) + R"(
    asm(".text\n.type bare, @function\nbare: nop\nret\n.size bare, . - bare");)";
  const Build build({"g++", "-g", "-Wl,--build-id=0x" + id}, source.c_str());
  const fs::path directory = fs::path("/usr/lib/debug/.build-id") / id.substr(0, 2);
  const fs::path debug = directory / (id.substr(2) + ".debug");
  std::error_code failed;
  const bool is_new = fs::create_directories(directory, failed);
  if (failed || ::access(directory.c_str(), W_OK) != 0) {
    WARN("skipped: cannot write to " << directory);
    return;
  }
  REQUIRE(build_id_of(build.binary) == id);
  must_run({"objcopy", "--only-keep-debug", build.binary, debug.string()});
  must_run({"strip", "--strip-all", build.binary});
  const std::string with = text(build.at("probe_inner")), symbol = text(build.at("bare"));
  const auto request = [&](const std::string& path) {
    return prof::symbols::Request{path, id, 0, {build.address.at("probe_inner")}};
  };
  const std::string without_binary = text(symbolize(request("/nowhere/app")).codes[0]);
  fs::remove(debug);
  if (is_new) fs::remove(directory);
  CHECK(with == kInlined);
  CHECK(symbol == "bare");  // of which only the symbol table of the debug file knows
  CHECK(without_binary == kInlined);
  CHECK(symbolize(request("/nowhere/app")).is_missing);
}

TEST_CASE("a program that is gone is in perf's cache of those that it recorded: it had no names") {
  const std::string id = "abcdef0123456789abcdef0123456789abcdef01";
  const Build build({"g++", "-g", "-Wl,--build-id=0x" + id});
  const TempDir home;
  const fs::path copy = home.file(".debug/.build-id/ab/" + id.substr(2) + "/elf");
  fs::create_directories(copy.parent_path());
  fs::rename(build.binary, copy);
  const std::string old_home = std::getenv("HOME") != nullptr ? std::getenv("HOME") : "";
  ::setenv("HOME", home.path().c_str(), 1);
  const auto answer = symbolize({build.binary, id, 0, {build.address.at("probe_inner")}}, {.cache = ""});
  const auto code = prof::symbols::Disassembler::open(build.binary, id);
  const auto nameless = symbolize({build.binary, "", 0, {build.address.at("probe_inner")}}, {.cache = ""});
  ::setenv("HOME", old_home.c_str(), 1);
  CHECK(text(answer.codes[0]) == kInlined);
  CHECK_FALSE(answer.is_missing);
  REQUIRE(code);
  CHECK(code->path() == copy.string());
  CHECK(nameless.is_missing);
}

TEST_CASE("mini debug information, .gnu_debugdata, names what was stripped") {
  if (!has_program("xz")) {
    WARN("skipped: no xz");
    return;
  }
  const Build build({"g++"});
  const std::string mini = build.directory.file("mini");
  must_run(
      {"objcopy", "-S", "--keep-symbol=_ZL5localv", "--keep-symbol=_ZN3app5outerEi", build.binary, mini});
  must_run({"xz", mini});
  must_run({"strip", "--strip-all", build.binary});
  must_run({"objcopy", "--add-section", ".gnu_debugdata=" + mini + ".xz", build.binary});
  CHECK(text(build.at("probe_outer")) == "app::outer");
  CHECK(build.at("probe_outer").source == Source::kSymbol);
}

TEST_CASE("stubs of calls to other files have the names of what they call") {
  const std::string option = GENERATE("-Wl,-z,lazy", "-Wl,-z,now", "-Wl,-z,ibtplt");
  INFO(option);
  const Build build({"g++", option, "-include", "exception", "-include", "unistd.h"}, R"(
    int main(int argc, char**) { return argc > 1 ? std::terminate(), 1 : getpid(); })");
  must_run({"strip", "--strip-all", build.binary});
  // objdump makes the same names up.
  const std::string code = run({"objdump", "-d", build.binary}).out;
  for (const auto& [stub, name] :
       {std::pair("_ZSt9terminatev@plt", "std::terminate@plt"), std::pair("getpid@plt", "getpid@plt")}) {
    INFO(stub);
    const size_t at = code.find(std::string(" <") + stub + ">:");
    REQUIRE(at != std::string::npos);
    const uint64_t address = std::stoull(code.substr(code.rfind('\n', at) + 1), nullptr, 16);
    for (const uint64_t within : {0, 5}) {
      const Code found = symbolize({build.binary, "", 0, {address + within}}).codes[0];
      CHECK(text(found) == name);
      CHECK(found.frames[0].system_name == stub);
    }
  }
}

TEST_CASE("kernel functions are named by kallsyms, where it tells addresses") {
  KernelSymbols kernel(
      "ffffffff81000000 T _text\nffffffff81000000 T startup_64\nffffffff81000100 t do_work\n"
      "ffffffff81000200 D jiffies\nffffffffc0001000 t probe\t[nvme]\nnonsense\n0000000000000000 T hidden\n");
  const auto name = [&](uint64_t address) {
    const std::string* found = kernel.find(address);
    return found != nullptr ? *found : "";
  };
  CHECK(name(0xffffffff81000000) == "_text");
  CHECK(name(0xffffffff810001ff) == "do_work");
  CHECK(name(0xffffffff81000200) == "");  // data
  CHECK(name(0xffffffffc0001010) == "probe");
  CHECK(name(0x10) == "");
  CHECK(KernelSymbols("0000000000000000 T _text\n").empty());
  CHECK(prof::symbols::build_id_of_notes(std::string("\4\0\0\0\3\0\0\0\3\0\0\0GNU\0\xab\xcd\xef\0", 20)) ==
        "abcdef");
}
