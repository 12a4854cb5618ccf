#include "libprof/base/terminal_text.h"

#include <catch2/catch.hpp>

using namespace prof;

TEST_CASE("a terminal shows control characters and does not obey them") {
  const struct {
    std::string text, shown;
  } cases[] = {
      {"main\n\tgr\u00fc\u00df \u00b1 \U0001f525\n", "main\n\tgr\u00fc\u00df \u00b1 \U0001f525\n"},
      {"\x1b]0;title\x07", "\ufffd]0;title\ufffd"},
      {"\x1b[2J\x1b[8m\x1b[31", "\ufffd[2J\ufffd[8m\ufffd[31"},
      {"\x1b[31;8m\x1b[38;5;1m", "\ufffd[31;8m\ufffd[38;5;1m"},
      {"\x1b[31mred\x1b[0m", "\ufffd[31mred\ufffd[0m"},
      {std::string("\0\x08\x7f", 3), "\ufffd\ufffd\ufffd"},
      {"a\rb\r\n", "a\ufffdb\r\n"},
      {"\u0085\u009b\u00a0", "\ufffd\ufffd\u00a0"},
      {"\x9b\xe9\xff", "\ufffd\xe9\xff"},  // not UTF-8: a C1 byte, and letters of Latin-1
      {"", ""},
  };
  for (const auto& c : cases) {
    INFO(c.text);
    CHECK(terminal_text(c.text) == c.shown);
  }
}

TEST_CASE("of colours, a terminal gets those of the writer") {
  const std::string ours = "\x1b[31mred\x1b[0m \x1b[1;31mbold\x1b[0m \x1b[90mgrey\x1b[m";
  CHECK(terminal_text(ours, Colors::kOwn) == ours);
  CHECK(terminal_text("\x1b[31;8m\x1b[38;5;1m\x1b[2J", Colors::kOwn) ==
        "\ufffd[31;8m\ufffd[38;5;1m\ufffd[2J");
}

TEST_CASE("a name is one word of a line: line ends and tabs in it are written out") {
  CHECK(terminal_name("a\nb\r\n\tc\x1b[31m\u0085 \u00fc") == "a\\nb\\r\\n\\tc\ufffd[31m\ufffd \u00fc");
  CHECK(has_controls("a\tb"));
  CHECK_FALSE(has_controls("gr\u00fc\u00df \xe9"));
}
