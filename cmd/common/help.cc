#include "cmd/common/help.h"

namespace prof::cmd {
namespace {

class Formatter : public CLI::Formatter {
 public:
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    return is_positional ? CLI::Formatter::make_option_name(option, true) : typed_names(*option);
  }
};

}  // namespace

std::string typed_names(const CLI::Option& option) {
  std::string names = option.get_name(false, true);
  for (size_t at; (at = names.find('{')) != std::string::npos;) {
    names.erase(at, names.find('}', at) - at + 1);
  }
  return names;
}

std::shared_ptr<CLI::FormatterBase> help_formatter() { return std::make_shared<Formatter>(); }

}  // namespace prof::cmd
