// Decoding goes over the bytes four times, because an object may come after those that name it: strings, then
// what names strings, then locations, then samples. Skipping a field costs nanoseconds.
//
// protozero reports malformed bytes by exceptions, so this file does too; none leaves it.
#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <protozero/exception.hpp>
#include <protozero/pbf_reader.hpp>
#include <unordered_map>

#include "libprof/profile/codec.h"
#include "libprof/profile/compress.h"
#include "libprof/profile/decode.h"
#include "libprof/profile/schema.h"

namespace prof {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

constexpr size_t kReadStep = size_t{1} << 20;

struct Malformed {
  std::string what;
};

constexpr const char* kDamaged = "the file is damaged, or its writer has a bug: try `protoc --decode_raw`";

uint64_t number(pbf_reader& field) {
  if (field.wire_type() != pbf_wire_type::varint) {
    throw Malformed{fmt::format("its field {} is not a number", field.tag())};
  }
  return field.get_uint64();
}

int64_t integer(pbf_reader& field) { return static_cast<int64_t>(number(field)); }

protozero::data_view bytes_of(pbf_reader& field) {
  if (field.wire_type() != pbf_wire_type::length_delimited) {
    throw Malformed{fmt::format("its field {} is not a message or text", field.tag())};
  }
  return field.get_view();
}

// As protozero's, with the numbers of up to three bytes, which nearly all are, decoded in line.
inline uint64_t varint(const char** at, const char* end) {
  const auto* byte = reinterpret_cast<const uint8_t*>(*at);
  if (end - *at >= 3) {
    if (byte[0] < 0x80) return *at += 1, byte[0];
    if (byte[1] < 0x80) return *at += 2, (byte[0] & 0x7fu) | uint32_t{byte[1]} << 7;
    if (byte[2] < 0x80) return *at += 3, (byte[0] & 0x7fu) | (byte[1] & 0x7fu) << 7 | uint32_t{byte[2]} << 14;
  }
  return protozero::decode_varint(at, end);
}

// How many numbers packed bytes are: each ends at a byte below 0x80.
size_t count_numbers(std::string_view packed) {
  size_t count = 0, at = 0;
  for (uint64_t word = 0; packed.size() - at >= sizeof word; at += sizeof word) {
    std::memcpy(&word, packed.data() + at, sizeof word);
    count += static_cast<size_t>(std::popcount(~word & 0x8080808080808080));
  }
  for (; at < packed.size(); at++) count += static_cast<uint8_t>(packed[at]) < 0x80;
  return count;
}

// A repeated number, packed or not.
template <typename Take>
void numbers(pbf_reader& field, Take&& take) {
  if (field.wire_type() != pbf_wire_type::length_delimited) return take(number(field));
  const auto packed = field.get_view();
  const char* at = packed.data();
  const char* const end = at + packed.size();
  while (at != end) take(varint(&at, end));
}

// Ids as files have them, mostly 1..count, to indices.
class IdMap {
 public:
  explicit IdMap(const char* kind) : kind_(kind) {}
  void expect(size_t count) { dense_.assign(2 * count + 1, kNoIndex); }

  void add(uint64_t id, uint32_t index) {
    if (id == 0) throw Malformed{"its id is 0"};
    const bool is_new =
        id < dense_.size() ? std::exchange(dense_[id], index) == kNoIndex : sparse_.emplace(id, index).second;
    if (!is_new) throw Malformed{fmt::format("its id {} was seen before", id)};
  }

  uint32_t find(uint64_t id) const {
    if (id < dense_.size() && dense_[id] != kNoIndex) return dense_[id];
    const auto found = sparse_.find(id);
    if (found == sparse_.end())
      throw Malformed{fmt::format("it names {} {}, which does not exist", kind_, id)};
    return found->second;
  }

 private:
  const char* kind_;
  std::vector<uint32_t> dense_;
  std::unordered_map<uint64_t, uint32_t> sparse_;
};

class Decoder {
 public:
  explicit Decoder(std::string_view data) : data_(data) {}
  explicit Decoder(Inflation& inflation) : inflation_(&inflation) {}

