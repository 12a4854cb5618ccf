#include "libprof/record/wall_accounts.h"

#include <algorithm>

namespace prof::record {

ThreadAccount& WallAccounts::begin(uint32_t tid, int64_t time_ns) {
  ThreadAccount& account = accounts_[tid];
  if (account.is_told) {
    if (!account.has_ended) return account;  // its name is told again
    account = {};
  }
  account.begin_ns = time_ns;
  account.is_told = true;
  return account;
}

ThreadAccount& WallAccounts::find(uint32_t tid, int64_t begin_ns) {
  const auto [account, is_new] = accounts_.try_emplace(tid);
  if (is_new) account->second.begin_ns = begin_ns;
  return account->second;
}

ThreadAccount* WallAccounts::known(uint32_t tid) {
  const auto account = accounts_.find(tid);
  return account != accounts_.end() ? &account->second : nullptr;
}

double WallAccounts::settle(ThreadAccount& account, int64_t time_ns) {
  if (account.has_ended || account.begin_ns == 0) return 0;
  account.has_ended = true;
  const double unseen = static_cast<double>(time_ns - account.begin_ns) - account.seen_ns - overseen_ns_;
  overseen_ns_ = std::max(0.0, -unseen);
  return std::max(0.0, unseen);
}

}  // namespace prof::record
