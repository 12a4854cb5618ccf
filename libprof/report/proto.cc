#include "libprof/report/proto.h"

#include <map>

#include "libprof/report/graph.h"
#include "libprof/report/units.h"

namespace prof::report {
namespace {

void copy_header(const Profile& from, Profile& to) {
  to.time_ns = from.time_ns;
  to.duration_ns = from.duration_ns;
  to.period_type = from.period_type;
  to.period = from.period;
  to.default_sample_type = from.default_sample_type;
  to.drop_frames = from.drop_frames;
  to.keep_frames = from.keep_frames;
  to.doc_url = from.doc_url;
  to.comments = from.comments;
}

// Strings, sample types, mappings and functions; locations differ.
void copy_objects(const Profile& p, ProfileBuilder& builder) {
  for (StringId id = 0; id < p.string_count(); id++) builder.intern(p.string(id));
  for (const ValueType type : p.sample_types())
    builder.add_sample_type(p.string(type.type), p.string(type.unit));
  for (const Mapping& mapping : p.mappings()) builder.add_mapping(mapping);
  for (const Function& function : p.functions()) builder.add_function(function);
  copy_header(p, builder.header());
}

}  // namespace

void copy_tables(const Profile& p, ProfileBuilder& builder, bool in_mapping) {
  copy_objects(p, builder);
  const bool is_bare = in_mapping && p.mappings().empty();
  if (is_bare) builder.add_mapping({});
  for (Location location : p.locations()) {
    const auto lines = p.lines(location);
    if (is_bare) location.mapping = 0;
    builder.add_location(location, lines);
  }
}

Profile copy_of(const Profile& p, bool in_mapping, const std::string& comment) {
  ProfileBuilder builder;
  copy_tables(p, builder, in_mapping);
  for (size_t i = 0; i < p.sample_count(); i++) builder.add_sample(p.stack(i), p.values(i), p.labels(i));
  if (!comment.empty()) builder.header().comments.push_back(builder.intern(comment));
  builder.header().warnings = p.warnings;
  return std::move(builder).finish();
}

Profile filtered_profile(const View& view) {
  const Profile& p = view.profile();
  ProfileBuilder builder;
  copy_objects(p, builder);
  std::vector<Line> lines;
  for (uint32_t l = 0; l < p.locations().size(); l++) {
    view.written_lines(l, lines);
    builder.add_location(p.locations()[l], lines);
  }
  for (uint32_t m = 0; m < p.mappings().size(); m++)
    builder.mapping(m).has_inline_frames &= !view.options().noinlines;
  const double ratio = view.value().ratio;
  std::vector<uint32_t> stack;
  std::vector<int64_t> values;
  std::vector<Label> labels;
  for (size_t i = 0; i < p.sample_count(); i++) {
    if (!view.keeps(i)) continue;
    stack.clear();
    labels.clear();
    for (const uint32_t l : view.stack(i)) {
      if (view.visible(l)) stack.push_back(l);
    }
    for (const Label& label : p.labels(i)) {
      if (view.shows_tag(label)) labels.push_back(label);
    }
    values.assign(p.values(i).begin(), p.values(i).end());
    if (ratio > 0 && ratio != 1) {
      for (int64_t& value : values) value = fraction(value, ratio);
    }
    builder.add_sample(stack, values, labels);
  }
  return std::move(builder).finish();
}

Profile top_profile(const View& view) {
  const Profile& p = view.profile();
  const Graph graph = make_graph(view, limits_of(view.options(), 0), Edges::kNone);
  const Value& value = graph.value;
  ProfileBuilder builder;
  builder.add_sample_type("cum", value.output_unit);
  builder.add_sample_type("flat", value.output_unit);
  Profile& header = builder.header();
  header.time_ns = p.time_ns;
  header.duration_ns = p.duration_ns;
  header.period_type = {builder.intern(p.string(p.period_type.type)),
                        builder.intern(p.string(p.period_type.unit))};
  header.period = p.period;
  std::map<std::tuple<StringId, uint32_t, int64_t>, uint32_t> functions;
  for (const uint32_t id : graph.shown) {
    const Node& node = graph.nodes[id];
    const auto [found, added] = functions.emplace(std::tuple(node.name, node.file, node.start_line), 0);
    if (added) {
      found->second = builder.add_function({0, builder.intern(graph.nodes.function(node)), 0,
                                            builder.intern(graph.nodes.file(node)), node.start_line});
    }
    const Line line{found->second, node.line, node.column};
    const uint32_t location =
        builder.add_location({0, kNoIndex, node.address, 0, 0, false}, std::span<const Line>(&line, 1));
    const auto scaled = [&](const Sum& sum) {
      return fraction(1, scale(sum.shown(), value.unit, value.output_unit).value);
    };
    const int64_t values[] = {scaled(graph.cum[id]), scaled(graph.flat[id])};
    builder.add_sample(std::span<const uint32_t>(&location, 1), values);
  }
  return std::move(builder).finish();
}

}  // namespace prof::report
