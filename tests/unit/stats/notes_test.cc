#include "stats/benchmath/notes.h"

#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

using bench::Notes;

TEST_CASE("notes: lists of the same texts are equal, others are not") {
  Notes none, one, two, other;
  CHECK(none.empty());
  CHECK(none.size() == 0);
  CHECK(none == Notes());
  one.push_back("a");
  CHECK_FALSE(one == none);
  two.push_back("a");
  CHECK(one == two);
  two.push_back("b");
  other.push_back("b");
  other.push_back("a");
  CHECK_FALSE(two == other);
  CHECK(two.texts() == std::vector<std::string>{"a", "b"});
  CHECK(one.texts() == std::vector<std::string>{"a"});  // unchanged by its copy's growth
}

TEST_CASE("notes of many threads are as of one") {
  std::vector<Notes> made(4);
  std::vector<std::thread> threads;
  for (Notes& notes : made) {
    threads.emplace_back([&notes] {
      for (int i = 0; i < 500; i++) {
        notes = Notes();
        notes.push_back(std::to_string(i % 50));
        notes.push_back("last of " + std::to_string(i));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Notes& notes : made) {
    CHECK(notes == made[0]);
    CHECK(notes.texts() == std::vector<std::string>{"49", "last of 499"});
  }
}
