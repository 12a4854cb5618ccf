#include "cmd/benchcmp/output.h"

#include "libprof/base/exit_code.h"

namespace bench::cmd {

int print(const std::string& text, prof::Colors colors) {
  const auto printed = prof::cmd::print(text, colors);
  return printed ? 0 : report(printed.error().message());
}

int print_parts(const std::function<void(const Put& put)>& write) {
  prof::Result<void> printed;
  write([&](std::string_view part) {
    if (printed) printed = prof::cmd::print_part(part);
  });
  return printed ? print("") : report(printed.error().message());
}

void say_problems(const std::vector<std::string>& problems) {
  constexpr size_t kMost = 100;  // lines that somebody may still read, and a terminal keeps
  const size_t said = problems.size() > kMost ? kMost - 1 : problems.size();
  for (size_t i = 0; i < said; i++) say("{}\n", problems[i]);
  if (said < problems.size()) say("benchcmp: and {} more like these\n", problems.size() - said);
}

int report(const std::string& message) {
  say("benchcmp: {}\n", message);
  return static_cast<int>(prof::ExitCode::kFailure);
}

}  // namespace bench::cmd
