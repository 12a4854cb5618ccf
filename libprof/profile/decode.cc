// Decoding goes over the bytes four times, because an object may come after those that name it: strings, then
// what names strings, then locations, then samples. The first pass, which is made while the file is being
// inflated, notes where samples follow each other: the next two pass over them at once. What names nothing
// that is not known yet, which samples do not where writers count from 1, is read during the first pass
// already (decode_samples.h).
//
// protozero reports malformed bytes by exceptions, so this file does too; none leaves it.
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <protozero/exception.hpp>
#include <thread>

#include "libprof/profile/codec.h"
#include "libprof/profile/compress.h"
#include "libprof/profile/decode.h"
#include "libprof/profile/decode_objects.h"
#include "libprof/profile/decode_samples.h"
#include "libprof/profile/schema.h"

namespace prof {
namespace {

using protozero::pbf_reader;

constexpr size_t kReadStep = size_t{1} << 20;
constexpr const char* kDamaged = "the file is damaged, or its writer has a bug: try `protoc --decode_raw`";

class Decoder {
 public:
  Decoder(std::string_view data, size_t threads) : data_(data), threads_(threads) {}
  Decoder(Inflation& inflation, size_t threads) : inflation_(&inflation), threads_(threads) {}

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
        survey(data_, 0);
      } else if (const auto read = first_pass_of_inflation(); !read) {
        return unreadable(name, read.error());
      }
      objects_.expect(counts_[schema::kMapping], counts_[schema::kFunction], counts_[schema::kLocation]);
      for_each_object([&](pbf_reader& field) { second_pass(field); });
      for_each_object([&](pbf_reader& field) {
        if (field.tag() == schema::kLocation) return objects_.add_location(bytes_of(field));
        skip(field);
      });
      if (objects_.builder().profile().sample_types().empty()) {
        return fail(fmt::format("cannot read {}: it names no sample type", name), "is it a pprof profile?");
      }
      add_samples();
    } catch (const Malformed& malformed) {
      return cannot(malformed.what);
    } catch (const protozero::end_of_buffer_exception&) {
      return cannot("it is cut short");
    } catch (const protozero::exception&) {
      return cannot("it is not valid protobuf");
    }
    if (unknown_field_ != 0) {
      objects_.builder().header().warnings.push_back(
          fmt::format("{} has fields that are not in profile.proto (number {}); they were ignored", name,
                      unknown_field_));
    }
    return std::move(objects_.builder()).finish();
  }

 private:
  static tl::unexpected<Error> unreadable(const std::string& name, const Error& why) {
    return fail(fmt::format("cannot read {}: {}", name, why.what), why.remedy);
  }

  // Of the fields from byte `begin` of `data` on: visit(field), after which it is read.
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

  // Of all fields but samples.
  template <typename Visit>
  void for_each_object(Visit&& visit) {
    size_t begin = 0;
    for (const SampleDecoder::Run& run : samples_.runs()) {
      for_each_field(data_.substr(0, run.begin), begin, visit);
      begin = run.end;
    }
    for_each_field(data_, begin, visit);
  }

  // The first pass, of whole fields.
  void survey(std::string_view data, size_t begin) {
    for_each_field(data, begin, [&](pbf_reader& field) {
      const uint32_t tag = field.tag();
      if (tag >= schema::kProfileFieldEnd) {
        unknown_field_ = tag;
        return skip(field);
      }
      counts_[tag]++;
      if (tag == schema::kStringTable) {
        const auto text = bytes_of(field);
        objects_.add_string({text.data(), text.size()});
      } else if (tag == schema::kSample) {
        const auto message = bytes_of(field);
        samples_.survey(message, offset_, data.size() - field.length());
      } else {
        skip(field);
      }
    });
  }

  void add_samples() {
    field_ = schema::kProfileFields[schema::kSample];
    try {
      samples_.decode_rest(data_, objects_, threads_, release_);
    } catch (const MalformedSample& malformed) {
      offset_ = malformed.offset;
      std::rethrow_exception(malformed.why);
    }
  }

  // The end of the last field that is whole in `data`, from the beginning of one on.
  static size_t last_whole(std::string_view data, size_t begin) {
    size_t end = begin;
    try {
      for (pbf_reader profile(data.data() + begin, data.size() - begin); profile.next();) {
        skip(profile);
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
      survey(there.substr(0, end), read);
      read = end;
      if (is_all) {
        data_ = there;
        return {};
      }
      samples_.decode_ahead(there, counts_[schema::kSampleType], release_);
    }
  }

  void second_pass(pbf_reader& field) {
    Profile& header = objects_.builder().header();
    switch (field.tag()) {
      case schema::kSampleType: {
        const ValueType type = objects_.value_type(bytes_of(field));
        return objects_.builder().add_sample_type(header.string(type.type), header.string(type.unit));
      }
      case schema::kMapping:
        return objects_.add_mapping(bytes_of(field));
      case schema::kFunction:
        return objects_.add_function(bytes_of(field));
      case schema::kDropFrames:
        header.drop_frames = objects_.text(field);
        return;
      case schema::kKeepFrames:
        header.keep_frames = objects_.text(field);
        return;
      case schema::kTimeNanos:
        header.time_ns = integer(field);
        return;
      case schema::kDurationNanos:
        header.duration_ns = integer(field);
        return;
      case schema::kPeriodType:
        header.period_type = objects_.value_type(bytes_of(field));
        return;
      case schema::kPeriod:
        header.period = integer(field);
        return;
      case schema::kComment:
        return numbers(field, [&](uint64_t index) { header.comments.push_back(objects_.string(index)); });
      case schema::kDefaultSampleType:
        header.default_sample_type = objects_.text(field);
        return;
      case schema::kDocUrl:
        header.doc_url = objects_.text(field);
        return;
      default:
        skip(field);
    }
  }

  std::string_view data_;
  Inflation* const inflation_ = nullptr;
  const size_t threads_;
  // Of bytes that are inflated here; others are the caller's.
  const SampleDecoder::Release release_ = [this](size_t begin, size_t end) {
    if (inflation_ != nullptr) inflation_->release(begin, end);
  };
  const char* field_ = "";
  size_t offset_ = 0;
  uint32_t unknown_field_ = 0;
  size_t counts_[schema::kProfileFieldEnd] = {};
  ObjectDecoder objects_;
  SampleDecoder samples_{objects_.builder().samples()};
};

}  // namespace

Result<Profile> decode_proto(std::string_view data, const std::string& name, size_t threads) {
  return Decoder(data, threads).decode(name);
}

Result<Profile> decode_proto(Inflation& inflation, const std::string& name) {
  return Decoder(inflation, std::max(1u, std::thread::hardware_concurrency())).decode(name);
}

}  // namespace prof
