// -call_tree beside `go tool pprof`, which numbers nodes of one name and cost as its hash maps happen to
// iterate, differently in each run: what is compared is the tree, without numbers and order.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <regex>
#include <sstream>

#include "libprof/profile/codec.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

using namespace prof::test;
using Catch::Matchers::Contains;

namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const std::string& text) {
  std::istringstream in(text);
  Lines lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

Lines dot_tree(const std::string& text) {
  static const std::regex node("\\bN[0-9_]+\\b|\\bnode[0-9]+\\b");
  Lines lines = lines_of(std::regex_replace(text, node, "N"));
  std::sort(lines.begin(), lines.end());
  return lines;
}

// Of callgrind's format, which shortens names and addresses by what came before: each cost and each call in
// full.
class CallgrindTree {
 public:
  Lines read(const std::string& text) {
    for (const std::string& line : lines_of(text)) {
      const size_t equals = line.find('=');
      if (line.starts_with("calls=")) {
        std::istringstream fields(line);
        std::string count, address, number;
        fields >> count >> address >> number;
        callee_ = place("cfn") + " " + std::to_string(absolute(address, before_)) + " " + number;
      } else if (line.starts_with("* * ")) {
        out_.push_back(place("fn") + " " + std::to_string(here_) + " calls " + callee_ + " " +
                       line.substr(4));
      } else if (equals != std::string::npos && equals <= 3) {
        last_[line.substr(0, equals)] = full(line.substr(equals - 2, 2), line.substr(equals + 1));
      } else if (!line.empty() && line.find(':') == std::string::npos) {
        std::istringstream fields(line);
        std::string address, number, cost;
        fields >> address >> number >> cost;
        before_ = here_;
        here_ = absolute(address, here_);
        out_.push_back(place("fn") + " " + std::to_string(here_) + " " + number + " " + cost);
      } else {
        out_.push_back(line);
      }
    }
    std::sort(out_.begin(), out_.end());
    return out_;
  }

 private:
  std::string place(const std::string& function) {
    return last_["ob"] + " " + last_[function == "fn" ? "fl" : "cfl"] + " " + last_[function];
  }
  std::string full(const std::string& kind, const std::string& value) {
    const size_t space = value.find(") ");
    std::string& name = names_[kind + value.substr(0, value.find(')'))];
    static const std::regex number(" \\[[0-9]+/");
    if (space != std::string::npos) name = std::regex_replace(value.substr(space + 2), number, " [");
    return name;
  }
  static uint64_t absolute(const std::string& address, uint64_t base) {
    if (address == "*") return base;
    if (address[0] == '+' || address[0] == '-') return base + static_cast<uint64_t>(std::stoll(address));
    return std::stoull(address, nullptr, 16);
  }

  std::map<std::string, std::string> names_, last_;
  uint64_t here_ = 0, before_ = 0;
  std::string callee_;
  Lines out_;
};

Lines callgrind_tree(const std::string& text) { return CallgrindTree().read(text); }

// main calls outer, into which middle and leaf were inlined: names that sort so that nodecount leaves out
// middle, and then outer too.
prof::Profile inlined_chain() {
  prof::ProfileBuilder builder;
  builder.add_sample_type("samples", "count");
  std::vector<prof::Line> inlined;
  for (const char* name : {"a_leaf", "z_middle", "y_outer"}) {
    const prof::StringId id = builder.intern(name);
    inlined.push_back({builder.add_function({0, id, id, 0, 0}), 1, 0});
  }
  const prof::StringId main = builder.intern("b_main");
  const prof::Line of_main{builder.add_function({0, main, main, 0, 0}), 1, 0};
  const uint32_t stack[] = {
      builder.add_location({0, prof::kNoIndex, 0x10, 0, 0, false}, inlined),
      builder.add_location({0, prof::kNoIndex, 0x20, 0, 0, false}, std::span<const prof::Line>(&of_main, 1))};
  const int64_t count = 100;
  builder.add_sample(stack, std::span<const int64_t>(&count, 1));
  return std::move(builder).finish();
}

}  // namespace

TEST_CASE("call trees of real profiles are those of go tool pprof") {
  if (!has_program("go")) {
    WARN("skipped: no go on PATH");
    return;
  }
  const struct {
    std::vector<std::string> flags;
    Lines (*tree)(const std::string& text);
  } kReports[] = {{{"-callgrind"}, callgrind_tree},
                  {{"-dot", "-trim=false"}, dot_tree},
                  // Which of several nodes of one name and cost -nodecount leaves out, chance decides too.
                  {{"-dot", "-nodecount=0"}, dot_tree}};
  Run options;
  options.env["TZ"] = "UTC";
  size_t compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(testdata("profiles"))) {
    if (!entry.is_regular_file() || entry.path().extension() == ".md") continue;
    for (const auto& report : kReports) {
      std::vector<std::string> ours = {tool("prof"), "pprof"}, theirs = {"go", "tool", "pprof"};
      for (auto* command : {&ours, &theirs}) {
        command->insert(command->end(), {"-symbolize=none", "-call_tree"});
        command->insert(command->end(), report.flags.begin(), report.flags.end());
        command->push_back(entry.path().string());
      }
      INFO(entry.path() << " " << report.flags.back());
      const Lines tree = report.tree(run(ours, options).out);
      CHECK(tree.size() > 5);
      CHECK(tree == report.tree(run(theirs, options).out));
      compared++;
    }
  }
  CHECK(compared >= 30);
}

TEST_CASE("an edge over frames that a call tree leaves out is inline where all of them were inlined") {
  TempDir directory;
  const std::string profile = directory.file("chain.prof");
  write(profile, prof::encode_profile(inlined_chain()));
  const struct {
    const char* nodecount;
    const char* label;  // of the edge into a_leaf
  } kCases[] = {{"-nodecount=3", "\"y_outer ... a_leaf (100)\""},
                {"-nodecount=2", "\"b_main ... a_leaf (100)\""}};
  for (const auto& one : kCases) {
    INFO(one.nodecount);
    const std::vector<std::string> flags = {"-symbolize=none", "-call_tree", "-dot", one.nodecount, profile};
    std::vector<std::string> ours = {tool("prof"), "pprof"}, theirs = {"go", "tool", "pprof"};
    ours.insert(ours.end(), flags.begin(), flags.end());
    theirs.insert(theirs.end(), flags.begin(), flags.end());
    const std::string dot = run(ours).out;
    CHECK_THAT(dot, Contains(one.label));
    CHECK((dot.find("(inline)") != std::string::npos) == (std::string(one.nodecount) == "-nodecount=3"));
    if (has_program("go")) CHECK(dot == run(theirs).out);
  }
}
