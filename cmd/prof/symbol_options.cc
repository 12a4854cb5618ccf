#include "cmd/prof/symbol_options.h"

namespace prof::cmd {

void add_symbol_options(CLI::App& app, symbols::ReadingOptions& options) {
  constexpr const char* kGroup = "Symbols";
  app.add_option_function<std::string>(
         "--symbolize",
         [&options](const std::string& text) {
           const auto mode = symbols::parse_mode(text);
           if (!mode) throw CLI::ValidationError(mode.error().message());
           options.mode = *mode;
         },
         "where symbols that a profile lacks come from, and how C++ names are written: "
         "[none|local|fastlocal|remote][:force][:demangle=none|full|templates|default]")
      ->type_name("MODE")
      ->group(kGroup);
  app.add_option("--buildid", options.build_id, "build id of the program, where the profile has none")
      ->type_name("HEX")
      ->group(kGroup);
  app.add_flag_callback(
         "--no_cache,--no-cache", [&options] { options.settings.cache = ""; },
         "neither read nor write what is known of large binaries' symbols ($XDG_CACHE_HOME/prof)")
      ->group(kGroup);
}

}  // namespace prof::cmd
