#include "libprof/agent/injection.h"

#include <dlfcn.h>

#include <cstdlib>
#include <cstring>

#include "libprof/agent/agent.h"
#include "libprof/agent/state.h"

namespace prof::agent {
namespace {

// Written by the constructor, before any other thread is there to read them.
Text<4096> own_path;
Text<4096> own_config;  // "PROF_AGENT=..."

constexpr const char kPreload[] = "LD_PRELOAD=";
constexpr size_t kPreloadSize = sizeof kPreload - 1;
char* const kNothing = nullptr;

char* const* find(char* const* environment, const char* name, size_t size) {
  for (; *environment != nullptr; ++environment) {
    if (std::strncmp(*environment, name, size) == 0 && (*environment)[size] == '=') return environment;
  }
  return nullptr;
}

char* append(char* to, const char* text) {
  const size_t size = std::strlen(text);
  std::memcpy(to, text, size + 1);
  return to + size;
}

}  // namespace

void init_injection() {
  Dl_info info = {};
  const char* const config = ::getenv(spool::kConfigVariable);
  if (config == nullptr || ::dladdr(reinterpret_cast<void*>(&init_injection), &info) == 0) return;
  own_config.add(spool::kConfigVariable).add("=").add(config);
  if (info.dli_fname != nullptr && info.dli_fname[0] == '/') own_path.add(info.dli_fname);
}

Injection::Injection(char* const* environment) : given_(environment != nullptr ? environment : &kNothing) {
  constexpr size_t kMaxVariables = 4096;  // 32 KiB of stack: who has more goes as it is
  if (!follows_children() || own_path.length() == 0 || own_config.is_cut()) return;
  while (given_[count_] != nullptr) ++count_;
  preload_ = find(given_, kPreload, kPreloadSize - 1);
  // Another recorder's own settings are kept.
  has_config_ = find(given_, spool::kConfigVariable, std::strlen(spool::kConfigVariable)) != nullptr;
  has_agent_ = preload_ != nullptr && std::strstr(*preload_, own_path.c_str()) != nullptr;
  is_needed_ = (!has_agent_ || !has_config_) && count_ <= kMaxVariables;
}

size_t Injection::array_size() const { return is_needed_ ? (count_ + 3) * sizeof(char*) : sizeof(char*); }

size_t Injection::text_size() const {
  if (!is_needed_) return 1;
  return kPreloadSize + own_path.length() + (preload_ != nullptr ? std::strlen(*preload_) : 0) + 2;
}

char* const* Injection::into(char** array, char* text) const {
  if (!is_needed_) return given_;
  size_t at = 0;
  for (size_t i = 0; i < count_; ++i) {
    if (has_agent_ || given_ + i != preload_) array[at++] = given_[i];
  }
  if (!has_agent_) {
    char* end = append(append(text, kPreload), own_path.c_str());
    if (preload_ != nullptr && (*preload_)[kPreloadSize] != '\0') {
      end = append(append(end, ":"), *preload_ + kPreloadSize);
    }
    array[at++] = text;
  }
  if (!has_config_) array[at++] = const_cast<char*>(own_config.c_str());
  array[at] = nullptr;
  return array;
}

}  // namespace prof::agent
