// The reports: what each format must have, whatever names look like.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "stats/report/report.h"
#include "stats/table/render.h"
#include "tests/unit/stats/judged.h"

using namespace bench;
using namespace bench::test;

namespace {

// One regression, one improvement, one row that is the same, one that vanished.
Judged example(const std::string& name = "A") {
  Judged judged;
  judged.policy.threshold = 0.05;
  judged.run({{"old", lines(name, around(100, 10, 0.1), "ns/op") + lines("B", around(100, 10, 0.1), "ns/op") +
                          lines("C", around(100, 10, 0.1), "ns/op") + lines("D", {1}, "ns/op")},
              {"new", lines(name, around(120, 10, 0.1), "ns/op") + lines("B", around(50, 10, 0.1), "ns/op") +
                          lines("C", around(100, 10, 0.1), "ns/op")}});
  return judged;
}

Report report_of(const Judged& judged) {
  return {judged.tables, judged.verdict, judged.policy, judged.options, {}};
}

}  // namespace

TEST_CASE("Markdown: verdict, rows that matter, the full table folded, a legend") {
  const Judged judged = example();
  const std::string text = render_markdown(report_of(judged));
  CHECK_THAT(text, Catch::StartsWith("### Benchmarks: REGRESSED: 1 regression, 1 improvement, 1 unchanged"));
  const size_t folded = text.find("<details>");
  REQUIRE(folded != std::string::npos);
  const std::string top = text.substr(0, folded);
  CHECK_THAT(top, Catch::Contains("| 🔴 regressed | A | sec/op | 99.95n | 119.95n | **+20.01%**") &&
                      Catch::Contains("| 🟢 improved | B | ") &&
                      Catch::Contains("- vanished: D  sec/op from new\n"));
  CHECK(top.find("| C |") == std::string::npos);
  CHECK_THAT(text.substr(folded),
             Catch::Contains("| C | 99.95n ± ") && Catch::Contains("</details>") && Catch::Contains("<sub>"));
}

// The legend explained a row that was not there.
TEST_CASE("Markdown and HTML: the full table ends with the geomean, unless it has one row") {
  const Judged many = example();
  CHECK_THAT(render_markdown(report_of(many)), Catch::Contains("\n| geomean | ") && Catch::Contains(" | ~") &&
                                                   Catch::Contains("% ² |\n\n¹ need"));
  CHECK_THAT(render_html(report_of(many)), Catch::Contains("<tr><td>geomean</td><td>") &&
                                               Catch::Contains("% ²</td><td></td><td></td></tr>\n</tbody>"));
  Judged one;
  one.run({{"old", lines("A", {1, 2, 3}, "ns/op")}, {"new", lines("A", {1, 2, 3}, "ns/op")}});
  CHECK(render_markdown(report_of(one)).find("| geomean |") == std::string::npos);
  CHECK(render_html(report_of(one)).find("geomean") == std::string::npos);
}

// They called everything the median of its runs, and had no footnotes.
TEST_CASE("Markdown and HTML say where a value is a mean or another quantile than the median") {
  Judged summaries;
  const auto summary = [](double mean) {
    return R"({"context": {}, "benchmarks": [{"name": "A_mean", "run_name": "A", "run_type": "aggregate", )"
           R"("aggregate_name": "mean", "repetitions": 10, "time_unit": "us", "real_time": )" +
           std::to_string(mean) +
           R"(}, {"name": "A_stddev", "run_name": "A", "run_type": "aggregate", "aggregate_name": "stddev", )"
           R"("repetitions": 10, "time_unit": "us", "real_time": 0.1}]})";
  };
  summaries.run({{"old", summary(10)}, {"new", summary(20)}});
  const std::string markdown = render_markdown(report_of(summaries)),
                    html = render_html(report_of(summaries));
  for (const std::string& text : {markdown, html}) {
    CHECK_THAT(text, Catch::Contains("¹ mean and t-interval: the input has summaries, not runs"));
    CHECK_THAT(text, Catch::Contains("n=10) ²") && Catch::Contains("² Welch"));
  }
  CHECK_THAT(markdown, Catch::Contains("<sub>Each value is the mean that its input has instead of runs, ±"));
  Judged tails;
  tails.options.quantile = 0.9;
  tails.run({{"old", lines("A", around(100, 60, 0.1), "ns/op")},
             {"new", lines("A", around(120, 60, 0.1), "ns/op")}});
  CHECK_THAT(render_markdown(report_of(tails)),
             Catch::Contains("Each value is quantile 0.9 of its runs, ±") &&
                 Catch::Contains("¹ quantile 0.9 rather than the median"));
}

