// 58% of ffmpeg's time with libx264 was said to be x264_8_trellis_coefn's: the last of its assembly that is
// exported, unsized, with all that is not exported behind it.
#include "libprof/symbols/code_extent.h"

#include <catch2/catch.hpp>

#include "tests/unit/symbols/build.h"

using prof::symbols::extent_of;
using namespace prof::test;

TEST_CASE("a function without a size goes as far as its first instruction leads") {
  struct Case {
    const char* what;
    std::vector<uint8_t> code;
    size_t extent;
    uint64_t address = 0x1000;
  };
  for (const Case& c : {
           Case{"nothing", {}, 0},
           Case{"ret; nop", {0xc3, 0x90}, 1},
           Case{"nop; ret; another", {0x90, 0xc3, 0x90, 0xc3}, 2},
           Case{"je over a ret", {0x74, 0x01, 0xc3, 0x90, 0xc3, 0x90}, 5},
           Case{"a loop", {0x90, 0xff, 0xc8, 0x75, 0xfb, 0xc3, 0x90}, 6},
           Case{"jmp to its end", {0xeb, 0x02, 0x00, 0x00, 0xc3, 0x90}, 5},
           Case{"jmp back from behind a ret", {0x74, 0x01, 0xc3, 0xeb, 0xfb, 0x90}, 5},
           Case{"jmp to the next function", {0xeb, 0x0e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xc3}, 2},
           Case{"the same distance, not aligned",
                {0xeb, 0x0e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xc3},
                17,
                0x1001},
           Case{"calls come back", {0xe8, 0, 0, 0, 0, 0xc3, 0x90}, 6},
           Case{"jmp elsewhere", {0xe9, 0, 1, 0, 0, 0x90}, 5},
           Case{"jmp *%rax", {0xff, 0xe0, 0x90}, 2},
           Case{"no instruction", {0x90, 0x06, 0x90}, 1},
           Case{"cut off", {0x90, 0xe8, 0x00}, 1},
       }) {
    INFO(c.what);
    CHECK(extent_of(c.code, c.address) == c.extent);
  }
}

TEST_CASE("in a stripped library, code behind an exported function without a size is not that function's") {
  const TempDir directory;
  write(directory.file("a.s"),
        ".text\n.globl exported\nexported: xor %eax,%eax\n1: dec %edi\n jne 1b\n ret\n"
        ".p2align 4\nhidden: lea (%rdi,%rdi),%eax\n ret\n");
  const std::string library = directory.file("a.so");
  must_run({"gcc", "-shared", "-nostdlib", "-o", library, directory.file("a.s")});
  const auto addresses = addresses_of(library);
  const auto name_at = [&](uint64_t address) {
    return text(prof::symbols::symbolize({library, "", 0, {address}}).codes[0]);
  };
  CHECK(name_at(addresses.at("hidden")) == "hidden");
  must_run({"strip", library});
  CHECK(name_at(addresses.at("exported") + 2) == "exported");
  CHECK(name_at(addresses.at("hidden")).empty());
}
