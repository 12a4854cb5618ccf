#include "libprof/record/doctor.h"

#include <fmt/format.h>

#include <algorithm>

#include "cmd/common/output.h"
#include "cmd/prof/commands.h"

namespace prof::cmd {
namespace {

int run() {
  const auto findings = record::examine_machine();
  size_t width = 0;
  for (const auto& finding : findings) width = std::max(width, finding.what.size());
  std::string text;
  for (const auto& finding : findings) {
    text += fmt::format("{:<4}{:<{}}  {}\n", finding.works ? "ok" : "no", finding.what, width, finding.state);
    if (!finding.remedy.empty()) text += fmt::format("{:<4}{:<{}}  -> {}\n", "", "", width, finding.remedy);
  }
  const auto works = [&](const std::string& what) {
    return std::any_of(findings.begin(), findings.end(),
                       [&](const auto& finding) { return finding.what == what && finding.works; });
  };
  const bool records = works("CPU timers") && works("agent") && works("LD_PRELOAD");
  text += fmt::format("\n{:<36}{}\n", "prof record ./app", records ? "yes" : "no");
  text += fmt::format("{:<36}{}\n", "prof record -p PID, static programs",
                      works("attach, static") ? "yes" : "no");
  return finish(print(text));
}

}  // namespace

void register_doctor(Cli& cli) {
  auto* sub = cli.app.add_subcommand("doctor", "what this machine allows, and what would allow more");
  sub->callback([&cli] { cli.run = run; });
}

}  // namespace prof::cmd
