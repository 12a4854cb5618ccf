#include "libprof/perf/data_file.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

#include "libprof/perf/bytes.h"

namespace prof::perf {
namespace {

constexpr std::string_view kMagic = "PERFILE2", kSwapped = "2ELIFREP";
constexpr uint64_t kStreamHeader = 16;  // size of a header without an index: a stream

struct Section {
  uint64_t offset, size;
};

std::string fallback_name(const perf_event_attr& attribute) {
  static constexpr const char* kSoftware[] = {
      "cpu-clock",        "task-clock",   "page-faults",  "context-switches",
      "cpu-migrations",   "minor-faults", "major-faults", "alignment-faults",
      "emulation-faults", "dummy",        "bpf-output",   "cgroup-switches"};
  static constexpr const char* kHardware[] = {
      "cycles",        "instructions", "cache-references",        "cache-misses",           "branches",
      "branch-misses", "bus-cycles",   "stalled-cycles-frontend", "stalled-cycles-backend", "ref-cycles"};
  if (attribute.type == PERF_TYPE_SOFTWARE && attribute.config < std::size(kSoftware))
    return kSoftware[attribute.config];
  if (attribute.type == PERF_TYPE_HARDWARE && attribute.config < std::size(kHardware))
    return kHardware[attribute.config];
  return fmt::format("event-{}:{:#x}", attribute.type, attribute.config);
}

// Unpacks records of one zstd stream; a record may go over the end of a pack.
class Unpacker {
 public:
  Unpacker(std::string& out, uint64_t limit)
      : out_(&out), limit_(limit), stream_(ZSTD_createDStream(), ZSTD_freeDStream) {}

  Result<void> add(std::string_view packed) {
    if (!stream_) return fail("there is no memory to unpack it");
    ZSTD_inBuffer in{packed.data(), packed.size(), 0};
    char part[1 << 16];
    for (;;) {
      ZSTD_outBuffer to{part, sizeof part, 0};
      if (ZSTD_isError(ZSTD_decompressStream(stream_.get(), &to, &in))) {
        return fail("its zstd records are corrupt", "record it again, or copy it again");
      }
      out_->append(part, to.pos);
      if (out_->size() > limit_) {
        return fail(fmt::format("its records unpack to more than {} bytes", limit_),
                    "if it is no bomb, raise the limit with --max_inflated=BYTES");
      }
      if (in.pos == in.size && to.pos < to.size) return {};
    }
  }

 private:
  std::string* out_;
  uint64_t limit_;
  std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream_;
};

class FileReader {
 public:
  FileReader(std::string_view bytes, uint64_t max_unpacked)
      : bytes_(bytes), max_unpacked_(max_unpacked), unpacker_(unpacked_, max_unpacked) {}

  Result<DataFile> read(std::span<const std::string_view> streams) {
    if (bytes_.starts_with(kSwapped)) {
      return fail("it was recorded on a machine of the other byte order", "read it there");
    }
    Bytes header(bytes_);
    header.skip(kMagic.size());
    const uint64_t size = header.u64();
    const auto done =
        size == kStreamHeader ? read_records(bytes_.substr(kStreamHeader)) : read_indexed(header);
    if (!done) return tl::unexpected(done.error());
    for (const std::string_view stream : streams) {
      unpacker_ = Unpacker(unpacked_, max_unpacked_);
      if (const auto read = read_records(stream); !read) return tl::unexpected(read.error());
    }
    // What was unpacked is parsed once it stays where it is.
    file_.unpacked = std::move(unpacked_);
    if (const auto parsed = split(file_.unpacked); !parsed) return tl::unexpected(parsed.error());
    for (const auto& [feature, body] : features_) take_feature(feature, body, file_);
    if (file_.events.empty())
      return fail("it names no event", "was its recording cut short before it began?");
    for (Event& event : file_.events) {
      if (event.name.empty()) event.name = fallback_name(event.attribute);
    }
    return std::move(file_);
  }

 private:
  std::string_view section(Section where) const {
    if (where.offset > bytes_.size()) return {};
    return bytes_.substr(where.offset, where.size);
  }