  Result<Profile> decode(const std::string& name) {
    const auto cannot = [&](std::string_view why) {
      if (inflation_ != nullptr) {  // bytes that make no sense may be those of a damaged archive
        if (const auto whole = inflation_->wait(); !whole) return unreadable(name, whole.error());
      }
      return fail(fmt::format("cannot read {}: its field `{}` at byte {} is malformed: {}", name, field_,
                              offset_, why),
                  kDamaged);
    };
    try {
      if (inflation_ == nullptr) {
        for_each_field([&](pbf_reader& field) { first_pass(field); });
      } else if (const auto read = first_pass_of_inflation(); !read) {
        return unreadable(name, read.error());
      }
      mapping_ids_.expect(counts_[schema::kMapping]);
      function_ids_.expect(counts_[schema::kFunction]);
      location_ids_.expect(counts_[schema::kLocation]);
      for_each_field([&](pbf_reader& field) { second_pass(field); });
      for_each_field([&](pbf_reader& field) {
        if (field.tag() == schema::kLocation) return add_location(bytes_of(field));
        field.skip();
      });
      if (builder_.profile().sample_types().empty()) {
        return fail(fmt::format("cannot read {}: it names no sample type", name), "is it a pprof profile?");
      }
      builder_.reserve_samples(counts_[schema::kSample], frame_count_);
      for_each_field([&](pbf_reader& field) {
        if (field.tag() == schema::kSample) return add_sample(bytes_of(field));
        field.skip();
      });
    } catch (const Malformed& malformed) {
      return cannot(malformed.what);
    } catch (const protozero::end_of_buffer_exception&) {
      return cannot("it is cut short");
    } catch (const protozero::exception&) {
      return cannot("it is not valid protobuf");
    }
    if (unknown_field_ != 0) {
      builder_.header().warnings.push_back(
          fmt::format("{} has fields that are not in profile.proto (number {}); they were ignored", name,
                      unknown_field_));
    }
    return std::move(builder_).finish();
  }

 private:
  static tl::unexpected<Error> unreadable(const std::string& name, const Error& why) {
    return fail(fmt::format("cannot read {}: {}", name, why.what), why.remedy);
  }

  template <typename Visit>
  void for_each_field(Visit&& visit) {
    for_each_field(data_, 0, visit);
  }

  // Of the fields from byte `begin` of `data` on.
  template <typename Visit>
  void for_each_field(std::string_view data, size_t begin, Visit&& visit) {
    field_ = "Profile";
    offset_ = begin;
    for (pbf_reader profile(data.data() + begin, data.size() - begin);;) {
      offset_ = data.size() - profile.length();
      if (!profile.next()) return;
      const uint32_t tag = profile.tag();
      field_ = tag < schema::kProfileFieldEnd ? schema::kProfileFields[tag] : "unknown";
      visit(profile);
    }
  }

  // The end of the last field that is whole in `data`, from the beginning of one on.
  static size_t last_whole(std::string_view data, size_t begin) {
    size_t end = begin;
    try {
      for (pbf_reader profile(data.data() + begin, data.size() - begin); profile.next();) {
        profile.skip();
        end = data.size() - profile.length();
      }
    } catch (const protozero::exception&) {  // more bytes will tell whether it is cut short or damaged
    }
    return end;
  }

  Result<void> first_pass_of_inflation() {
    for (size_t read = 0;;) {
      const std::string_view there = inflation_->wait_for(read + kReadStep);
      const bool is_all = inflation_->is_all(there);
      if (!is_all && there.size() < read + kReadStep) {
        // It failed, and the reason says more than where the bytes end.
        const auto end = inflation_->wait();
        if (!end) return tl::unexpected(end.error());
      }
      const size_t end = is_all ? there.size() : last_whole(there, read);
      for_each_field(there.substr(0, end), read, [&](pbf_reader& field) { first_pass(field); });
      read = end;
      if (!is_all) continue;
      pages_ = *inflation_->wait();
      data_ = pages_->view();
      return {};
    }
  }

