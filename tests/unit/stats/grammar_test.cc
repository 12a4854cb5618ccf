// The languages of -filter and of projections: what parses, into what, and where errors are.
#include <catch2/catch.hpp>

#include "stats/benchproc/filter.h"
#include "stats/benchproc/filter_parse.h"
#include "stats/benchproc/projection.h"
#include "stats/benchproc/projection_parse.h"

using namespace bench;

TEST_CASE("filters parse into trees") {
  const std::pair<const char*, const char*> cases[] = {
      {"*", "*"},
      {"a:b", "a:b"},
      {" a : b ", "a:b"},
      {"a-b:c*d", "a-b:c*d"},
      {R"("a":"b c")", R"(a:"b c")"},
      {R"("a\"":"\u2603")", R"("a\"":☃)"},
      {"a:b c:d e:f", "(a:b AND c:d AND e:f)"},
      {"a:b AND c:d", "(a:b AND c:d)"},
      {"a:b OR c:d e:f", "(a:b OR (c:d AND e:f))"},
      {"-a:b c:d", "(-a:b AND c:d)"},
      {"-(a:b OR c:d)", "-(a:b OR c:d)"},
      {"(a:b OR c:d) e:f", "((a:b OR c:d) AND e:f)"},
      {"a:(b OR \"c \" OR /d/)", "(a:b OR a:\"c \" OR a:/d/)"},
      {R"(a:/b[/](/)\/c/)", R"(a:/b[/](/)\/c/)"},
      {"a:/x/(b:c)", "(a:/x/ AND b:c)"},
      {"-*", "-*"},
      {R"(a:"b\\" c:d)", R"((a:b\ AND c:d))"},
      {R"(/a:"/b" "OR":"AND")", R"((/a:"/b" AND "OR":"AND"))"},  // a slash would begin a regular expression
  };
  for (const auto& [query, tree] : cases) {
    CAPTURE(query);
    const auto parsed = parse_filter(query);
    REQUIRE(parsed);
    CHECK(parsed->to_string() == tree);
  }
}

TEST_CASE("errors in filters name the place") {
  struct {
    const char* query;
    const char* message;
    size_t offset;
  } cases[] = {
      {"", "expected key:value or subexpression", 0},
      {"a", "expected key:value", 0},
      {"a:", "expected key:value", 0},
      {"b:c  a :", "expected key:value", 5},
      {"()", "expected key:value or subexpression", 1},
      {"AND", "expected key:value or subexpression", 0},
      {"(a:b", "missing \")\"", 4},
      {"(a:b))", "unexpected \")\"", 5},
      {"a:b @x", "unexpected \"@\"", 4},
      {"\"a\\z\":b", "bad escape sequence", 0},
      {"a \"b", "missing end quote", 2},
      {"a:/b", "missing close \"/\"", 2},
      {"a:/[[:foo:]]/", "error parsing regexp: invalid character class range: `[:foo:]`", 2},
      {"a:/(/", "missing close \"/\"", 2},
      {"a:/*/", "error parsing regexp: missing argument to repetition operator: `*`", 2},
      {"a:/b/c", "regexp must be followed by space or an operator (unescaped \"/\"?)", 5},
      {"a:(b c)", "value list must be separated by OR", 5},
      {"a:(b OR AND)", "expected value", 8},
      {"a:()", "expected value", 3},
  };
  for (const auto& c : cases) {
    CAPTURE(c.query);
    const auto parsed = parse_filter(c.query);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().message == c.message);
    CHECK(parsed.error().offset == c.offset);
  }
}

TEST_CASE("the caret stands below the place, whatever is in front of it") {
  CHECK(Filter::parse("ä:ö )").error() == "syntax error: unexpected \")\"\n\tä:ö )\n\t    ^");
  CHECK(Filter::parse("x:y .config:z").error() ==
        "syntax error: .config is only allowed in projections\n\tx:y .config:z\n\t    ^");
  CHECK_THAT(Filter::parse(".nmae:x").error(),
             Catch::Contains("unknown key .nmae (known are .name, .fullname, .file, .pair,"));
}

TEST_CASE("filters nested without end are an error, not a crash") {
  CHECK(parse_filter(std::string(100000, '(')).error().message == "nested too deeply");
  CHECK(parse_filter(std::string(100000, '-')).error().message == "nested too deeply");
  CHECK(parse_filter(std::string(900, '(') + "a:b" + std::string(900, ')')));
}

namespace {
std::string show(const ProjectionPart& part) {
  std::string text = part.key + "@" + part.order;
  for (const auto& value : part.fixed) text += " " + value;
  return text;
}
}  // namespace

TEST_CASE("projections parse into parts") {
  const std::pair<const char*, std::vector<std::string>> cases[] = {
      {"", {}},
      {"a,b", {"a@first", "b@first"}},
      {"a b , c", {"a@first", "b@first", "c@first"}},
      {"a@alpha, /b@num", {"a@alpha", "/b@num"}},
      {"a@(1 \"2 3\"), .config", {"a@fixed 1 2 3", ".config@first"}},
  };
  for (const auto& [text, parts] : cases) {
    CAPTURE(text);
    const auto parsed = parse_projection(text);
    REQUIRE(parsed);
    std::vector<std::string> shown;
    for (const auto& part : *parsed) shown.push_back(show(part));
    CHECK(shown == parts);
  }
}

TEST_CASE("errors in projections name the place") {
  struct {
    const char* text;
    const char* message;
    size_t offset;
  } cases[] = {
      {"a,,b", "expected key", 2},
      {"a@", "expected named sort order or parenthesized list", 2},
      {"a@,b", "expected named sort order or parenthesized list", 2},
      {"a@(", "missing )", 3},
      {"a@(,", "missing )", 3},
      {"a@()", "nothing to match", 3},
      {"a \"b", "missing end quote", 2},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    const auto parsed = parse_projection(c.text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().message == c.message);
    CHECK(parsed.error().offset == c.offset);
  }
}

TEST_CASE("what projections mean is checked too") {
  Symbols symbols;
  const auto error = [&](const char* text) {
    ProjectionGroup group(symbols);
    Filter filter = *Filter::parse("*");
    const auto parsed = group.parse(text, filter);
    return parsed ? "" : parsed.error();
  };
  CHECK(error("a@bogus") == "syntax error: unknown order \"bogus\"\n\ta@bogus\n\t  ^");
  CHECK(error(".unit") == "syntax error: .unit is only allowed in filters\n\t.unit\n\t^");
  CHECK(error(".config@(a)") ==
        "syntax error: fixed order not allowed for .config\n\t.config@(a)\n\t        ^");
  CHECK(error("\"\"") == "syntax error: key must not be empty\n\t\"\"\n\t^");
  CHECK_THAT(error(".flie"), Catch::Contains("unknown key .flie"));
}
