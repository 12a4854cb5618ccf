#include "libprof/base/paths.h"

#include <catch2/catch.hpp>

TEST_CASE("the last component of a path") {
  CHECK(prof::base_name("/usr/bin/app") == "app");
  CHECK(prof::base_name("app") == "app");
  CHECK(prof::base_name("") == "");
  CHECK(prof::base_name("http://host/") == "http://host/");
}
