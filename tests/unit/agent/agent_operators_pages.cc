// A library that calls operators new and delete from many pages of code: more than a recorder's memory of
// callers tells apart.
#include <utility>

namespace {

template <int kPage>
[[gnu::noinline, gnu::aligned(4096)]] int make_and_release() {
  int* const volatile made = new int(kPage);
  const int value = *made;
  delete made;
  return value;
}

template <int... kPages>
int sum(std::integer_sequence<int, kPages...>) {
  return (make_and_release<kPages>() + ...);
}

}  // namespace

extern "C" [[gnu::visibility("default")]] int go() { return sum(std::make_integer_sequence<int, 512>()); }
