// Machine code as text, of programs that are built here.
#include "libprof/symbols/disassembler.h"

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

// The instructions of a function, a line each.
std::string text_of(const Disassembler& code, std::string_view function) {
  const auto found = find(code, function);
  REQUIRE(found.size() == 1);
  std::string text;
  for (const auto& one : code.disassemble(found[0], Syntax::kAtt)) text += one.text + '\n';
  return text;
}

}  // namespace

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
