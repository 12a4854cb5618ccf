// The driver of fuzz targets outside the fuzz preset: runs the target over every file of the directories
// named, then over random changes of them, the same ones every time: as many as fit into FUZZ_SECONDS
// (default 1), at most 20,000.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

void run(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

// One to eight changes: a byte, a bit, a cut, a piece of another input, a number that is often a limit.
std::string change(std::string bytes, const std::string& other, std::mt19937_64& random) {
  static constexpr int64_t kNumbers[] = {0, -1, 1, 0x7f, 0x80, 0xffff, INT32_MAX, INT64_MIN};
  const auto below = [&](size_t n) { return static_cast<size_t>(random() % (n + 1)); };
  for (size_t changes = 1 + below(7); changes > 0 && !bytes.empty(); changes--) {
    const size_t at = below(bytes.size() - 1);
    switch (below(4)) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ 1 << below(7));
        break;
      case 2:
        bytes.erase(at, below(64));
        break;
      case 3: {
        const size_t from = below(other.size());
        bytes.insert(at, other, from, below(64));
        break;
      }
      default:
        const int64_t number = kNumbers[below(std::size(kNumbers) - 1)];
        const size_t size = size_t{1} << below(3);
        bytes.replace(at, size, reinterpret_cast<const char*>(&number), size);
    }
  }
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> paths, inputs;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    std::ifstream file(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    run(inputs.back());
  }
  if (inputs.empty()) return 1;
  const char* const asked = std::getenv("FUZZ_SECONDS");
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::seconds(asked != nullptr ? std::atoi(asked) : 1);
  std::mt19937_64 random(1);
  int changed = 0;
  for (; changed < 20'000 && std::chrono::steady_clock::now() < end; changed++) {
    run(change(inputs[random() % inputs.size()], inputs[random() % inputs.size()], random));
  }
  std::printf("%zu inputs, %d changes of them\n", inputs.size(), changed);
  return 0;
}
