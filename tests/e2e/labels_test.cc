// A program's labels in its profiles, and what reports make of them.
#include <cmath>

#include "tests/e2e/profiles.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

using prof::Profile;
using prof::test::load;
using prof::test::Outcome;
using prof::test::Run;
using prof::test::run;
using prof::test::TempDir;
using prof::test::tool;

namespace {

// Of the samples with label `key` ("": of all) equal to `text`; of those without it where `text` is "".
double labelled(const Profile& profile, const std::string& type, const std::string& key,
                const std::string& text) {
  const size_t index = prof::test::type_index(profile, type);
  double sum = 0;
  for (size_t i = 0; i < profile.sample_count(); i++) {
    std::string found;
    for (const auto& label : profile.labels(i)) {
      if (profile.string(label.key) == key) found = profile.string(label.str);
    }
    if (found == text) sum += static_cast<double>(profile.values(i)[index]);
  }
  return sum;
}

Outcome shell(const TempDir& directory, const std::string& script) {
  Run options;
  options.directory = directory.path();
  options.env["PROF"] = tool("prof");
  options.env["APP"] = tool("e2e_labels");
  return run({"sh", "-c", script}, options);
}

}  // namespace

TEST_CASE("labels of prof.h: all kinds carry them, scopes nest, threads inherit on request") {
  TempDir directory;
  const Outcome outcome =
      shell(directory, R"("$PROF" record -F 1000 -e cpu,heap,mutex --heap-interval 4k "$APP")");
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.out == "done\n");
  struct Row {
    const char *key, *text;
    double milliseconds;
  };
  // What the program burns under each; the ends of threads and 20,000 labels are in what has none.
  const Row rows[] = {{"request", "GET /", 200},
                      {"request", "POST /orders", 400},
                      {"phase", "parse", 300},
                      {"job", "index", 200}};
  const Profile cpu = load(directory.file("cpu.prof"));
  for (const Row& row : rows) {
    INFO(row.key << "=" << row.text);
    CHECK(labelled(cpu, "cpu", row.key, row.text) == Approx(row.milliseconds * 1e6).epsilon(0.05));
  }
  const double all = prof::test::total(cpu, "cpu");
  CHECK(all - labelled(cpu, "cpu", "request", "") == Approx(600e6).epsilon(0.05));
  CHECK(all - labelled(cpu, "cpu", "job", "") == Approx(200e6).epsilon(0.05));
  const Profile heap = load(directory.file("heap.prof"));
  CHECK(labelled(heap, "alloc_space", "request", "GET /") == Approx(8 << 20).epsilon(0.02));
  CHECK(labelled(heap, "alloc_space", "request", "POST /orders") == Approx(8 << 20).epsilon(0.02));
  const Profile mutex = load(directory.file("mutex.prof"));
  CHECK(labelled(mutex, "delay", "request", "GET /") > 40e6);
  CHECK(outcome.err.find("labels past 16384 different sets") != std::string::npos);
}

TEST_CASE("reports by label, and by thread") {
  TempDir directory;
  REQUIRE(shell(directory, R"("$PROF" record -q -F 1000 "$APP")").code == 0);
  const Outcome tags = shell(directory, R"("$PROF" tags cpu.prof)");
  CHECK_THAT(tags.out, Catch::Contains("request: Total ") && Catch::Contains("GET /") &&
                           Catch::Contains("phase: Total ") && Catch::Contains("parse"));
  const Outcome focus = shell(directory, R"("$PROF" top --tagfocus 'request=POST /orders' cpu.prof)");
  CHECK_THAT(focus.out, Catch::Contains("serve") && !Catch::Contains("main::{lambda"));
}

TEST_CASE("a program with labels runs without the library, alone") {
  const Outcome alone = run({tool("e2e_labels")});
  CHECK(alone.out == "done\n");
  CHECK(alone.code == 0);
}
