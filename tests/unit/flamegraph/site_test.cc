#include "flamegraph/web/site.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/flamegraph/sample_profile.h"

using namespace prof;
using flame::web::Parameters;
using flame::web::Site;
using prof::test::folded_profile;

namespace {

Profile profile_of_two_types() {
  ProfileBuilder builder;
  builder.add_sample_type("samples", "count");
  builder.add_sample_type("cpu", "nanoseconds");
  Function function;
  function.name = builder.intern("work<T>");
  const Line line{builder.add_function(function), 1, 0};
  const uint32_t stack = builder.add_location({}, std::span(&line, 1));
  const int64_t values[] = {3, 30'000'000};
  builder.add_sample(std::span(&stack, 1), values);
  return std::move(builder).finish();
}

}  // namespace

TEST_CASE("every page of the menu answers") {
  Site site(folded_profile("main;work 5\nmain;rest 3"), "cpu.prof");
  struct Case {
    const char* path;
    const char* type;
    const char* text;
  };
  const Case cases[] = {
      {"/", "text/html; charset=utf-8", "aria-current=\"page\">Flame graph"},
      {"/top", "text/html; charset=utf-8", "aria-current=\"page\">Top"},
      {"/flamegraph.json", "application/json", "\"frames\":[[\"main\""},
      {"/top.json", "application/json", "[\"work\",0,5,\"5ns\",5,\"5ns\"]"},
      {"/download/flame.html", "text/html; charset=utf-8", "<!doctype html>"},
      {"/download/flame.svg", "image/svg+xml", "<svg "},
      {"/download/flame.folded", "text/plain; charset=utf-8", "main;rest 3\nmain;work 5\n"},
  };
  for (const Case& c : cases) {
    INFO(c.path);
    const auto response = site.get(c.path, {});
    CHECK(response->status == 200);
    CHECK(response->type == c.type);
    CHECK_THAT(response->body, Catch::Contains(c.text));
  }
  CHECK(site.get("/download/flame.html", {})->body.find("class=\"menu\"") == std::string::npos);
}

TEST_CASE("addresses of pprof's pages were not found") {
  Site site(folded_profile("main;work 5\nmain;rest 3"), "cpu.prof");
  const struct {
    const char* path;
    Parameters parameters;
    int status;
    const char* text;
  } cases[] = {
      {"/ui", {}, 200, "\"frames\":[[\"main\""},
      {"/ui/", {}, 200, "\"frames\":[[\"main\""},
      {"/ui/flamegraph", {{"f", "rest"}}, 200, "rest"},
      {"/ui/top", {}, 200, "[\"work\",0,5,\"5ns\",5,\"5ns\"]"},
      {"/ui/graph", {{"h", "rest"}}, 200, "|   work"},
      {"/ui/peek", {{"f", "work"}}, 200, "<pre>"},
      {"/ui/peek", {{"f", "nowhere"}}, 400, "no function matches"},
      {"/ui/peek", {{"f", "a(b"}}, 400, "regular expression"},
      {"/ui/source", {{"f", "work"}}, 200, "work"},
      {"/ui/disasm", {{"f", "work"}}, 400, "work"},  // of no binary
      {"/ui/download", {}, 200, "\x1f\x8b"},
  };
  for (const auto& c : cases) {
    INFO(c.path);
    const auto response = site.get(c.path, c.parameters);
    CHECK(response->status == c.status);
    CHECK_THAT(response->body, Catch::Contains(c.text));
  }
  CHECK(site.get("/ui/graph", {{"h", "rest"}})->body.find("|   rest") == std::string::npos);
}

TEST_CASE("parameters choose the sample type and filter") {
  Site site(profile_of_two_types(), "two.prof");
  const auto type_of = [&](const Parameters& parameters) {
    const auto json = nlohmann::json::parse(site.get("/flamegraph.json", parameters)->body);
    return json["type"].get<std::string>() + " " + json["nodes"]["self"][1].dump();
  };
  CHECK(type_of({}) == "cpu 30000000");
  CHECK(type_of({{"si", "samples"}}) == "samples 3");
  CHECK(type_of({{"si", "0"}}) == "samples 3");
  CHECK_THAT(site.get("/", {{"si", "0"}})->body, Catch::Contains("<option value=\"0\" selected>samples"));
  const auto ignored = nlohmann::json::parse(site.get("/flamegraph.json", {{"i", "work"}})->body);
  CHECK(ignored["nodes"]["self"] == std::vector<int>{0});
  CHECK(site.get("/", {{"f", "("}})->status == 400);
  CHECK(site.get("/", {{"si", "nothing"}})->status == 400);
  CHECK(site.get("/top", {{"unknown", "is passed over"}})->status == 200);
}

TEST_CASE("the answers to unknown and hostile addresses are plain text") {
  Site site(folded_profile("a 1"), "<b>.prof");
  const auto missing = site.get("/<script>alert(1)</script>", {});
  CHECK(missing->status == 404);
  CHECK(missing->type == "text/plain; charset=utf-8");
  const auto page = site.get("/", {{"f", "a"}, {"x", "\"><script>alert(1)</script>"}});
  CHECK(page->status == 200);
  CHECK(page->body.find("<script>alert") == std::string::npos);
  CHECK(page->body.find("<b>.prof") == std::string::npos);
}

TEST_CASE("the same question is answered once") {
  Site site(folded_profile("a;b 1"), "cpu.prof");
  const auto first = site.get("/", {{"f", "a"}});
  CHECK(site.get("/", {{"f", "a"}}) == first);
  CHECK(site.get("/", {{"f", "b"}}) != first);
  for (int i = 0; i < 40; i++) CHECK(site.get("/top", {{"n", std::to_string(i)}})->status == 200);
  CHECK(site.get("/", {{"f", "a"}}) != first);  // the store is bounded
}
