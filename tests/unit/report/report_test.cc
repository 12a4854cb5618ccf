// Reports of one small profile with what they have to get right: recursion, inlined calls, labels, a mapping
// without symbols. Goldens: testdata/report.
#include <catch2/catch.hpp>

#include "libprof/report/list.h"
#include "libprof/report/proto.h"
#include "libprof/report/raw.h"
#include "libprof/report/table_writer.h"
#include "libprof/report/tabulate.h"
#include "libprof/report/tags.h"
#include "libprof/report/top.h"
#include "libprof/report/traces.h"
#include "libprof/report/tree.h"
#include "tests/support/files.h"
#include "tests/support/profile.h"

using namespace prof;
using namespace prof::report;
using Catch::Matchers::Contains;
using test::golden;

namespace {

View view_of(const Profile& profile, const Options& options = {}) {
  auto view = View::make(profile, options);
  if (!view) FAIL(view.error().message());
  return std::move(*view);
}

std::string text_of(void (*print)(const View&, const Sink&), const View& view) {
  std::string text;
  print(view, [&](std::string_view part) { text += part; });
  return text;
}

Options with(std::initializer_list<std::pair<const char*, const char*>> settings) {
  Options options;
  for (const auto& [name, value] : settings) REQUIRE(set(options, *find_option(name), value));
  return options;
}

const TopRow* find(const Top& top, std::string_view name) {
  for (const TopRow& row : top.rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("switches take what pprof's take, in any case: -trim=True was an error") {
  const OptionInfo& trim = *find_option("trim");
  for (const char* text : {"true", "True", "TRUE", "t", "T", "yes", "Y", "1", ""}) {
    INFO(text);
    Options options;
    options.trim = false;
    CHECK(set(options, trim, text));
    CHECK(options.trim);
  }
  for (const char* text : {"false", "False", "FALSE", "f", "F", "no", "N", "0"}) {
    INFO(text);
    Options options;
    CHECK(set(options, trim, text));
    CHECK_FALSE(options.trim);
  }
  Options options;
  for (const char* text : {"maybe", "tr", "2", " "}) CHECK_FALSE(set(options, trim, text));
}

TEST_CASE("reports are what they were") {
  const Profile profile = test::program();
  const View view = view_of(profile);
  CHECK(golden("report/top.txt", print(top(view))) == "");
  CHECK(golden("report/tree.txt", print(tree(view))) == "");
  CHECK(golden("report/traces.txt", text_of(print_traces, view)) == "");
  CHECK(golden("report/raw.txt", text_of(print_raw, view)) == "");
  CHECK(golden("report/tags.txt", print_tags(tags(view), view)) == "");
  CHECK(golden("report/peek.txt", print(*peek(view, "walk"))) == "");
  const std::string directory = test::testdata("report/src");
  const View sources = view_of(profile, with({{"source_path", directory.c_str()}, {"trim_path", "/src"}}));
  CHECK(golden("report/list.txt", print(*list(sources, "main|walk"))) == "");
}

TEST_CASE("recursion counts once in cum") {
  const Profile profile = test::program();
  const Top rows = top(view_of(profile));
  REQUIRE(find(rows, "walk") != nullptr);
  CHECK(find(rows, "walk")->cum == 60'000'000);
  CHECK(find(rows, "walk")->flat == 40'000'000);
  CHECK(find(rows, "main")->cum == 90'000'000);
  CHECK(find(rows, "hash")->inlining == Inlining::kSome);
  CHECK(rows.total == 100'000'000);
}

TEST_CASE("options select, limit and order rows") {
  const Profile profile = test::program();
  const struct {
    const char* what;
    Options options;
    std::vector<std::string> names;
  } cases[] = {
      {"by flat", {}, {"hash", "walk", "[libmystery.so]", "main"}},
      {"by cum", with({{"sort", "cum"}}), {"main", "walk", "hash", "[libmystery.so]"}},
      {"two rows", with({{"nodecount", "2"}}), {"hash", "walk"}},
      {"none below a fifth", with({{"nodefraction", "0.2"}}), {"hash", "walk", "main"}},
      {"focus", with({{"focus", "mystery"}}), {"[libmystery.so]"}},
      {"ignore", with({{"ignore", "walk"}}), {"hash", "[libmystery.so]", "main"}},
      {"hide", with({{"hide", "hash"}}), {"walk", "main", "[libmystery.so]"}},
      {"show", with({{"show", "^hash$"}}), {"hash"}},
      {"show_from", with({{"show_from", "walk"}}), {"walk", "hash"}},
      {"tagfocus", with({{"tagfocus", "thread=worker"}}), {"hash", "main"}},
      {"tagfocus by range", with({{"tagfocus", "1kb:4kb"}}), {"walk", "main"}},
      {"tagignore", with({{"tagignore", "thread:worker"}}), {"hash", "walk", "[libmystery.so]", "main"}},
      {"files",
       with({{"granularity", "files"}}),
       {"/src/hash.h", "/src/walk.cc", "[libmystery.so]", "/src/main.cc"}},
      {"noinlines", with({{"noinlines", "true"}}), {"walk", "hash", "[libmystery.so]", "main"}},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    std::vector<std::string> names;
    for (const TopRow& row : top(view_of(profile, c.options)).rows) names.push_back(row.name);
    CHECK(names == c.names);
  }
}

TEST_CASE("filters that match nothing warn, expressions that are none are errors") {
  const Profile profile = test::program();
  for (const char* name : {"focus", "hide", "show", "show_from", "tagfocus"}) {
    INFO(name);
    const View view = view_of(profile, with({{name, "nowhere"}}));
    REQUIRE(view.warnings().size() == 1);
    CHECK(view.warnings()[0] == std::string(name) + " 'nowhere' matched no samples");
    const auto broken = View::make(profile, with({{name, "a(b"}}));
    REQUIRE_FALSE(broken);
    CHECK_THAT(broken.error().message(), Contains(name) && Contains("'a(b'"));
  }
  CHECK_THAT(View::make(profile, with({{"sample_index", "wall"}})).error().message(),
             Contains("no sample type 'wall'; sample_index is one of samples, cpu, or 0 to 1"));
  CHECK_THAT(View::make(profile, with({{"divide_by", "0"}})).error().message(), Contains("divide_by"));
  CHECK_THAT(list(view_of(profile), "nowhere").error().message(), Contains("no function matches 'nowhere'"));
  CHECK_THAT(peek(view_of(profile), "nowhere").error().message(), Contains("no function matches 'nowhere'"));
}

TEST_CASE("a frame that hide takes away starts no stack, though show_from matches it") {
  const Profile profile = test::program();
  const View view = view_of(profile, with({{"hide", "mystery"}, {"show_from", "mystery"}}));
  CHECK(top(view).rows.empty());
  CHECK(view.warnings().empty());
}

// show_from cut first: what was left of a stack began with frames to drop, which nothing kept stood above.
TEST_CASE("frames that the profile says to drop do not come back by show_from") {
  ProfileBuilder builder(test::program());
  builder.header().drop_frames = builder.intern("walk");
  const Profile profile = std::move(builder).finish();
  const Top rows = top(view_of(profile, with({{"show_from", "hash"}})));
  REQUIRE(find(rows, "hash") != nullptr);
  CHECK(find(rows, "hash")->cum == 30'000'000);
  CHECK(find(rows, "walk") == nullptr);
}

TEST_CASE("an empty part of a tag filter matches every value of its key: it was left out") {
  const Profile profile = test::program();
  for (const char* filter : {"thread=,", "thread=main,", "thread="}) {
    INFO(filter);
    const View view = view_of(profile, with({{"tagfocus", filter}, {"sample_index", "samples"}}));
    int64_t samples = 0;
    for (const TopRow& row : top(view).rows) samples += row.flat;
    CHECK(samples == 5);  // all that have a thread
  }
}

TEST_CASE("of the units of a tag that is in several only one more than the first was named") {
  ProfileBuilder builder(test::program());
  const StringId key = builder.intern("size");
  const uint32_t frame = builder.profile().stack(0)[0];
  const int64_t values[] = {1, 1};
  for (const char* unit : {"MB", "pages", "bytes", "MB", "pages"}) {
    const Label label{key, 0, 4, builder.intern(unit)};
    builder.add_sample({&frame, 1}, values, {&label, 1});
  }
  const Profile profile = std::move(builder).finish();
  const View view = view_of(profile);
  REQUIRE(view.warnings().size() == 1);
  CHECK(view.warnings()[0] == "tag size is in MB and in bytes, pages; the first is used for all");
}

TEST_CASE("light calls of functions that drop_negative leaves out were missing from their callers") {
  ProfileBuilder builder;
  builder.add_sample_type("samples", "count");
  const auto location = [&](const char* name) {
    Line line;
    line.function = builder.add_function({0, builder.intern(name), 0, 0, 0});
    return builder.add_location({}, {&line, 1});
  };
  const uint32_t main = location("main"), work = location("work"), freed = location("freed"),
                 other = location("other");
  const auto sample = [&](std::initializer_list<uint32_t> stack, int64_t value) {
    builder.add_sample({stack.begin(), stack.size()}, {&value, 1});
  };
  sample({work, main}, 100);
  sample({freed, main}, 1);
  sample({freed, other}, -5);
  sample({other}, 60);
  const Profile profile = std::move(builder).finish();
  const Options options = with({{"drop_negative", "true"}, {"nodefraction", "0"}, {"edgefraction", "0.1"}});
  CHECK_THAT(print(tree(view_of(profile, options))), Contains("|   freed") && !Contains("| freed"));
}

TEST_CASE("a sample of the base that is marked twice counted twice in the total") {
  ProfileBuilder builder(test::program());
  const Label mark{builder.intern(kBaseTag), builder.intern("true"), 0, 0};
  const Label marks[] = {mark, mark};
  const uint32_t frame = builder.profile().stack(0)[0];
  const int64_t values[] = {-7, -70};
  builder.add_sample({&frame, 1}, values, marks);
  const Profile profile = std::move(builder).finish();
  CHECK(view_of(profile, with({{"sample_index", "samples"}})).total() == 7);
}

TEST_CASE("without inlined calls a line has no column, unless columns are shown") {
  ProfileBuilder one(test::everything());
  const Line line{1, 5, 9};
  one.set_lines(0, std::span(&line, 1));
  const Profile plain = std::move(one).finish();
  const auto column = [&](const Options& options) {
    const View view = view_of(plain, options);
    const bool is_shown = text_of(print_raw, view).find("/src/inner.h:5:9") != std::string::npos;
    const Profile written = filtered_profile(view);
    CHECK(written.lines(written.locations()[0])[0].column == (is_shown ? 9 : 0));
    CHECK(written.mappings()[0].has_inline_frames == !options.noinlines);
    return is_shown;
  };
  CHECK(column({}));
  CHECK_FALSE(column(with({{"noinlines", "true"}})));
  CHECK(column(with({{"noinlines", "true"}, {"showcolumns", "true"}})));
}

TEST_CASE("functions that template_depth gives one name are one row, for filters too") {
  ProfileBuilder builder;
  builder.add_sample_type("samples", "count");
  for (const char* linker :
       {"_ZNSt6vectorIiSaIiEE9push_backEOi", "_ZNSt6vectorISt4pairIicESaIS1_EE9push_backEOS1_"}) {
    const Line line{
        builder.add_function({0, builder.intern("std::vector::push_back"), builder.intern(linker), 0, 0}), 1,
        0};
    const uint32_t at = builder.add_location({0, kNoIndex, 0, 0, 0, false}, std::span<const Line>(&line, 1));
    const int64_t value = 1;
    builder.add_sample(std::span(&at, 1), std::span(&value, 1));
  }
  const Profile profile = std::move(builder).finish();
  const auto names = [&](const char* depth, const char* focus) {
    std::string all;
    for (const TopRow& row : top(view_of(profile, with({{"template_depth", depth}, {"focus", focus}}))).rows)
      all += row.name + " " + std::to_string(row.flat) + "\n";
    return all;
  };
  CHECK(names("-1", "") == "std::vector::push_back 2\n");
  CHECK(names("0", "") == "std::vector<...>::push_back 2\n");
  CHECK(names("1", "") ==
        "std::vector<int, std::allocator<...> >::push_back 1\n"
        "std::vector<std::pair<...>, std::allocator<...> >::push_back 1\n");
  CHECK(names("1", "vector<int") == "std::vector<int, std::allocator<...> >::push_back 1\n");
}

TEST_CASE("list says where it looked for a source file") {
  const Profile profile = test::program();
  const Listing listing =
      *list(view_of(profile, with({{"source_path", "/nowhere"}, {"trim_path", "/src"}})), "walk");
  REQUIRE(listing.routines.size() == 1);
  CHECK(listing.routines[0].error == "could not find file walk.cc on path /nowhere");
}

TEST_CASE("ids from 2^63 up are what they are in every format: tables had them negative") {
  ProfileBuilder builder;
  builder.add_sample_type("cpu", "nanoseconds");
  Mapping mapping;
  mapping.id = 0xfffffffffffffffe;  // 18446744073709551614
  Location location;
  location.id = 0xffffffffffffffff;  // 18446744073709551615
  location.mapping = builder.add_mapping(mapping);
  const uint32_t stack[] = {builder.add_location(location, {})};
  const int64_t values[] = {1};
  builder.add_sample(stack, values);
  const Profile profile = std::move(builder).finish();
  const View view = view_of(profile);
  CHECK_THAT(text_of(print_raw, view), Contains("18446744073709551615: 0x0 M=18446744073709551614"));
  for (const TableFormat& format : table_formats()) {
    INFO(format.name);
    std::string text;
    const auto writer = format.make([&](std::string_view part) { text += part; });
    tabulate_raw("raw", view, *writer);
    writer->end();
    CHECK_THAT(text, Contains("18446744073709551614") && Contains("18446744073709551615"));
    CHECK_THAT(text, !Contains("-1") && !Contains("-2"));
  }
}