  Result<void> read_indexed(Bytes header) {
    const uint64_t attribute_size = header.u64();
    const auto attributes = header.take<Section>(), data = header.take<Section>();
    header.take<Section>();  // event types, long gone
    uint64_t features[4];
    for (uint64_t& word : features) word = header.u64();
    if (!header.is_good() || attribute_size < sizeof(Section) + 64)
      return fail("its header is cut short", "record it again");
    Bytes all(section(attributes));
    while (all.rest().size() >= attribute_size) {
      const auto attribute = attribute_of(all.view(attribute_size - sizeof(Section)));
      if (const auto added = add_event(attribute, section(all.take<Section>())); !added) return added;
    }
    // An interrupted recording leaves the size of the data at zero: then it goes to the end.
    if (data.offset > bytes_.size()) return fail("its records are cut off", "copy or record it again");
    const uint64_t size = std::min<uint64_t>(data.size, bytes_.size() - data.offset);
    if (data.size == 0 || size < data.size) {
      file_.warnings.push_back(
          "the recording was not finished, or the file is cut short: what is there is read");
    }
    if (data.size != 0) {
      Bytes index(section({data.offset + size, UINT64_MAX}));
      for (uint64_t feature = 0; feature < 256 && index.is_good(); feature++) {
        if ((features[feature / 64] >> (feature % 64) & 1) == 0) continue;
        const auto where = index.take<Section>();
        if (index.is_good()) features_.emplace_back(feature, section(where));
      }
    }
    return read_records(data.size == 0 ? bytes_.substr(data.offset) : bytes_.substr(data.offset, size));
  }

  Result<void> add_event(const perf_event_attr& attribute, std::string_view ids) {
    if (file_.events.size() == kMaxEvents) {
      return fail(fmt::format("it has more than {} events", kMaxEvents), "record fewer at a time");
    }
    for (Bytes all(ids); all.rest().size() >= 8;) file_.event_of_id[all.u64()] = file_.events.size();
    file_.events.push_back({attribute, ""});
    return {};
  }

  // Records as they are in the file: packed ones go to the unpacker, those about events and features are
  // taken.
  Result<void> read_records(std::string_view data) {
    for (Bytes all(data); all.rest().size() >= sizeof(perf_event_header);) {
      const auto header = all.take<perf_event_header>();
      if (header.size < sizeof header) return fail("one of its records has no size", "the file is damaged");
      const std::string_view body = all.view(header.size - sizeof header);
      if (!all.is_good()) {
        file_.warnings.push_back("the last record is cut short");
        return {};
      }
      if (const auto taken = take(header, body, all); !taken) return taken;
    }
    return {};
  }

  Result<void> take(const perf_event_header& header, std::string_view body, Bytes& all) {
    Bytes fields(body);
    switch (header.type) {
      case kCompressed:
        return unpacker_.add(body);
      case kCompressed2: {
        const uint64_t size = fields.u64();
        return unpacker_.add(fields.view(std::min<uint64_t>(size, fields.rest().size())));
      }
      case kHeaderAttribute: {
        const uint32_t size = body.size() < 8 ? 0 : Bytes(body.substr(4)).u32();
        const auto attribute = attribute_of(fields.view(std::min<size_t>(size, body.size())));
        return add_event(attribute, fields.rest());
      }
      case kHeaderFeature: {
        const uint64_t feature = fields.u64();
        features_.emplace_back(feature, fields.rest());
        return {};
      }
      case kHeaderBuildId:
        take_build_id(header.misc, body, file_);
        return {};
      case kTracingData:
        all.skip((uint64_t{fields.u32()} + 7) & ~uint64_t{7});  // it follows the record
        return {};
      case kAuxTrace:
        all.skip(fields.u64());
        return {};
      default:
        file_.records.push_back({body, header.type, header.misc});
        return {};
    }
  }

  Result<void> split(std::string_view unpacked) {
    for (Bytes all(unpacked); all.rest().size() >= sizeof(perf_event_header);) {
      const auto header = all.take<perf_event_header>();
      if (header.size < sizeof header)
        return fail("one of its packed records has no size", "the file is damaged");
      const std::string_view body = all.view(header.size - sizeof header);
      if (all.is_good()) file_.records.push_back({body, header.type, header.misc});
    }
    return {};
  }

  const std::string_view bytes_;
  DataFile file_;
  const uint64_t max_unpacked_;
  std::string unpacked_;
  Unpacker unpacker_;
  std::vector<std::pair<uint64_t, std::string_view>> features_;
};

}  // namespace

const Event& DataFile::event(uint64_t id) const {
  const auto known = event_of_id.find(id);
  return events[known == event_of_id.end() ? 0 : known->second];
}

bool is_perf_data(std::string_view bytes) { return bytes.starts_with(kMagic) || bytes.starts_with(kSwapped); }

Result<DataFile> read_data_file(std::string_view bytes, uint64_t max_unpacked,
                                std::span<const std::string_view> streams) {
  return FileReader(bytes, max_unpacked).read(streams);
}

}  // namespace prof::perf
