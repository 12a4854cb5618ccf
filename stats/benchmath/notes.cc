#include "stats/benchmath/notes.h"

#include <mutex>
#include <set>
#include <utility>

namespace bench {
namespace {

using Texts = std::vector<std::string>;

const Texts* intern(Texts texts) {
  static std::mutex mutex;
  static auto& all = *new std::set<Texts>;  // never given back: threads may end after statics
  const std::lock_guard lock(mutex);
  return &*all.insert(std::move(texts)).first;
}

}  // namespace

const std::vector<std::string>& Notes::texts() const {
  static const Texts none;
  return texts_ != nullptr ? *texts_ : none;
}

void Notes::push_back(std::string_view text) {
  // Neighbours mostly say the same: the list that was made last.
  thread_local const Texts *before = nullptr, *made = nullptr;
  if (made == nullptr || before != texts_ || made->back() != text) {
    Texts more = texts();
    more.emplace_back(text);
    before = texts_;
    made = intern(std::move(more));
  }
  texts_ = made;
}

}  // namespace bench
