#include <fmt/format.h>

#include "tests/unit/profile/describe.h"

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

}  // namespace prof::test
