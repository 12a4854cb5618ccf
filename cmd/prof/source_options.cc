#include "cmd/prof/source_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace prof::cmd {
namespace {

template <typename T>
Result<void> set_number(T& target, const char* name, std::string_view value, T least) {
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), target);
  if (error == std::errc() && end == value.data() + value.size() && target >= least) return {};
  return fail(fmt::format("{} cannot be '{}'; it is a number from {}", name, value, least));
}

using Text = const std::string&;
constexpr SourceOption kOptions[] = {
    {"add_comment", "TEXT", "add it to the profile's comments",
     [](Sources& s, Text value) -> Result<void> { return s.comment = value, Result<void>(); }},
    {"seconds", "N", "of a URL: profile the service for so long",
     [](Sources& s, Text value) { return set_number(s.fetch.seconds, "seconds", value, 0); }},
    {"timeout", "N", "of a URL: seconds until it is given up (default: 1.5 times --seconds, else 60)",
     [](Sources& s, Text value) { return set_number(s.fetch.timeout, "timeout", value, 0); }},
    {"tls_cert", "FILE", "of an https URL: our certificate, PEM",
     [](Sources& s, Text value) -> Result<void> { return s.fetch.tls_cert = value, Result<void>(); }},
    {"tls_key", "FILE", "of an https URL: the key of our certificate, PEM",
     [](Sources& s, Text value) -> Result<void> { return s.fetch.tls_key = value, Result<void>(); }},
    {"tls_ca", "FILE", "of an https URL: whom to trust, PEM (default: whom the system trusts)",
     [](Sources& s, Text value) -> Result<void> { return s.fetch.tls_ca = value, Result<void>(); }},
    {"max_inflated", "BYTES",
     "largest decompressed size that is read (default: 100 times the file's, at least 64 MiB)",
     [](Sources& s, Text value) {
       return set_number(s.decode.max_inflated, "max_inflated", value, uint64_t{0});
     }},
};

}  // namespace

std::span<const SourceOption> source_options() { return kOptions; }

void add_source_options(CLI::App& app, Sources& sources) {
  for (const SourceOption& option : kOptions) {
    std::string flags = std::string("--") + option.name, dashed = flags;
    std::replace(dashed.begin(), dashed.end(), '_', '-');
    if (dashed != flags) flags += "," + dashed;
    const auto take = [&sources, &option](const std::string& value) {
      if (const auto done = option.set(sources, value); !done)
        throw CLI::ValidationError(done.error().message());
    };
    app.add_option_function<std::string>(flags, take, option.help)->type_name(option.value)->group("Sources");
  }
}

}  // namespace prof::cmd
