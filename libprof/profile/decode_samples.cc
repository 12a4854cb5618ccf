#include "libprof/profile/decode_samples.h"

#include <algorithm>
#include <exception>
#include <span>

#include "libprof/base/in_order.h"
#include "libprof/profile/packed.h"
#include "libprof/profile/schema.h"

namespace prof {
namespace {

using Run = SampleDecoder::Run;

constexpr size_t kLeastRelease = size_t{1} << 16;  // bytes of a run between objects that are still needed

// Ids and indices of the file before the objects they name are known: kept as they are, locations less one,
// which makes them the final ones wherever writers count from 1.
struct IdsOfFile {
  uint64_t last_location = 0;

  uint32_t location(uint64_t id) {
    if (id == 0 || id >= kNoIndex) throw Malformed{""};
    last_location = std::max(last_location, id);
    return static_cast<uint32_t>(id - 1);
  }
  StringId string(uint64_t index) const {
    if (index > UINT32_MAX) throw Malformed{""};
    return static_cast<StringId>(index);
  }
};

struct KnownIds {
  const ObjectDecoder& objects;

  uint32_t location(uint64_t id) const { return objects.location(id); }
  StringId string(uint64_t index) const { return objects.string(index); }
};

template <typename Ids>
Label decode_label(protozero::data_view message, const Ids& ids) {
  Label label;
  for (pbf_reader field(message); field.next();) {
    switch (field.tag()) {
      case schema::label::kKey:
        label.key = ids.string(number(field));
        break;
      case schema::label::kStr:
        label.str = ids.string(number(field));
        break;
      case schema::label::kNum:
        label.num = integer(field);
        break;
      case schema::label::kNumUnit:
        label.num_unit = ids.string(number(field));
        break;
      default:
        skip(field);
    }
  }
  return label;
}

Malformed has_other_values(size_t values, size_t types) {
  return Malformed{fmt::format("it has {} values for {} sample types", values, types)};
}

// Pieces of work of kRunSamples or a little more: a writer may put other objects between any two samples.
std::vector<std::span<const Run>> batches_of(std::span<const Run> runs) {
  std::vector<std::span<const Run>> all;
  size_t begin = 0, samples = 0;
  for (size_t i = 0; i < runs.size(); i++) {
    samples += runs[i].count.samples;
    if (samples < SampleDecoder::kRunSamples && i + 1 != runs.size()) continue;
    all.push_back(runs.subspan(begin, i + 1 - begin));
    begin = i + 1;
    samples = 0;
  }
  return all;
}

}  // namespace

void SampleDecoder::survey(protozero::data_view message, size_t begin, size_t end) {
  size_t frames = 0, labels = 0;
  for (pbf_reader field(message); field.next();) {
    labels += field.tag() == schema::sample::kLabel;
    if (field.tag() == schema::sample::kLocationId && field.wire_type() == pbf_wire_type::length_delimited) {
      const auto ids = bytes_of(field);
      frames += count_numbers({ids.data(), ids.size()});
    } else {
      frames += field.tag() == schema::sample::kLocationId;
      skip(field);
    }
  }
  if (runs_.empty() || runs_.back().end != begin || runs_.back().count.samples == kRunSamples) {
    Run::Counts before;
    if (!runs_.empty()) {
      const Run& last = runs_.back();
      before = {last.before.samples + last.count.samples, last.before.frames + last.count.frames,
                last.before.labels + last.count.labels};
    }
    runs_.push_back({begin, begin, before, {}});
  }
  Run& run = runs_.back();
  run.end = end;
  run.count.samples++;
  run.count.frames += frames;
  run.count.labels += labels;
}

// `bytes`: how many hold them all. Where there are fewer than values, some sample has too few, and the first
// that has will be found before there is one value a byte.
void SampleDecoder::make_room(const Run::Counts& all, size_t types, size_t bytes) {
  samples_.stacks.resize(all.frames);
  samples_.stack_ends.resize(all.samples);
  samples_.values.resize(all.samples > bytes / types ? bytes : all.samples * types);
  if (all.labels == 0) return;
  samples_.labels.resize(all.labels);
  samples_.label_ends.resize(all.samples, 0);  // of those before the first one with labels
}

// `offset`: where the sample being read begins.
template <typename Ids>
void SampleDecoder::decode(const Run& run, std::string_view data, size_t types, Ids& ids, size_t& offset) {
  uint32_t* frame = samples_.stacks.data() + run.before.frames;
  Label* label = samples_.labels.data() + run.before.labels;
  size_t sample = run.before.samples;
  const auto take_frame = [&](uint64_t id) { *frame++ = ids.location(id); };
  for (pbf_reader profile(data.data() + run.begin, run.end - run.begin);; sample++) {
    offset = run.end - profile.length();
    if (!profile.next()) return;
    int64_t* const values = samples_.values.data() + sample * types;
    size_t value_count = 0;
    for (pbf_reader field(bytes_of(profile)); field.next();) {
      switch (field.tag()) {
        case schema::sample::kLocationId:
          if (field.wire_type() == pbf_wire_type::length_delimited) {
            const auto packed = bytes_of(field);
            packed_numbers({packed.data(), packed.size()}, data.data() + data.size(), take_frame);
          } else {
            take_frame(number(field));
          }
          break;
        case schema::sample::kValue:
          numbers(field, [&](uint64_t value) {
            if (value_count < types) values[value_count] = static_cast<int64_t>(value);
            value_count++;
          });
          break;
        case schema::sample::kLabel:
          *label++ = decode_label(bytes_of(field), ids);
          break;
        default:
          skip(field);
      }
    }
    if (value_count != types) throw has_other_values(value_count, types);
    samples_.stack_ends[sample] = static_cast<uint64_t>(frame - samples_.stacks.data());
    if (!samples_.label_ends.empty()) {
      samples_.label_ends[sample] = static_cast<uint64_t>(label - samples_.labels.data());
    }
  }
}

void SampleDecoder::decode_ahead(std::string_view data, size_t types, const Release& release) {
  // The last run may be going on.
  if (is_ahead_over_ || runs_.size() <= ahead_ + 1) return;
  if (ahead_ == 0) ahead_types_ = types;
  const Run::Counts& all = runs_.back().before;
  is_ahead_over_ = types == 0 || types != ahead_types_ || all.samples > data.size() / types;
  if (is_ahead_over_) return;
  try {
    make_room(all, types, data.size());
    IdsOfFile ids{last_location_};
    for (size_t offset = 0; ahead_ + 1 < runs_.size(); ahead_++) {
      const Run& run = runs_[ahead_];
      decode(run, data, types, ids, offset);
      last_location_ = ids.last_location;
      if (run.end - run.begin >= kLeastRelease) release(run.begin, run.end);
    }
  } catch (const std::exception&) {
    is_ahead_over_ = true;
  } catch (const Malformed&) {
    is_ahead_over_ = true;
  }
}

// What was read ahead gets the indices of the profile.
void SampleDecoder::resolve(const ObjectDecoder& objects) {
  const bool are_locations_final = last_location_ <= objects.counted_locations();
  for (const Run& run : std::span(runs_).first(ahead_)) {
    try {
      if (!are_locations_final) {
        for (uint32_t& frame : std::span(samples_.stacks.data() + run.before.frames, run.count.frames)) {
          frame = objects.location(frame + uint64_t{1});
        }
      }
      for (Label& label : std::span(samples_.labels.data() + run.before.labels, run.count.labels)) {
        for (StringId* const text : {&label.key, &label.str, &label.num_unit}) *text = objects.string(*text);
      }
    } catch (...) {
      throw MalformedSample{run.begin, std::current_exception()};
    }
  }
}

void SampleDecoder::decode_rest(std::string_view data, const ObjectDecoder& objects, size_t threads,
                                const Release& release) {
  if (runs_.empty()) return;
  const size_t types = objects.builder().profile().sample_types().size();
  if (ahead_ > 0 && types != ahead_types_) {
    throw MalformedSample{runs_[0].begin, std::make_exception_ptr(has_other_values(ahead_types_, types))};
  }
  resolve(objects);
  const Run& last = runs_.back();
  const Run::Counts all{last.before.samples + last.count.samples, last.before.frames + last.count.frames,
                        last.before.labels + last.count.labels};
  make_room(all, types, data.size());
  if (samples_.values.size() != all.samples * types) threads = 1;  // up to the malformed one, and no further
  const auto work = batches_of(std::span(runs_).subspan(ahead_));
  const auto decode_batch = [&](size_t i) {
    std::optional<MalformedSample> malformed;
    size_t offset = 0;
    try {
      KnownIds ids{objects};
      for (const Run& run : work[i]) decode(run, data, types, ids, offset);
    } catch (...) {
      malformed = {offset, std::current_exception()};
    }
    return malformed;
  };
  std::optional<MalformedSample> first;
  for_each_in_order(work.size(), threads, decode_batch,
                    [&](size_t i, const std::optional<MalformedSample>& malformed) {
                      first = malformed;
                      if (!first) release(work[i].front().begin, work[i].back().end);
                      return !first;
                    });
  if (first) throw *first;
}

}  // namespace prof
