// Exceptions through frames with destructors, from functions, threads of nested tries and callbacks.
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Guard {
  explicit Guard(int& count) : count(count) { ++count; }
  ~Guard() { --count; }
  int& count;
};

[[gnu::noinline]] int fall(int depth, int& alive) {
  const Guard guard(alive);
  const std::string text(static_cast<size_t>(depth) + 10, 'x');
  if (depth == 0) throw std::runtime_error("bottom " + text);
  return fall(depth - 1, alive) + static_cast<int>(text.size());
}

[[gnu::noinline]] int rethrow(int depth, int& alive) {
  try {
    return fall(depth, alive);
  } catch (const std::logic_error&) {
    return 1;
  } catch (const std::exception& error) {
    throw std::out_of_range(error.what());
  }
}

}  // namespace

int main() {
  int alive = 0;
  int caught = 0;
  std::map<std::string, std::vector<int>> seen;
  for (int round = 0; round < 12; ++round) {
    const std::function<int()> call = [&] { return rethrow(round, alive); };
    try {
      caught += call();
    } catch (const std::out_of_range& error) {
      seen[error.what()].push_back(round);
      ++caught;
    }
    try {
      const auto owner = std::make_unique<std::string>("value " + std::to_string(round));
      caught += std::stoi(*owner);
    } catch (...) {
      ++caught;
    }
  }
  std::printf("%d %d %zu\n", alive, caught, seen.size());
  return alive;
}
