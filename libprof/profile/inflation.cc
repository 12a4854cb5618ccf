#include "libprof/profile/inflation.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace prof {
namespace {

constexpr size_t kFirstWait = size_t{64} << 10;

}  // namespace

Inflation::Inflation(CompressedInput input, uint64_t limit) : input_(std::move(input)) {
  const auto most = static_cast<size_t>(std::min<uint64_t>(limit, SIZE_MAX / 2)) + 1;
  is_steady_ = pages_.reserve_lazily(most);
  try {
    thread_ = std::jthread([=, this] { run_apart(limit); });
  } catch (const std::system_error&) {  // no thread can be made (ulimit -u): then here, before anything else
    run(limit);
  }
}

Inflation::~Inflation() {
  const std::lock_guard lock(mutex_);
  is_stopped_ = true;
}

void Inflation::run(uint64_t limit) {
  std::vector<Range> released;
  size_t furnished = 0;  // with pages, beyond what is written
  const auto progress = [&](size_t size) {
    std::unique_lock lock(mutex_);
    if (is_steady_) available_ = size;
    changed_.notify_all();
    released.swap(released_);
    const bool goes_on = !is_stopped_;
    lock.unlock();
    for (const Range& range : released) {
      furnished = pages_.reuse(range.begin, range.end, std::max(furnished, size));
    }
    released.clear();
    return goes_on;
  };
  const auto done = decompress_into(pages_, input_, limit, progress);
  pages_.release(pages_.size(), std::max(furnished, pages_.size()));
  const std::lock_guard lock(mutex_);
  if (!done) error_ = done.error();
  available_ = pages_.size();
  is_over_ = true;
  changed_.notify_all();
  for (const Range& range : released_) pages_.release(range.begin, range.end);
}

void Inflation::run_apart(uint64_t limit) {
  try {
    run(limit);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    thrown_ = std::current_exception();
    available_ = 0;
    is_over_ = true;
    changed_.notify_all();
  }
}

// New pages cost the kernel a third of what inflating costs: those released serve again, while there is use
// for them.
void Inflation::release(size_t begin, size_t end) {
  {
    const std::lock_guard lock(mutex_);
    if (!is_over_) return released_.push_back({begin, end});
  }
  pages_.release(begin, end);
}

std::string_view Inflation::wait_for(size_t end) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return is_over_ || available_ >= std::max(end, kFirstWait); });
  if (thrown_) std::rethrow_exception(thrown_);
  return {pages_.data(), available_};
}

bool Inflation::is_all(std::string_view given) {
  const std::lock_guard lock(mutex_);
  return is_over_ && !error_ && given.size() == available_;
}

Result<std::string_view> Inflation::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return is_over_; });
  if (thrown_) std::rethrow_exception(thrown_);
  if (error_) return tl::unexpected(*error_);
  return pages_.view();
}

}  // namespace prof
