// Pieces of samples, then the objects, are encoded and compressed on all cores.
#include <algorithm>
#include <iterator>
#include <protozero/pbf_writer.hpp>
#include <thread>

#include "libprof/base/in_order.h"
#include "libprof/profile/codec.h"
#include "libprof/profile/compress.h"
#include "libprof/profile/encode_samples.h"
#include "libprof/profile/schema.h"

namespace prof {
namespace {

using protozero::pbf_writer;

// proto3: a field of value 0 is not written.
void put(pbf_writer& message, uint32_t field, uint64_t value) {
  if (value != 0) message.add_uint64(field, value);
}
void put(pbf_writer& message, uint32_t field, int64_t value) {
  put(message, field, static_cast<uint64_t>(value));
}
void put(pbf_writer& message, uint32_t field, StringId value) { put(message, field, uint64_t{value}); }
void put(pbf_writer& message, uint32_t field, bool value) { put(message, field, uint64_t{value}); }

// The type also where it is "": without a field the message would be left out, and values would have no type.
void write(pbf_writer& out, uint32_t field, ValueType type) {
  pbf_writer message(out, field);
  message.add_uint64(schema::value_type::kType, type.type);
  put(message, schema::value_type::kUnit, type.unit);
}

void write(pbf_writer& out, const Mapping& mapping) {
  pbf_writer message(out, schema::kMapping);
  put(message, schema::mapping::kId, mapping.id);
  put(message, schema::mapping::kMemoryStart, mapping.start);
  put(message, schema::mapping::kMemoryLimit, mapping.limit);
  put(message, schema::mapping::kFileOffset, mapping.offset);
  put(message, schema::mapping::kFilename, mapping.file);
  put(message, schema::mapping::kBuildId, mapping.build_id);
  put(message, schema::mapping::kHasFunctions, mapping.has_functions);
  put(message, schema::mapping::kHasFilenames, mapping.has_filenames);
  put(message, schema::mapping::kHasLineNumbers, mapping.has_line_numbers);
  put(message, schema::mapping::kHasInlineFrames, mapping.has_inline_frames);
}

void write(pbf_writer& out, const Profile& profile, const Location& location) {
  pbf_writer message(out, schema::kLocation);
  put(message, schema::location::kId, location.id);
  if (location.mapping != kNoIndex) {
    put(message, schema::location::kMappingId, profile.mappings()[location.mapping].id);
  }
  put(message, schema::location::kAddress, location.address);
  for (const Line& line : profile.lines(location)) {
    pbf_writer field(message, schema::location::kLine);
    if (line.function != kNoIndex) {
      put(field, schema::line::kFunctionId, profile.functions()[line.function].id);
    }
    put(field, schema::line::kLine, line.line);
    put(field, schema::line::kColumn, line.column);
  }
  put(message, schema::location::kIsFolded, location.is_folded);
}

void write(pbf_writer& out, const Function& function) {
  pbf_writer message(out, schema::kFunction);
  put(message, schema::function::kId, function.id);
  put(message, schema::function::kName, function.name);
  put(message, schema::function::kSystemName, function.system_name);
  put(message, schema::function::kFilename, function.filename);
  put(message, schema::function::kStartLine, function.start_line);
}

void write_types(pbf_writer& out, const Profile& profile) {
  for (const ValueType& type : profile.sample_types()) write(out, schema::kSampleType, type);
}

void write_locations(pbf_writer& out, const Profile& profile) {
  for (const Mapping& mapping : profile.mappings()) write(out, mapping);
  for (const Location& location : profile.locations()) write(out, profile, location);
}

void write_functions(pbf_writer& out, const Profile& profile) {
  for (const Function& function : profile.functions()) write(out, function);
}

void write_strings_and_header(pbf_writer& out, const Profile& profile) {
  for (StringId id = 0; id < profile.string_count(); id++) {
    const std::string_view text = profile.string(id);
    out.add_bytes(schema::kStringTable, text.data(), text.size());
  }
  put(out, schema::kDropFrames, profile.drop_frames);
  put(out, schema::kKeepFrames, profile.keep_frames);
  put(out, schema::kTimeNanos, profile.time_ns);
  put(out, schema::kDurationNanos, profile.duration_ns);
  if (profile.period_type.type != 0 || profile.period_type.unit != 0) {
    write(out, schema::kPeriodType, profile.period_type);
  }
  put(out, schema::kPeriod, profile.period);
  for (const StringId comment : profile.comments) out.add_uint64(schema::kComment, comment);
  put(out, schema::kDefaultSampleType, profile.default_sample_type);
  put(out, schema::kDocUrl, profile.doc_url);
}

// About 0.8 MB of samples: enough that a piece compresses as well as the whole.
constexpr size_t kPieceSamples = 8192;

// A profile in pieces: its types, its samples, its objects.
class Pieces {
 public:
  explicit Pieces(const Profile& profile) : profile_(profile), samples_(profile) {}

  size_t count() const { return 1 + sample_pieces_ + std::size(kObjects); }

  FlatArray<char> encode(size_t i) const {
    FlatArray<char> data;
    if (i > 0 && i <= sample_pieces_) {
      const size_t begin = (i - 1) * kPieceSamples;
      samples_.append(begin, std::min(begin + kPieceSamples, profile_.sample_count()), data);
      return data;
    }
    std::string objects;
    pbf_writer out(objects);
    i == 0 ? write_types(out, profile_) : kObjects[i - 1 - sample_pieces_](out, profile_);
    data.append(std::span<const char>(objects));
    return data;
  }

 private:
  static constexpr void (*kObjects[])(pbf_writer&, const Profile&) = {write_locations, write_functions,
                                                                      write_strings_and_header};
  const Profile& profile_;
  const SampleEncoder samples_;
  const size_t sample_pieces_ = (profile_.sample_count() + kPieceSamples - 1) / kPieceSamples;
};

std::string_view view(const FlatArray<char>& bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

void encode_profile(const Profile& profile, const std::function<void(std::string_view)>& sink) {
  const Pieces pieces(profile);
  if (profile.sample_count() <= kPieceSamples) {
    std::string data;
    for (size_t i = 0; i < pieces.count(); i++) data += view(pieces.encode(i));
    return sink(gzip(data));
  }
  struct Piece {
    FlatArray<char> data, deflated;
  };
  GzipMember member;
  sink(member.head());
  for_each_in_order(
      pieces.count(), std::max(1u, std::thread::hardware_concurrency()),
      [&](size_t i) {
        Piece piece{pieces.encode(i), {}};
        piece.deflated = deflate_piece(view(piece.data));
        return piece;
      },
      [&](size_t, const Piece& piece) {
        member.add(view(piece.data));
        sink(view(piece.deflated));
        return true;
      });
  sink(member.end());
}

std::string encode_profile(const Profile& profile) {
  std::string data;
  encode_profile(profile, [&](std::string_view part) { data += part; });
  return data;
}

}  // namespace prof
