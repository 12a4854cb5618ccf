// From a file to the decoder: what kind of file it is, and who owns the bytes meanwhile.
#include <fmt/format.h>

#include <algorithm>

#include "libprof/base/files.h"
#include "libprof/profile/codec.h"
#include "libprof/profile/compress.h"
#include "libprof/profile/decode.h"
#include "libprof/profile/folded.h"
#include "libprof/profile/legacy/legacy.h"

namespace prof {
namespace {

// Files that people give us by mistake, by their first bytes.
struct Lookalike {
  std::string_view magic;
  const char* what;
  const char* remedy;
};

using namespace std::string_view_literals;

constexpr Lookalike kLookalikes[] = {
    {"PERFILE2"sv, "it is a perf.data file inside another, or in a place where only pprof files can be read",
     "name the file itself"},
    {"\x7f"
     "ELF"sv,
     "it is a program or library, not a profile", "record it first: `prof record PROGRAM`"},
    {"PK\x03\x04"sv, "it is a zip archive, not a pprof profile", "unpack it first"},
    {"BZh"sv, "it is compressed with bzip2", "unpack it first: `bunzip2 -k FILE`"},
    {"\xfd"
     "7zXZ"sv,
     "it is compressed with xz", "unpack it first: `unxz -k FILE`"},
};

Result<void> check_kind(std::string_view bytes, const std::string& name) {
  if (bytes.empty()) {
    return fail(fmt::format("cannot read {}: it is empty", name),
                "was the program that wrote it stopped early?");
  }
  for (const Lookalike& known : kLookalikes) {
    if (bytes.starts_with(known.magic))
      return fail(fmt::format("cannot read {}: {}", name, known.what), known.remedy);
  }
  const std::string_view head = bytes.substr(0, 256);
  const bool is_text = std::all_of(head.begin(), head.end(), [](char c) {
    return (c >= ' ' && c < '\x7f') || c == '\n' || c == '\r' || c == '\t';
  });
  if (is_text) {
    const std::string_view line = head.substr(0, std::min<size_t>(head.find_first_of("\r\n"), 60));
    return fail(fmt::format("cannot read {}: it is text, not a pprof profile: `{}`", name, line),
                "name a file that `prof record` or another pprof writer made");
  }
  return {};
}

// The formats before profile.proto are asked first: no profile.proto starts like one of theirs, and their
// errors name a line.
Result<Profile> decode_plain(std::string_view bytes, Pages* pages, const std::string& name) {
  if (auto old = legacy::read(bytes)) {
    if (*old) return std::move(*old);
    return fail(fmt::format("cannot read {}: {}", name, old->error().what), old->error().remedy);
  }
  for (const auto& reader : {read_perf_script, read_folded}) {
    auto read = reader(bytes);
    if (!read) continue;
    if (*read) return std::move(*read);
    return fail(fmt::format("cannot read {}: {}", name, read->error().what), read->error().remedy);
  }
  if (const auto kind = check_kind(bytes, name); !kind) return tl::unexpected(kind.error());
  return decode_proto(bytes, pages, name);
}

// `owned`: where it is not null, the string that `bytes` is in, freed as soon as it is not needed.
Result<Profile> decode(std::string_view bytes, std::string* owned, const DecodeOptions& options) {
  const Compression format = detect_compression(bytes);
  if (format == Compression::kNone) return decode_plain(bytes, nullptr, options.name);
  const uint64_t limit = options.max_inflated != 0
                             ? options.max_inflated
                             : std::max<uint64_t>(kMinLimit, kMaxRatio * uint64_t{bytes.size()});
  Result<Pages> pages = decompress(format, bytes, limit);
  if (!pages) {
    return fail(fmt::format("cannot read {}: {}", options.name, pages.error().what), pages.error().remedy);
  }
  if (owned != nullptr) std::string().swap(*owned);
  return decode_plain(pages->view(), &*pages, options.name);
}

}  // namespace

Result<Profile> decode_profile(std::string_view bytes, const DecodeOptions& options) {
  return decode(bytes, nullptr, options);
}

Result<Profile> decode_profile(std::string&& bytes, const DecodeOptions& options) {
  return decode(bytes, &bytes, options);
}

Result<Profile> read_profile(const std::string& path, DecodeOptions options) {
  Result<std::string> file = read_file(path);
  if (!file) return tl::unexpected(file.error());
  options.name = path == "-" ? "standard input" : path;
  return decode(*file, &*file, options);
}

}  // namespace prof
