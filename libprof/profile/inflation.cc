#include "libprof/profile/inflation.h"

#include <algorithm>
#include <system_error>

namespace prof {
namespace {

constexpr size_t kFirstWait = size_t{64} << 10;
constexpr size_t kReleaseStep = size_t{1} << 20;  // one system call a megabyte

}  // namespace

Inflation::Inflation(Compression format, std::string_view bytes, uint64_t limit, std::string* owned) {
  const auto most = static_cast<size_t>(std::min<uint64_t>(limit, SIZE_MAX / 2)) + 1;
  is_steady_ = pages_.reserve_lazily(most);
  try {
    thread_ = std::jthread([=, this] { run_apart(format, bytes, limit, owned); });
  } catch (const std::system_error&) {  // no thread can be made (ulimit -u): then here, before anything else
    run(format, bytes, limit, owned);
  }
}

Inflation::~Inflation() {
  const std::lock_guard lock(mutex_);
  is_stopped_ = true;
}

void Inflation::run(Compression format, std::string_view bytes, uint64_t limit, std::string* owned) {
  size_t released = 0;
  const auto progress = [&](size_t size, size_t read) {
    if (owned != nullptr && read >= released + kReleaseStep) {
      give_back(owned->data() + released, owned->data() + read);
      released = read;
    }
    const std::lock_guard lock(mutex_);
    if (is_steady_) available_ = size;
    changed_.notify_all();
    return !is_stopped_;
  };
  const auto done = decompress_into(pages_, format, bytes, limit, progress);
  if (owned != nullptr) std::string().swap(*owned);
  const std::lock_guard lock(mutex_);
  if (!done) error_ = done.error();
  available_ = pages_.size();
  is_over_ = true;
  changed_.notify_all();
}

void Inflation::run_apart(Compression format, std::string_view bytes, uint64_t limit, std::string* owned) {
  try {
    run(format, bytes, limit, owned);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    thrown_ = std::current_exception();
    available_ = 0;
    is_over_ = true;
    changed_.notify_all();
  }
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
