// Names from the live service that a profile came from, as pprof's "remote" symbolization asks for them: a
// POST of addresses ("0x401000+0x402000") is answered by lines of address and name. The protocol of
// gperftools' /pprof/symbol and Go's /debug/pprof/symbol.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "libprof/base/error.h"
#include "libprof/profile/profile.h"

namespace prof::symbols {

struct SymbolService {
  std::string mapping;  // the build id of the mapping that it knows, else its file's name
  uint64_t start = 0;   // where it has that mapping: a merge may have moved the profile's
  std::function<Result<std::string>(const std::string& addresses)> ask;
};

// Mappings that are no files: pprof asks for no symbols of theirs, wherever.
bool is_no_file(std::string_view mapping);

// `profile` with the names of its addresses that have none, of mappings without functions (`force`: of all):
// for each mapping, the first of `services` that knows it is asked. A service that fails is a warning.
Profile ask_services(Profile profile, std::span<const SymbolService> services, bool force,
                     Warnings& warnings);

}  // namespace prof::symbols
