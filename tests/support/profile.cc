#include <fmt/format.h>

#include "tests/support/profile.h"

namespace prof::test {

std::string describe(const Profile& p) {
  std::string out;
  const auto add = [&](const auto&... parts) { ((out += fmt::format("{} ", parts)), ...), out += '\n'; };
  const auto type = [&](ValueType t) { return fmt::format("{}/{}", p.string(t.type), p.string(t.unit)); };
  for (const ValueType& t : p.sample_types()) add("type", type(t));
  for (const Mapping& m : p.mappings()) {
    add("mapping", m.id, m.start, m.limit, m.offset, p.string(m.file), p.string(m.build_id), m.has_functions,
        m.has_filenames, m.has_line_numbers, m.has_inline_frames);
  }
  for (const Function& f : p.functions()) {
    add("function", f.id, p.string(f.name), p.string(f.system_name), p.string(f.filename), f.start_line);
  }
  for (const Location& l : p.locations()) {
    add("location", l.id, l.mapping, l.address, l.is_folded);
    for (const Line& line : p.lines(l)) add("  line", line.function, line.line, line.column);
  }
  for (size_t i = 0; i < p.sample_count(); i++) {
    add("sample");
    for (const uint32_t index : p.stack(i)) add("  at", index);
    for (const int64_t value : p.values(i)) add("  value", value);
    for (const Label& l : p.labels(i)) {
      add("  label", p.string(l.key), p.string(l.str), l.num, p.string(l.num_unit));
    }
  }
  add(p.time_ns, p.duration_ns, type(p.period_type), p.period, p.string(p.default_sample_type));
  add(p.string(p.drop_frames), p.string(p.keep_frames), p.string(p.doc_url));
  for (const StringId comment : p.comments) add("comment", p.string(comment));
  return out;
}

Profile everything() {
  ProfileBuilder b;
  b.add_sample_type("samples", "count");
  b.add_sample_type("cpu", "nanoseconds");
  Mapping app;
  app.id = 7;
  app.start = 0x400000;
  app.limit = 0x500000;
  app.offset = 0x1000;
  app.file = b.intern("/bin/app");
  app.build_id = b.intern("abc123");
  app.has_functions = app.has_filenames = app.has_line_numbers = app.has_inline_frames = true;
  const uint32_t mapping = b.add_mapping(app);
  const uint32_t outer =
      b.add_function({1, b.intern("outer"), b.intern("_Z5outerv"), b.intern("/src/outer.cc"), 10});
  const uint32_t inner =
      b.add_function({~uint64_t{0}, b.intern("inner"), b.intern("_Z5innerv"), b.intern("/src/inner.h"), 3});
  const Line both[] = {{inner, 5, 9}, {outer, 12, 0}};
  const uint32_t inlined = b.add_location({100, mapping, 0x401000, 0, 0, false}, both);
  const uint32_t folded = b.add_location({3, mapping, 0xffffffffff600000, 0, 0, true}, {});
  const uint32_t nowhere = b.add_location({4, kNoIndex, 0, 0, 0, false}, {});
  const uint32_t stack[] = {inlined, folded, nowhere};
  const int64_t values[] = {1, 10'000'000}, negative[] = {-1, INT64_MIN}, zero[] = {0, 0};
  b.add_sample(stack, values);
  const Label labels[] = {{b.intern("thread"), b.intern("main"), 0, 0},
                          {b.intern("bytes"), 0, -4096, b.intern("bytes")}};
  b.add_sample({stack, 1}, negative, labels);
  b.add_sample({}, zero);
  Profile& h = b.header();
  h.time_ns = 1700000000123456789;
  h.duration_ns = 10'000'000'000;
  h.period_type = {b.intern("cpu"), b.intern("nanoseconds")};
  h.period = 10'000'000;
  h.default_sample_type = b.intern("cpu");
  h.drop_frames = b.intern("drop");
  h.keep_frames = b.intern("keep");
  h.doc_url = b.intern("https://example.org/");
  h.comments = {b.intern("first"), b.intern("# second")};
  return std::move(b).finish();
}

Profile program() {
  ProfileBuilder b;
  b.add_sample_type("samples", "count");
  b.add_sample_type("cpu", "nanoseconds");
  Mapping app, mystery;
  app.start = 0x400000;
  app.limit = 0x500000;
  app.file = b.intern("/bin/app");
  app.build_id = b.intern("0123456789abcdef");
  app.has_functions = app.has_filenames = app.has_line_numbers = app.has_inline_frames = true;
  mystery.start = 0x7f0000000000;
  mystery.limit = 0x7f0000100000;
  mystery.file = b.intern("/usr/lib/libmystery.so");
  const uint32_t in_app = b.add_mapping(app), in_mystery = b.add_mapping(mystery);
  const auto function = [&](const char* name, const char* file, int64_t line) {
    return b.add_function({0, b.intern(name), b.intern(name), b.intern(file), line});
  };
  const uint32_t main = function("main", "/src/main.cc", 3), walk = function("walk", "/src/walk.cc", 2),
                 hash = function("hash", "/src/hash.h", 1);
  const auto location = [&](uint64_t address, std::initializer_list<Line> lines) {
    return b.add_location({0, in_app, address, 0, 0, false}, {lines.begin(), lines.size()});
  };
  const uint32_t main_walk = location(0x401000, {{main, 4, 0}}),
                 main_hash = location(0x401010, {{main, 5, 0}}),
                 walk_self = location(0x402000, {{walk, 4, 0}}),
                 walk_again = location(0x402010, {{walk, 5, 0}}),
                 walk_hash = location(0x402020, {{hash, 2, 0}, {walk, 6, 0}}),
                 plain_hash = location(0x403000, {{hash, 2, 0}}),
                 unknown = b.add_location({0, in_mystery, 0x7f0000001234, 0, 0, false}, {});
  const auto sample = [&](std::initializer_list<uint32_t> stack, int64_t count,
                          std::initializer_list<Label> labels) {
    const int64_t values[] = {count, count * 10'000'000};
    b.add_sample({stack.begin(), stack.size()}, values, {labels.begin(), labels.size()});
  };
  const StringId thread = b.intern("thread"), size = b.intern("bytes");
  sample({walk_self, walk_again, walk_again, main_walk}, 4, {{size, 0, 2048, b.intern("bytes")}});
  sample({walk_hash, walk_again, main_walk}, 2, {{thread, b.intern("main"), 0, 0}});
  sample({plain_hash, main_hash}, 1, {{thread, b.intern("worker"), 0, 0}});
  sample({main_hash}, 0, {});
  sample({unknown}, 1, {});
  sample({plain_hash, main_hash}, 2, {{thread, b.intern("main"), 0, 0}});
  Profile& h = b.header();
  h.duration_ns = 200'000'000;
  h.period_type = {b.intern("cpu"), b.intern("nanoseconds")};
  h.period = 10'000'000;
  h.comments = {b.intern("asked 100 Hz, got 100 Hz")};
  return std::move(b).finish();
}

}  // namespace prof::test