  void first_pass(pbf_reader& field) {
    const uint32_t tag = field.tag();
    if (tag >= schema::kProfileFieldEnd) {
      unknown_field_ = tag;
      return field.skip();
    }
    counts_[tag]++;
    if (tag == schema::kStringTable) {
      const auto text = bytes_of(field);
      if (strings_.empty() && text.size() != 0) throw Malformed{"the first string must be empty"};
      strings_.push_back(builder_.intern({text.data(), text.size()}));
    } else if (tag == schema::kSample) {
      count_frames(bytes_of(field));
    } else {
      field.skip();
    }
  }

  void count_frames(protozero::data_view sample) {
    for (pbf_reader field(sample); field.next();) {
      if (field.tag() == schema::sample::kLocationId &&
          field.wire_type() == pbf_wire_type::length_delimited) {
        const auto ids = field.get_view();
        frame_count_ += count_numbers({ids.data(), ids.size()});
      } else {
        frame_count_ += field.tag() == schema::sample::kLocationId;
        field.skip();
      }
    }
  }

  void second_pass(pbf_reader& field) {
    Profile& header = builder_.header();
    switch (field.tag()) {
      case schema::kSampleType: {
        const ValueType type = value_type(bytes_of(field));
        return builder_.add_sample_type(header.string(type.type), header.string(type.unit));
      }
      case schema::kMapping:
        return add_mapping(bytes_of(field));
      case schema::kFunction:
        return add_function(bytes_of(field));
      case schema::kDropFrames:
        header.drop_frames = text(field);
        return;
      case schema::kKeepFrames:
        header.keep_frames = text(field);
        return;
      case schema::kTimeNanos:
        header.time_ns = integer(field);
        return;
      case schema::kDurationNanos:
        header.duration_ns = integer(field);
        return;
      case schema::kPeriodType:
        header.period_type = value_type(bytes_of(field));
        return;
      case schema::kPeriod:
        header.period = integer(field);
        return;
      case schema::kComment:
        return numbers(field, [&](uint64_t index) { header.comments.push_back(string(index)); });
      case schema::kDefaultSampleType:
        header.default_sample_type = text(field);
        return;
      case schema::kDocUrl:
        header.doc_url = text(field);
        return;
      default:
        field.skip();
    }
  }

  StringId string(uint64_t index) const {
    if (index == 0) return 0;
    if (index < strings_.size()) return strings_[index];
    throw Malformed{fmt::format("it names string {} of {}", static_cast<int64_t>(index), strings_.size())};
  }
  StringId text(pbf_reader& field) const { return string(number(field)); }

  ValueType value_type(protozero::data_view message) const {
    ValueType type;
    for (pbf_reader field(message); field.next();) {
      switch (field.tag()) {
        case schema::value_type::kType:
          type.type = text(field);
          break;
        case schema::value_type::kUnit:
          type.unit = text(field);
          break;
        default:
          field.skip();
      }
    }
    return type;
  }

  void add_mapping(protozero::data_view message) {
    Mapping mapping;
    for (pbf_reader field(message); field.next();) {
      switch (field.tag()) {
        case schema::mapping::kId:
          mapping.id = number(field);
          break;
        case schema::mapping::kMemoryStart:
          mapping.start = number(field);
          break;
        case schema::mapping::kMemoryLimit:
          mapping.limit = number(field);
          break;
        case schema::mapping::kFileOffset:
          mapping.offset = number(field);
          break;
        case schema::mapping::kFilename:
          mapping.file = text(field);
          break;
        case schema::mapping::kBuildId:
          mapping.build_id = text(field);
          break;
        case schema::mapping::kHasFunctions:
          mapping.has_functions = number(field) != 0;
          break;
        case schema::mapping::kHasFilenames:
          mapping.has_filenames = number(field) != 0;
          break;
        case schema::mapping::kHasLineNumbers:
          mapping.has_line_numbers = number(field) != 0;
          break;
        case schema::mapping::kHasInlineFrames:
          mapping.has_inline_frames = number(field) != 0;
          break;
        default:
          field.skip();
      }
    }
    mapping_ids_.add(mapping.id, static_cast<uint32_t>(builder_.profile().mappings().size()));
    builder_.add_mapping(mapping);
  }

