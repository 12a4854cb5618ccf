// The program of `make demo` and of the README: counts made-up words in two threads that share one table.
// usage: wordfreq [WORDS]: prints the number of distinct words and the most frequent one.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace {

class Words {
 public:
  explicit Words(uint64_t seed) : state_(seed) {}

  __attribute__((noinline)) std::string next() {
    std::string word;
    for (uint64_t bits = random() % 100000; bits != 0; bits /= 10) word += static_cast<char>('a' + bits % 10);
    return word;
  }

 private:
  uint64_t random() {  // xorshift64
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  uint64_t state_;
};

class Table {
 public:
  __attribute__((noinline)) void add(const std::string& word) {
    const std::lock_guard<std::mutex> lock(mutex_);
    counts_[word]++;
  }

  void print() const {
    auto top = counts_.begin();
    for (auto it = counts_.begin(); it != counts_.end(); ++it) {
      if (it->second > top->second) top = it;
    }
    std::printf("%zu words, most frequent: %s\n", counts_.size(), top->first.c_str());
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> counts_;
};

__attribute__((noinline)) void count_words(Table& table, uint64_t seed, long words) {
  Words source(seed);
  for (long i = 0; i < words; i++) table.add(source.next());
}

}  // namespace

int main(int argc, char** argv) {
  const long words = argc > 1 ? std::atol(argv[1]) : 6'000'000;
  if (words < 2) return std::fprintf(stderr, "usage: wordfreq [WORDS]\n"), 2;
  Table table;
  std::thread other(count_words, std::ref(table), 2, words / 2);
  count_words(table, 1, words - words / 2);
  other.join();
  table.print();
}
