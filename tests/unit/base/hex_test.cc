#include "libprof/base/hex.h"

#include <catch2/catch.hpp>

using namespace prof;

TEST_CASE("bytes as hexadecimal text") {
  CHECK(hex_of(std::string_view("\x00\x7f\x80\xff", 4)) == "007f80ff");
  CHECK(hex_of("").empty());
  CHECK(is_hex("0123456789abcdef"));
  for (const char* other : {"", "0x1", "AB", "a/b", "go-build-id"}) CHECK_FALSE(is_hex(other));
}
