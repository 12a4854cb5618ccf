// Symbols for profiles that came without: gperftools' files, pprof files of other tools, code that was
// stripped when it was recorded. What pprof's -symbolize does, with the sources of symbols of symbolizer.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libprof/base/error.h"
#include "libprof/profile/profile.h"
#include "libprof/symbols/binary_path.h"
#include "libprof/symbols/simplify.h"
#include "libprof/symbols/symbol_service.h"
#include "libprof/symbols/symbolizer.h"

namespace prof::symbols {

struct Mode {
  bool local = true;       // by the binaries found here
  bool remote = true;      // by the services that it was fetched from, what is still missing
  bool debug_info = true;  // false ("fastlocal"): symbol tables only
  bool none = false;       // nothing at all is done
  bool force = false;      // also what has symbols already; names are made anew from the linker's
  NameStyle style = NameStyle::kDefault;
};

// pprof's syntax: [none|local|fastlocal|remote][:force][:demangle=none|full|templates|default]. As there,
// a demangle style other than the default forces. "remote" leaves the profile's binaries here alone; "local"
// asks no service.
Result<Mode> parse_mode(std::string_view text);

struct ReadingOptions {
  Mode mode;
  std::string program;   // of the first mapping, where the profile's own name for it does not hold; or ""
  std::string build_id;  // of the first mapping, where the profile has none; or ""
  std::string search = binary_path();  // PPROF_BINARY_PATH
  Settings settings;
  std::vector<SymbolService> services = {};  // where the profile was fetched from
};

// `profile` with the functions and lines of its addresses; as it was where nothing is missing. The warnings
// of the result say what could not be found and where to put it. Mappings whose name begins with "[" or
// "linux-vdso", and /dev/dri, //anon and /memfd: are no files, and are left alone, as pprof does; of these
// "[vdso]" and "[kernel.kallsyms]" are known all the same where their build id is that of the kernel here.
Profile add_symbols(Profile profile, const ReadingOptions& options);

}  // namespace prof::symbols
