#include "flamegraph/stack_tree.h"

#include <catch2/catch.hpp>
#include <limits>
#include <random>

#include "flamegraph/chart.h"
#include "tests/unit/flamegraph/sample_profile.h"

using namespace prof;
using prof::flame::StackNode;
using prof::flame::StackTree;
using prof::test::folded_profile;

namespace {

// One line a node: indented name, total/self, "+" where inlined.
std::string text_of(const StackTree& tree) {
  std::string text;
  for (const StackNode& node : tree.nodes) {
    text += std::string(2 * node.depth, ' ') + flame::label(tree, node) + (node.inlined ? "+ " : " ") +
            std::to_string(node.total) + "/" + std::to_string(node.self) + "\n";
  }
  return text;
}

StackTree make_stack_tree(const Profile& profile, const flame::StackOptions& options) {
  return flame::make_stack_tree(prof::test::view_of(profile), options);
}

// What must hold in any tree: totals add up, links agree with depths, siblings stand widest first.
void check_consistent(const StackTree& tree) {
  REQUIRE_FALSE(tree.nodes.empty());
  CHECK(tree.nodes[0].end == tree.nodes.size());
  for (uint32_t i = 0; i < tree.nodes.size(); i++) {
    const StackNode& node = tree.nodes[i];
    int64_t total = node.self, previous = std::numeric_limits<int64_t>::max();
    for (uint32_t child = i + 1; child < node.end; child = tree.nodes[child].end) {
      REQUIRE(tree.nodes[child].parent == i);
      REQUIRE(tree.nodes[child].depth == node.depth + 1);
      if (tree.nodes[child].merged == 0) {
        REQUIRE(tree.nodes[child].weight <= previous);
        previous = tree.nodes[child].weight;
      } else {
        REQUIRE(tree.nodes[child].end == node.end);
      }
      total += tree.nodes[child].total;
    }
    REQUIRE(total == node.total);
  }
}

}  // namespace

TEST_CASE("stacks merge from the root by function, widest first") {
  struct Case {
    const char* name;
    const char* stacks;
    const char* tree;
  };
  const Case cases[] = {
      {"no sample", "", "all 0/0\n"},
      {"one sample", "main;work 5", "all 5/0\n  main 5/0\n    work 5/5\n"},
      {"a stack without frames belongs to the root", " 3", "all 3/3\n"},
      {"samples of value zero leave nothing", "main 0\nmain;work 2", "all 2/0\n  main 2/0\n    work 2/2\n"},
      {"same stack twice", "a;b 1\na;b 2", "all 3/0\n  a 3/0\n    b 3/3\n"},
      {"left-heavy, then by name", "a;z 1\na;c 1\na;m 5\na 2",
       "all 9/0\n  a 9/2\n    m 5/5\n    c 1/1\n    z 1/1\n"},
      {"recursion is one node a level", "f;f;f 4\nf;f 1", "all 5/0\n  f 5/0\n    f 5/1\n      f 4/4\n"},
      {"inlined calls are nodes", "main;outer^mid^in 4\nmain;outer 1",
       "all 5/0\n  main 5/0\n    outer 5/1\n      mid+ 4/0\n        in+ 4/4\n"},
      {"inlined in some samples only is not marked", "main^f 4\nmain;f 1",
       "all 5/0\n  main 5/0\n    f 5/5\n"},
      {"frames without a function are called after their module", "main;libz.so!? 2\nmain;libz.so!other 1",
       "all 3/0\n  main 3/0\n    [libz.so] 2/2\n    other 1/1\n"},
      {"negative values keep their net totals", "a;b -4\na;c 3",
       "all -1/0\n  a -1/0\n    b -4/-4\n    c 3/3\n"},
  };
  for (const Case& c : cases) {
    INFO(c.name);
    const StackTree tree = make_stack_tree(folded_profile(c.stacks), {});
    CHECK(text_of(tree) == c.tree);
    check_consistent(tree);
  }
}

TEST_CASE("negative values are drawn by magnitude") {
  const StackTree tree = make_stack_tree(folded_profile("a;b -4\na;c 3"), {});
  CHECK(tree.has_negative);
  CHECK(tree.nodes[0].weight == 7);
  CHECK(tree.nodes[2].weight == 4);
  CHECK_FALSE(make_stack_tree(folded_profile("a;b 4"), {}).has_negative);
}

TEST_CASE("a function's total counts a recursive sample once") {
  const StackTree tree = make_stack_tree(folded_profile("main;f;g;f 10\nmain;f^f 5\nmain;g 1"), {});
  std::string text;
  for (const auto& frame : tree.frames) {
    text += frame.name + " " + std::to_string(frame.total) + "/" + std::to_string(frame.self) + "\n";
  }
  CHECK(text == "f 15/15\ng 11/1\nmain 16/0\n");
}