// Two rows of one benchmark looked alike.
TEST_CASE("Markdown: of three inputs or more, a row names its own") {
  Judged judged;
  judged.run({{"old", lines("A", around(100, 10, 0.1), "ns/op")},
              {"one", lines("A", around(120, 10, 0.1), "ns/op")},
              {"t|wo", lines("A", around(50, 10, 0.1), "ns/op")}});
  CHECK_THAT(render_markdown(report_of(judged)),
             Catch::Contains("| 🔴 regressed | A in one | sec/op |") &&
                 Catch::Contains("| 🟢 improved | A in t\\|wo | sec/op |"));
}

// Only text said so: memory that had grown thirtyfold was not in the report for a pull request.
TEST_CASE("what was not judged is told in every report for people") {
  Judged judged;
  judged.run({{"old", lines("A", {1}, "ns/op") + lines("A", {1}, "hits|x")},
              {"new", lines("A", {1}, "ns/op") + lines("A", {30}, "hits|x")}});
  const Report report = report_of(judged);
  const std::string text = "hits|x: unknown which direction is better; say so with --better 'hits|x=lower'";
  CHECK_THAT(render_terminal(report), Catch::Contains("  not judged   " + text + "\n"));
  CHECK_THAT(render_markdown(report), Catch::Contains("\n- not judged: hits\\|x: unknown which direction"));
  CHECK_THAT(render_html(report), Catch::Contains("<li>not judged: hits|x: unknown which direction"));
  CHECK_THAT(render_github(report), Catch::Contains("::warning title=benchmarks not judged::" + text + "\n"));
  CHECK(render_github(report_of(example())).find("not judged") == std::string::npos);
}

// Markdown and HTML had the bare words "inconclusive" and "waived".
TEST_CASE(
    "how many more runs would tell, and until when a regression is waived, is in every report for people") {
  const auto contains_all = [](const Judged& judged, const std::string& remark) {
    const Report report = report_of(judged);
    for (const auto& text :
         {render_terminal(report), render_markdown(report), render_html(report), render_junit(report)})
      CHECK_THAT(text, Catch::Contains(remark));
  };
  Judged open;
  open.policy.threshold = 0.01;
  open.run({{"old", lines("A", {10, 11, 12, 13}, "ns/op")}, {"new", lines("A", {10, 12, 13, 15}, "ns/op")}});
  CHECK(open.only() == Outcome::kInconclusive);
  contains_all(open, "more runs of each would tell");
  Judged waived;
  waived.policy.waivers = *parse_waivers("2999-12-31 sec/op A # a safer parser\n", "w");
  waived.run({{"old", lines("A", around(100, 10, 0.1), "ns/op")},
              {"new", lines("A", around(120, 10, 0.1), "ns/op")}});
  contains_all(waived, "waived until 2999-12-31: a safer parser");
}

// All but text and JSON named the row alone: of which unit, in which package?
TEST_CASE("what vanished has its units and its place in every report for people") {
  Judged judged;
  judged.policy.missing_fails = true;
  judged.run({{"old", "pkg: a\n" + lines("A", {1}, "ns/op") + lines("A", {1}, "B/op") + "pkg: b\n" +
                          lines("A", {1}, "ns/op")},
              {"new", "pkg: b\n" + lines("A", {1}, "ns/op")}});
  const Report report = report_of(judged);
  for (const auto& text : {render_terminal(report), render_markdown(report), render_html(report),
                           render_github(report), render_junit(report)}) {
    CHECK_THAT(text, Catch::Contains("A  sec/op, B/op from new, pkg: a"));
  }
}