  void add_function(protozero::data_view message) {
    Function function;
    for (pbf_reader field(message); field.next();) {
      switch (field.tag()) {
        case schema::function::kId:
          function.id = number(field);
          break;
        case schema::function::kName:
          function.name = text(field);
          break;
        case schema::function::kSystemName:
          function.system_name = text(field);
          break;
        case schema::function::kFilename:
          function.filename = text(field);
          break;
        case schema::function::kStartLine:
          function.start_line = integer(field);
          break;
        default:
          field.skip();
      }
    }
    function_ids_.add(function.id, static_cast<uint32_t>(builder_.profile().functions().size()));
    builder_.add_function(function);
  }

  void add_location(protozero::data_view message) {
    Location location;
    lines_.clear();
    for (pbf_reader field(message); field.next();) {
      switch (field.tag()) {
        case schema::location::kId:
          location.id = number(field);
          break;
        case schema::location::kMappingId:
          if (const uint64_t id = number(field); id != 0) location.mapping = mapping_ids_.find(id);
          break;
        case schema::location::kAddress:
          location.address = number(field);
          break;
        case schema::location::kLine:
          lines_.push_back(line(bytes_of(field)));
          break;
        case schema::location::kIsFolded:
          location.is_folded = number(field) != 0;
          break;
        default:
          field.skip();
      }
    }
    location_ids_.add(location.id, static_cast<uint32_t>(builder_.profile().locations().size()));
    builder_.add_location(location, lines_);
  }

  Line line(protozero::data_view message) const {
    Line line;
    uint64_t function = 0;
    for (pbf_reader field(message); field.next();) {
      switch (field.tag()) {
        case schema::line::kFunctionId:
          function = number(field);
          break;
        case schema::line::kLine:
          line.line = integer(field);
          break;
        case schema::line::kColumn:
          line.column = integer(field);
          break;
        default:
          field.skip();
      }
    }
    line.function = function_ids_.find(function);
    return line;
  }

  void add_sample(protozero::data_view message) {
    stack_.clear();
    values_.clear();
    labels_.clear();
    for (pbf_reader field(message); field.next();) {
      switch (field.tag()) {
        case schema::sample::kLocationId:
          numbers(field, [&](uint64_t id) { stack_.push_back(location_ids_.find(id)); });
          break;
        case schema::sample::kValue:
          numbers(field, [&](uint64_t value) { values_.push_back(static_cast<int64_t>(value)); });
          break;
        case schema::sample::kLabel:
          labels_.push_back(label(bytes_of(field)));
          break;
        default:
          field.skip();
      }
    }
    const size_t types = builder_.profile().sample_types().size();
    if (values_.size() != types) {
      throw Malformed{fmt::format("it has {} values for {} sample types", values_.size(), types)};
    }
    builder_.add_sample(stack_, values_, labels_);
    if (pages_ != nullptr) pages_->release_before(offset_);
  }

  Label label(protozero::data_view message) const {
    Label label;
    for (pbf_reader field(message); field.next();) {
      switch (field.tag()) {
        case schema::label::kKey:
          label.key = text(field);
          break;
        case schema::label::kStr:
          label.str = text(field);
          break;
        case schema::label::kNum:
          label.num = integer(field);
          break;
        case schema::label::kNumUnit:
          label.num_unit = text(field);
          break;
        default:
          field.skip();
      }
    }
    return label;
  }

  std::string_view data_;
  Inflation* const inflation_ = nullptr;
  Pages* pages_ = nullptr;  // of data_, given back as samples are read; null: data_ is the caller's
  const char* field_ = "";
  size_t offset_ = 0;
  uint32_t unknown_field_ = 0;
  size_t counts_[schema::kProfileFieldEnd] = {};
  size_t frame_count_ = 0;
  std::vector<StringId> strings_;  // by index in the file
  IdMap mapping_ids_{"mapping"};
  IdMap function_ids_{"function"};
  IdMap location_ids_{"location"};
  ProfileBuilder builder_;
  // Of the object being read; kept for their capacity.
  std::vector<Line> lines_;
  std::vector<uint32_t> stack_;
  std::vector<int64_t> values_;
  std::vector<Label> labels_;
};

}  // namespace

Result<Profile> decode_proto(std::string_view data, const std::string& name) {
  return Decoder(data).decode(name);
}

Result<Profile> decode_proto(Inflation& inflation, const std::string& name) {
  return Decoder(inflation).decode(name);
}

}  // namespace prof
