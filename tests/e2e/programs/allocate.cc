// Known allocations: 400 MB in blocks of 16 to 4000 bytes; every fourth is kept, the rest freed at once.
// usage: allocate SEED. Prints "allocated-bytes allocated-blocks kept-bytes kept-blocks".
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

void* kept[1 << 18];  // of external linkage: still in use at the end

[[gnu::noinline]] void* keep(size_t size) {
  void* block = std::malloc(size);
  asm volatile("" : "+r"(block));
  return block;
}
[[gnu::noinline]] void drop(size_t size) {
  void* block = std::malloc(size);
  asm volatile("" : "+r"(block));
  std::free(block);
}

int main(int, char** argv) {
  std::mt19937_64 random(std::strtoull(argv[1], nullptr, 10));
  std::uniform_int_distribution<size_t> sizes(16, 4000);
  size_t count = 0;
  unsigned long long bytes = 0, blocks = 0, kept_bytes = 0, kept_blocks = 0;
  for (unsigned i = 0; bytes < 400'000'000; i++, blocks++) {
    const size_t size = sizes(random);
    bytes += size;
    if (i % 4 != 0) {
      drop(size);
      continue;
    }
    kept[count++] = keep(size);
    kept_bytes += size;
    kept_blocks++;
  }
  std::printf("%llu %llu %llu %llu\n", bytes, blocks, kept_bytes, kept_blocks);
}
