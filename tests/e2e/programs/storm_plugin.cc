// A module that storm loads and unloads: its frames are sampled while it goes, and exceptions leave it.
#include <stdexcept>

extern "C" int storm_plugin(int depth) {
  if (depth == 0) throw std::runtime_error("from a module");
  const int below = storm_plugin(depth - 1);
  asm volatile("");
  return below + 1;
}