// Only text had none: a log of a machine without UTF-8 showed markdown's ± as what it is not.
TEST_CASE("every format keeps to ASCII on request") {
  const Judged judged = example();
  Report report = report_of(judged);
  report.style.ascii = true;
  for (const Renderer& renderer : kRenderers) {
    const std::string text = renderer.render(report);
    CAPTURE(renderer.name);
    CHECK(std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; }));
  }
  CHECK_THAT(render_markdown(report), Catch::Contains("|  regressed | A | sec/op | 99.95n |") &&
                                          Catch::Contains("| D | 1.000n +- inf [1] |"));
}

TEST_CASE("names are text in every format, not markup") {
  const Judged judged = example("x|<b>&\"'`");
  CHECK_THAT(render_markdown(report_of(judged)), Catch::Contains("x\\|&lt;b>&\"'\\`"));
  CHECK_THAT(render_html(report_of(judged)), Catch::Contains("<td>x|&lt;b&gt;&amp;&quot;&#39;`</td>"));
  CHECK_THAT(render_junit(report_of(judged)),
             Catch::Contains("name=\"x|&lt;b&gt;&amp;&quot;&#39;` in new\""));
  CHECK_THAT(render_markdown(report_of(example("~~x~~"))), Catch::Contains("| \\~\\~x\\~\\~ |"));
  CHECK_THAT(render_github(report_of(example("a%b"))), Catch::Contains("::a%25b  sec/op +20.01%25"));
}

TEST_CASE("JSON: versioned, with every run in order and every number of the verdict") {
  const Judged judged = example();
  const auto json = nlohmann::json::parse(render_json(report_of(judged)));
  CHECK(json["schema"] == "benchcmp/1");
  CHECK(json["verdict"]["outcome"] == "regressed");
  CHECK(json["verdict"]["regressed"] == 1);
  CHECK(json["verdict"]["tests"] == 3);
  const auto& table = json["tables"][0];
  CHECK(table["unit"] == "sec/op");
  CHECK(table["better"] == "lower");
  const auto& cell = table["rows"][0]["cells"][1];
  CHECK(cell["runs"].size() == 10);
  CHECK(cell["runs"][0].get<double>() == Approx(119.5e-9));
  CHECK(cell["runs"][1].get<double>() == Approx(120.2e-9));
  const auto& comparison = cell["comparison"];
  CHECK(comparison["outcome"] == "regressed");
  CHECK(comparison["change"].get<double>() == Approx(0.2).epsilon(0.001));
  CHECK(comparison["shift"]["cliffs_delta"] == 1.0);
  CHECK(comparison["shift"]["lo"].get<double>() < 0.2);
  CHECK(comparison["adjusted_p"].get<double>() >= comparison["p"].get<double>());
  CHECK(json["vanished"][0]["name"] == "D");
  CHECK(table["rows"][3]["cells"][0]["hi"].is_null());
}

TEST_CASE("HTML: nothing from elsewhere, a dot for each run") {
  const Judged judged = example();
  const std::string html = render_html(report_of(judged));
  CHECK_THAT(html, Catch::StartsWith("<!DOCTYPE html>") && Catch::EndsWith("</html>\n"));
  CHECK(html.find("http") == std::string::npos);
  CHECK(html.find("src=") == std::string::npos);
  size_t dots = 0;
  for (size_t at = html.find("<circle"); at != std::string::npos; at = html.find("<circle", at + 1)) dots++;
  CHECK(dots == 61);
  CHECK(html.find("nan") == std::string::npos);
  // The colours of a light page have a contrast of 3.2 on a dark one.
  CHECK_THAT(html, Catch::Contains("@media(prefers-color-scheme:dark){:root{--worse:#fb923c;"));
}

TEST_CASE("JUnit: a test case for each comparison, failures where the gate fails") {
  Judged judged = example();
  const std::string xml = render_junit(report_of(judged));
  CHECK_THAT(xml, Catch::Contains("tests=\"3\" failures=\"1\" skipped=\"0\""));
  CHECK_THAT(xml,
             Catch::Contains(
                 "<testcase classname=\"sec/op\" name=\"A in new\"><failure message=\"A  sec/op +20.01%"));
  judged.policy.missing_fails = true;
  CHECK_THAT(render_junit(report_of(judged)), Catch::Contains("tests=\"4\" failures=\"2\""));
}

