// Machine code as text, of programs that are built here.
#include "libprof/symbols/disassembler.h"

#include <algorithm>

#include "tests/unit/symbols/build.h"

using prof::symbols::Disassembler;
using prof::symbols::Routine;
using prof::symbols::Syntax;
using namespace prof::test;  // NOLINT: this is the test of what is in there
using Catch::Matchers::Contains;
using Catch::Matchers::Matches;

namespace {

Disassembler open(const std::string& path) {
  auto opened = Disassembler::open(path, "");
  REQUIRE(opened);
  return std::move(*opened);
}

std::vector<Routine> find(const Disassembler& code, std::string_view wanted) {
  return code.find([&](std::string_view name) { return name == wanted; }, 0);
}

std::vector<prof::symbols::Instruction> instructions_of(const Disassembler& code, std::string_view function) {
  const auto found = find(code, function);
  REQUIRE(found.size() == 1);
  return code.disassemble(found, Syntax::kAtt)[0];
}

// The instructions of a function, a line each.
std::string text_of(const Disassembler& code, std::string_view function) {
  std::string text;
  for (const auto& one : instructions_of(code, function)) text += one.text + '\n';
  return text;
}

}  // namespace

TEST_CASE(
    "an instruction that capstone does not know is passed over whole: what followed was no instruction") {
  const Build build({"g++"}, R"(asm(".text\n.type wide, @function\nwide: nop\n"
    "vpternlogd $0x96, 0x40(%rdi,%rsi,8), %zmm17, %zmm18{%k1}\nkortestd %k0, %k1\n"
    "vpcmpub $4, %ymm16, %ymm17, %k2\nret\n.byte 0x06\n.size wide, . - wide");
    int main() {})");
  const Disassembler code = open(build.binary);
  const auto instructions = instructions_of(code, "wide");
  REQUIRE(instructions.size() == 6);
  CHECK(instructions[2].address - instructions[1].address == 9);
  CHECK_THAT(instructions[1].text, Matches("\\.byte  0x62,(0x[0-9a-f]{2},?){8}|vpternlogd .*"));
  CHECK_THAT(instructions[4].text, Matches("retq?"));
  CHECK(instructions[5].text == "(bad)");
  const auto is_bytes = [](const auto& one) { return one.text.starts_with(".byte"); };
  const auto unknown = std::count_if(instructions.begin(), instructions.end(), is_bytes);
  const auto warnings = code.warnings();
  REQUIRE(warnings.size() == (unknown == 0 ? 0 : 1));
  if (unknown == 0) return;  // a newer capstone
  CHECK(warnings[0] == "capstone is too old for " + std::to_string(unknown) + " instructions of " +
                           build.binary + ": they are shown as .byte");
}

TEST_CASE("data has its own name: it was _fini and a distance, which has no size") {
  const Build build({"g++"}, R"(namespace app { volatile int sink, table[4]; }
    int main() { app::sink = app::table[2]; })");
  const std::string text = text_of(open(build.binary), "main");
  INFO(text);
  CHECK_THAT(text, Contains("<app::sink>") && Contains("<app::table+0x8>") && !Contains("_fini"));
}

TEST_CASE("code that `top` names is found: assembly without a type, and parts of functions were not") {
  const Build assembly({"g++"},
                       R"(asm(".text\nplain: nop\n ret\n.type next, @function\nnext: ret\n.size next, 1");
    int main() {})");
  CHECK_THAT(text_of(open(assembly.binary), "plain"), Matches("nop\nretq?\n"));
  if (!has_program("clang++-14")) {
    WARN("skipped: no clang++-14");
    return;
  }
  const Build parts({"clang++-14", "-fbasic-block-sections=all"}, R"(volatile int sink;
    int main(int argc, char**) { if (argc > 1) sink = 1; while (sink < 0) sink = 2; })");
  std::string part;
  for (const auto& [name, address] : parts.address) {
    if (name.starts_with("main.__part.")) part = name;
  }
  REQUIRE_FALSE(part.empty());
  CHECK(find(open(parts.binary), part).size() == 1);
}

TEST_CASE(
    "an instruction's line is the innermost inlined call's: of clang, which writes no .debug_aranges, it was "
    "none") {
  for (const std::string compiler : {"g++", "clang++-14"}) {
    if (!has_program(compiler)) {
      WARN("skipped: no " << compiler);
      continue;
    }
    const Build build({compiler, "-g"});
    const Disassembler code = open(build.binary);
    std::map<uint64_t, std::string> places;
    for (const auto& one : instructions_of(code, "app::outer")) places[one.address] = text(one.code);
    INFO(compiler);
    CHECK(places.at(build.address.at("probe_inner")) ==
          "app::inner app.cc:4 < app::middle app.cc:8 < app::outer app.cc:12");
    CHECK(places.at(build.address.at("probe_outer")) == "app::outer app.cc:13");
    for (const auto& [address, place] : places) CHECK_THAT(place, Contains("app.cc:"));
  }
}
