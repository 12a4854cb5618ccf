// From a file to the decoder: what kind of file it is, and who owns the bytes meanwhile.
#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "libprof/base/files.h"
#include "libprof/base/utf8.h"
#include "libprof/profile/codec.h"
#include "libprof/profile/compress.h"
#include "libprof/profile/compressed_file.h"
#include "libprof/profile/decode.h"
#include "libprof/profile/folded.h"
#include "libprof/profile/legacy/legacy.h"
#include "libprof/profile/lookalike.h"

namespace prof {
namespace {

constexpr size_t kCut = 3;  // the most that a sequence of UTF-8 goes on

// Text in UTF-8. With kCut more bytes than kHead no sequence is cut.
bool is_text(std::string_view bytes) {
  for (size_t i = 0; i < std::min(bytes.size(), kHead);) {
    const auto c = static_cast<unsigned char>(bytes[i]);
    const bool is_control = c < ' ' ? c != '\n' && c != '\r' && c != '\t' : c == '\x7f';
    const size_t length = utf8_length(bytes, i);
    if (is_control || length == 0) return false;
    i += length;
  }
  return true;
}

// Of the first bytes: false for all that is something else. A CPU profile of before begins with a zero.
bool may_be_proto(std::string_view head) {
  return !head.empty() && head[0] != '\0' && !is_text(head) && lookalike(head) == nullptr;
}

Result<Profile> unreadable(const std::string& name, const Error& why) {
  return fail(fmt::format("cannot read {}: {}", name, why.what), why.remedy);
}

Result<void> check_kind(std::string_view bytes, const std::string& name) {
  if (bytes.empty()) {
    return fail(fmt::format("cannot read {}: it is empty", name),
                "was the program that wrote it stopped early?");
  }
  if (const Lookalike* const known = lookalike(bytes)) {
    return fail(fmt::format("cannot read {}: {}", name, known->what), known->remedy);
  }
  if (is_text(bytes)) {
    const std::string_view line = bytes.substr(0, std::min<size_t>(bytes.find_first_of("\r\n"), 60));
    return fail(fmt::format("cannot read {}: it is text, not a pprof profile: `{}`", name, line),
                "what can be read: files of `prof record` and other pprof writers, perf.data, the text of "
                "`perf script`, folded stacks (`main;parse 12`)");
  }
  return {};
}

// The formats before profile.proto are asked first: no profile.proto starts like one of theirs, and their
// errors name a line. A text of one of those may begin with any word, a file of bytes is what its first ones
// say.
Result<Profile> decode_plain(std::string_view bytes, const DecodeOptions& options) {
  const std::string& name = options.name;
  if (auto old = legacy::read(bytes)) {
    if (*old) return std::move(*old);
    return unreadable(name, old->error());
  }
  for (const auto& reader : {read_perf_script, read_folded}) {
    if (!is_text(bytes) && lookalike(bytes) != nullptr) break;
    auto read = reader(bytes);
    if (!read) continue;
    if (*read) return std::move(*read);
    return unreadable(name, read->error());
  }
  if (const auto kind = check_kind(bytes, name); !kind) return tl::unexpected(kind.error());
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  return decode_proto(bytes, name, options.is_one_of_many ? 1 : cores);
}

Result<Profile> decode_compressed(CompressedInput input, const DecodeOptions& options) {
  const uint64_t limit = options.max_inflated != 0 ? options.max_inflated
                                                   : std::max<uint64_t>(kMinLimit, kMaxRatio * input.size);
  if (options.is_one_of_many) {
    // New pages cost as much as a third of inflating: those of the last file serve again.
    thread_local Pages pages;
    pages.set_size(0);
    const auto done = decompress_into(pages, input, limit, [](size_t) { return true; });
    return done ? decode_plain(pages.view(), options) : unreadable(options.name, done.error());
  }
  Inflation inflation(std::move(input), limit);
  // A profile.proto is read while it is decompressed. All else is small.
  if (may_be_proto(inflation.wait_for(kHead + kCut))) return decode_proto(inflation, options.name);
  const auto inflated = inflation.wait();
  return inflated ? decode_plain(*inflated, options) : unreadable(options.name, inflated.error());
}

}  // namespace

Result<Profile> decode_profile(std::string_view bytes, const DecodeOptions& options) {
  return detect_compression(bytes) == Compression::kNone ? decode_plain(bytes, options)
                                                         : decode_compressed(pieces_of(bytes), options);
}

Result<Profile> decode_profile(std::string&& bytes, const DecodeOptions& options) {
  // The memory of one of many serves the next one.
  if (options.is_one_of_many || detect_compression(bytes) == Compression::kNone) {
    return decode_profile(std::string_view(bytes), options);
  }
  return decode_compressed(pieces_of(bytes, &bytes), options);
}

bool is_large_compressed_file(const std::string& path) { return open_large_compressed(path).has_value(); }

Result<Profile> read_profile(const std::string& path, DecodeOptions options) {
  options.name = path == "-" ? "standard input" : path;
  if (path != "-") {
    if (auto input = open_large_compressed(path)) return decode_compressed(std::move(*input), options);
  }
  auto file = read_file(path);
  return file ? decode_profile(std::move(*file), options) : tl::unexpected(file.error());
}

}  // namespace prof