TEST_CASE("narrow frames are merged, never lost") {
  const Profile profile = folded_profile("m;a 90\nm;b;x 4\nm;b;y 2\nm;c 3\nm;d;e;f 1");
  flame::StackOptions options;
  options.min_fraction = 0.05;
  CHECK(text_of(make_stack_tree(profile, options)) ==
        "all 100/0\n  m 100/0\n    a 90/90\n    b 6/0\n      (other: 2 frames) 6/6\n"
        "    (other: 2 frames) 4/4\n");
  options.min_fraction = 1;
  CHECK(text_of(make_stack_tree(profile, options)) ==
        "all 100/0\n  m 100/0\n    (other: 4 frames) 100/100\n");
}

TEST_CASE("the node limit keeps the widest") {
  const Profile profile = folded_profile("m;a;b;c 60\nm;d;e 40");
  flame::StackOptions options;
  options.max_nodes = 5;
  CHECK(text_of(make_stack_tree(profile, options)) ==
        "all 100/0\n  m 100/0\n    a 60/0\n      b 60/0\n        (other: 1 frame) 60/60\n"
        "    d 40/0\n      (other: 1 frame) 40/40\n");
}

TEST_CASE("a stack of 100,000 frames needs memory, not C stack") {
  ProfileBuilder builder;
  builder.add_sample_type("cpu", "count");
  Function function;
  function.name = builder.intern("f");
  const Line line{builder.add_function(function), 1, 0};
  const std::vector<uint32_t> stack(100'000, builder.add_location({}, std::span(&line, 1)));
  const int64_t one = 1;
  builder.add_sample(stack, std::span(&one, 1));
  const StackTree tree = make_stack_tree(std::move(builder).finish(), {});
  CHECK(tree.nodes.size() == 100'001);
  CHECK(tree.nodes.back().depth == 100'000);
  CHECK(tree.frames[0].total == 1);
  check_consistent(tree);
}

TEST_CASE("sums saturate instead of overflowing") {
  const StackTree tree = make_stack_tree(
      folded_profile("a;b 9223372036854775807\na;c 9223372036854775807\na;d -9223372036854775808"), {});
  CHECK(tree.nodes[0].weight == std::numeric_limits<int64_t>::max());
}

TEST_CASE("pruned trees agree with the whole one") {
  std::mt19937 random(11);
  for (int round = 0; round < 30; round++) {
    std::string stacks;
    for (int sample = 0; sample < 60; sample++) {
      for (int depth = static_cast<int>(random() % 8); depth >= 0; depth--) {
        stacks += static_cast<char>('a' + random() % 4);
        stacks += depth > 0 ? ";" : " ";
      }
      stacks += std::to_string(random() % 50) + "\n";
    }
    const Profile profile = folded_profile(stacks);
    const StackTree whole = make_stack_tree(profile, {});
    check_consistent(whole);
    flame::StackOptions options;
    options.min_fraction = 0.01 * static_cast<double>(random() % 10);
    options.max_nodes = 5 + random() % 50;
    const StackTree pruned = make_stack_tree(profile, options);
    check_consistent(pruned);
    CHECK(pruned.nodes[0].total == whole.nodes[0].total);
    CHECK(pruned.nodes.size() <= 2 * options.max_nodes);
    for (const auto& frame : pruned.frames) {
      const auto same = std::find_if(whole.frames.begin(), whole.frames.end(),
                                     [&](const auto& other) { return other.name == frame.name; });
      REQUIRE(same != whole.frames.end());
      CHECK(same->total == frame.total);
      CHECK(same->self == frame.self);
    }
  }
}

TEST_CASE("the filters of the reports hold in the tree") {
  struct Case {
    const char* name;
    report::Options options;
    const char* tree;
  };
  const auto with = [](std::string report::Options::*member, const char* text) {
    report::Options options;
    options.*member = text;
    return options;
  };
  using O = report::Options;
  const Case cases[] = {
      {"focus", with(&O::focus, "^b$"), "all 4/0\n  m 4/0\n    b 4/0\n      c 4/4\n"},
      {"ignore", with(&O::ignore, "^b$"), "all 2/0\n  m 2/0\n    d 2/2\n"},
      {"hide a caller", with(&O::hide, "^b$"), "all 6/0\n  m 6/0\n    c 4/4\n    d 2/2\n"},
      {"hide a leaf", with(&O::hide, "^c$"), "all 6/0\n  m 6/0\n    b 4/4\n    d 2/2\n"},
      {"show_from", with(&O::show_from, "^b$"), "all 4/0\n  b 4/0\n    c 4/4\n"},
  };
  const Profile profile = folded_profile("m;b;c 4\nm;d 2");
  for (const Case& c : cases) {
    INFO(c.name);
    const StackTree tree = flame::make_stack_tree(prof::test::view_of(profile, c.options), {});
    CHECK(text_of(tree) == c.tree);
    check_consistent(tree);
  }
}
