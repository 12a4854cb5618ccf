#include "libprof/profile/merge.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "tests/support/profile.h"

using namespace prof;

namespace {

constexpr uint32_t kFunctions = 300;

// Samples `first` ... `first + count`: each of three frames and one label, with `sign` times its number as
// value. `turn`: where the tables begin, so that the same objects have other indices.
Profile made(uint32_t first, uint32_t count, uint32_t turn, int64_t sign = 1, uint64_t start = 0x1000) {
  ProfileBuilder builder;
  builder.add_sample_type("cpu", "nanoseconds");
  Mapping mapping;
  mapping.start = start;
  mapping.limit = start + 0x100000;
  mapping.file = builder.intern("/bin/app");
  const uint32_t binary = builder.add_mapping(mapping);
  std::vector<uint32_t> location_of(kFunctions);
  for (uint32_t i = 0; i < kFunctions; i++) {
    const uint32_t f = (i + turn) % kFunctions;
    const std::string name = "function " + std::to_string(f);
    const uint32_t function = builder.add_function({0, builder.intern(name), 0, builder.intern("a.cc"), f});
    const Line lines[] = {{function, f % 7, 0}, {function, f % 5, 1}};
    location_of[f] = builder.add_location({0, binary, start + f * 16, 0, 0, f % 11 == 0}, lines);
  }
  const StringId key = builder.intern("thread");
  for (uint32_t i = first; i < first + count; i++) {
    const uint32_t stack[] = {location_of[i % kFunctions], location_of[i / 2 % kFunctions],
                              location_of[i / 3 % kFunctions]};
    const int64_t value = sign * (i + 1);
    const Label label{key, 0, i % 4 + 1, 0};
    builder.add_sample(stack, {&value, 1}, {&label, 1});
  }
  return std::move(builder).finish();
}

// What each sample is, with the value of all that are so.
std::map<std::string, int64_t> sums(const Profile& p) {
  std::map<std::string, int64_t> all;
  for (size_t i = 0; i < p.sample_count(); i++) {
    std::string text;
    for (const uint32_t l : p.stack(i)) {
      const Location& location = p.locations()[l];
      text += std::to_string(location.address) + (location.is_folded ? "folded " : " ");
      for (const Line& line : p.lines(location)) {
        text +=
            std::string(p.string(p.functions()[line.function].name)) + ":" + std::to_string(line.line) + " ";
      }
    }
    for (const Label& label : p.labels(i)) {
      text += std::string(p.string(label.key)) + "=" + std::to_string(label.num);
    }
    all[text] += p.values(i)[0];
  }
  return all;
}

Merger merger() {
  return Merger([](std::string_view, std::string_view) -> std::optional<double> { return 1; });
}

Profile merged(std::initializer_list<Profile> profiles) {
  Merger all = merger();
  for (const Profile& p : profiles) REQUIRE(all.add(p));
  return std::move(all).finish();
}

}  // namespace

TEST_CASE("the same samples add up whatever the order of the tables and the address of the program",
          "[merge]") {
  const Profile once = made(0, 1000, 0);
  const Profile thrice = merged({made(0, 1000, 0), made(0, 1000, 77), made(0, 1000, 123, 1, 0x7f0000001000)});
  CHECK(thrice.sample_count() == once.sample_count());
  CHECK(thrice.functions().size() == once.functions().size());
  CHECK(thrice.locations().size() == once.locations().size());
  CHECK(thrice.mappings().size() == 1);
  auto wanted = sums(once);
  for (auto& [text, value] : wanted) value *= 3;
  CHECK(sums(thrice) == wanted);
}

TEST_CASE("what only a later profile has joins what the first had", "[merge]") {
  const Profile both = merged({made(0, 700, 0), made(500, 700, 5)});
  auto wanted = sums(made(0, 700, 0));
  for (const auto& [text, value] : sums(made(500, 700, 0))) wanted[text] += value;
  CHECK(sums(both) == wanted);
}

TEST_CASE("samples that cancel out go, with what only they named", "[merge]") {
  const Profile rest = merged({made(0, 200, 0), made(0, 190, 3, -1)});
  CHECK(rest.sample_count() == 10);
  CHECK(sums(rest) == sums(made(190, 10, 0)));
  CHECK(rest.functions().size() < 30);
}

TEST_CASE("a location without a function is not the one whose function is new", "[merge]") {
  const auto one = [](bool has_function) {
    ProfileBuilder builder;
    builder.add_sample_type("cpu", "nanoseconds");
    Line line;
    if (has_function) line.function = builder.add_function({0, builder.intern("f"), 0, 0, 0});
    const uint32_t location = builder.add_location({0, kNoIndex, 16, 0, 0, false}, {&line, 1});
    const int64_t value = 1;
    builder.add_sample({&location, 1}, {&value, 1});
    return std::move(builder).finish();
  };
  CHECK(merged({one(false), one(true)}).locations().size() == 2);
}

TEST_CASE("of several sample types of one name each adds to its own: all added to the first", "[merge]") {
  const auto of = [](std::vector<std::pair<const char*, const char*>> types, std::vector<int64_t> values) {
    ProfileBuilder builder;
    for (const auto& [type, unit] : types) builder.add_sample_type(type, unit);
    const uint32_t location = builder.add_location({0, kNoIndex, 16, 0, 0, false}, {});
    builder.add_sample({&location, 1}, values);
    return std::move(builder).finish();
  };
  const auto values = [](const Profile& p) {
    const auto all = p.values(0);
    return std::vector<int64_t>(all.begin(), all.end());
  };
  const auto twice = [&] { return of({{"alloc", "count"}, {"alloc", "bytes"}}, {3, 300}); };
  CHECK(values(merged({twice(), twice()})) == std::vector<int64_t>{6, 600});
  Profile mixed = of({{"alloc", "count"}, {"free", "count"}, {"alloc", "bytes"}}, {1, 5, 100});
  CHECK(values(merged({twice(), std::move(mixed)})) == std::vector<int64_t>{4, 400});
  CHECK(values(merged({twice(), of({{"alloc", "count"}}, {1})})) == std::vector<int64_t>{4});
}

TEST_CASE("samples that differ in labels that say nothing, or in their order, stayed apart", "[merge]") {
  ProfileBuilder builder;
  builder.add_sample_type("samples", "count");
  const uint32_t location = builder.add_location({}, {});
  const StringId key = builder.intern("key"), other = builder.intern("other"),
                 bytes = builder.intern("bytes"), text = builder.intern("text");
  const auto add = [&](std::vector<Label> labels) {
    const int64_t value = 1;
    builder.add_sample({&location, 1}, {&value, 1}, labels);
  };
  add({});
  add({{key, 0, 0, 0}});
  add({{key, text, 0, 0}, {key, 0, 7, 0}});
  add({{key, 0, 7, 0}, {other, 0, 0, 0}, {key, text, 3, bytes}});
  add({{key, 0, 0, bytes}});
  add({{key, 0, 0, 0, true}});
  const Profile p = merged({std::move(builder).finish()});
  REQUIRE(p.sample_count() == 4);
  CHECK(p.values(0)[0] == 2);
  CHECK(p.labels(0).empty());
  CHECK(p.values(1)[0] == 2);
  CHECK(p.labels(1).size() == 2);
  CHECK(p.values(2)[0] == 1);
  CHECK(p.values(3)[0] == 1);
}