// It was the one report without what was left out.
TEST_CASE("JUnit: the warnings of the verdict, behind the test cases") {
  Judged judged = example();
  judged.verdict.warnings = {"7 lines or results were left out: f:1: <a>", "few runs"};
  CHECK_THAT(
      render_junit(report_of(judged)),
      Catch::EndsWith("</testcase>\n<system-out>7 lines or results were left out: f:1: &lt;a&gt;\nfew runs\n"
                      "</system-out>\n</testsuite></testsuites>\n"));
  judged.verdict.warnings.clear();
  CHECK_THAT(render_junit(report_of(judged)), Catch::EndsWith("</testcase>\n</testsuite></testsuites>\n"));
}

TEST_CASE("rows are chosen and sorted for printing; means stay those of all rows") {
  const auto order = [](const Arrangement& arrangement) {
    Judged judged = example("Z");
    const auto mean = judged.tables.tables[0].summaries[1].ratio;
    arrange(judged.tables, arrangement);
    CHECK(judged.tables.tables[0].summaries[1].ratio == mean);
    std::string labels;
    for (const size_t row : judged.tables.tables[0].order) labels += judged.tables.tables[0].rows[row].label;
    return labels;
  };
  CHECK(order({}) == "ZBCD");
  CHECK(order({SortBy::kName, false}) == "BCDZ");
  CHECK(order({SortBy::kDelta, false}) == "BZCD");
  CHECK(order({SortBy::kP, false}) == "ZBCD");
  CHECK(order({SortBy::kDelta, true}) == "BZ");
}

TEST_CASE("tables without changes are left out with --changed-only") {
  Judged judged;
  judged.run({{"old", "pkg: a\n" + lines("A", around(100, 10, 0.1), "ns/op") + lines("A", {1}, "x")},
              {"new", "pkg: a\n" + lines("A", around(120, 10, 0.1), "ns/op") + lines("A", {1}, "x")}});
  arrange(judged.tables, {SortBy::kInput, true});
  CHECK_THAT(render_text(judged.tables), Catch::StartsWith("pkg: a\n") && Catch::Contains("sec/op"));
  CHECK(render_text(judged.tables).find("x") == std::string::npos);
  CHECK(render_csv(judged.tables).text.find(",x,") == std::string::npos);
}

// A count of one run each has no p-value, and is a regression all the same.
TEST_CASE("the rows that the verdict names are among those that --changed-only prints") {
  Judged judged;
  judged.run({{"old", lines("A", {12}, "allocs/op") + lines("B", {12}, "allocs/op")},
              {"new", lines("A", {13}, "allocs/op") + lines("B", {12}, "allocs/op")}});
  arrange(judged.tables, {SortBy::kInput, true}, &judged.verdict);
  REQUIRE(judged.tables.tables[0].order.size() == 1);
  CHECK(judged.tables.tables[0].rows[judged.tables.tables[0].order[0]].label == "A");
}

TEST_CASE("a profile of few samples says how far its shares may be off") {
  struct Case {
    int64_t before, after;
    const char* words;
  };
  const Case cases[] = {
      {400, 5000, ""},
      {97, 5000, ""},
      {96, 5000, "few samples, 96 of old and 5000 of new: a share may be off by 10 points of its profile"},
      {5000, 4, "few samples, 5000 of old and 4 of new: a share may be off by 49 points of its profile"},
      {0, 4, ""}};  // not known
  for (const auto& [before, after, words] : cases) {
    CAPTURE(before, after);
    const Explanation explanation{"A", {{"f", 0.1, 0.5, 0.1, 0.5}}, "", before, after};
    CHECK(warning_of(explanation) == words);
    const std::string text = render_growth({explanation});
    CHECK((text.find("  warning: few samples") != std::string::npos) == (words[0] != '\0'));
  }
}
