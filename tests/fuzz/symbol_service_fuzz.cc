// Any bytes as what a service answers when it is asked for names: only locations without any get one, and the
// profile that comes out can be written and read.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "libprof/profile/codec.h"
#include "libprof/symbols/symbol_service.h"

using namespace prof;

namespace {

constexpr uint64_t kStart = 0x400000, kMoved = 0x1000;

// Locations at kStart, kStart + 1, ... of one mapping; the first has a name.
Profile program() {
  ProfileBuilder builder;
  builder.add_sample_type("samples", "count");
  Mapping mapping;
  mapping.start = kStart;
  mapping.limit = kStart + 0x1000;
  mapping.file = builder.intern("/bin/app");
  const uint32_t in = builder.add_mapping(mapping);
  const StringId name = builder.intern("named");
  const Line line{builder.add_function({0, name, name, 0, 0}), 1, 0};
  for (uint64_t i = 0; i < 16; i++) {
    const uint32_t at =
        builder.add_location({0, in, kStart + i, 0, 0, false}, std::span(&line, i == 0 ? 1 : 0));
    const int64_t value = 1;
    builder.add_sample(std::span(&at, 1), std::span(&value, 1));
  }
  return std::move(builder).finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string answer(reinterpret_cast<const char*>(data), size);
  symbols::SymbolService service;
  service.mapping = "/bin/app";
  service.start = kStart + kMoved;
  service.ask = [&](const std::string&) -> Result<std::string> { return answer; };
  Warnings warnings;
  const Profile named = symbols::ask_services(program(), std::span(&service, 1), false, warnings);
  if (!warnings.empty() || named.locations().size() != 16) std::abort();
  const auto first = named.lines(named.locations()[0]);
  if (first.size() != 1 || named.string(named.functions()[first[0].function].name) != "named") std::abort();
  for (const Location& location : named.locations()) {
    if (named.lines(location).size() > 1) std::abort();
  }
  const std::string encoded = encode_profile(named);
  const auto again = decode_profile(encoded, {"input", uint64_t{1} << 28});
  if (!again || encode_profile(*again) != encoded) std::abort();
  return 0;
}
