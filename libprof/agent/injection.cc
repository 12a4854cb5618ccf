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
  const char* const config = ::secure_getenv(spool::kConfigVariable);
  if (config == nullptr || ::dladdr(reinterpret_cast<void*>(&init_injection), &info) == 0) return;
  own_config.add(spool::kConfigVariable).add("=").add(config);
  if (info.dli_fname != nullptr && info.dli_fname[0] == '/') own_path.add(info.dli_fname);
}

const char* injected_agent() {
  if (is_shut_in()) return nullptr;  // looking at a file may be what its filter kills for
  return own_path.length() != 0 && !own_path.is_cut() && !own_config.is_cut() ? own_path.c_str() : nullptr;
}

Injection::Injection(char* const* environment, bool takes_preload)
    : given_(environment != nullptr ? environment : &kNothing), takes_preload_(takes_preload) {
  constexpr size_t kMaxVariables = 4096;  // 32 KiB of stack: who has more goes as it is
  if (injected_agent() == nullptr) return;
  while (given_[count_] != nullptr) ++count_;
  preload_ = find(given_, kPreload, kPreloadSize - 1);
  // Another recorder's own settings are kept.
  has_config_ = find(given_, spool::kConfigVariable, std::strlen(spool::kConfigVariable)) != nullptr;
  has_agent_ = preload_ != nullptr && std::strstr(*preload_, own_path.c_str()) != nullptr;
  is_needed_ = count_ <= kMaxVariables &&
               (takes_preload_ ? follows_children() && (!has_agent_ || !has_config_) : has_agent_);
}

size_t Injection::array_size() const { return is_needed_ ? (count_ + 3) * sizeof(char*) : sizeof(char*); }

size_t Injection::text_size() const {
  if (!is_needed_) return 1;
  return kPreloadSize + own_path.length() + (preload_ != nullptr ? std::strlen(*preload_) : 0) + 2;
}

char** Injection::add_preload(char** array, char* text) const {
  char* end = append(append(text, kPreload), own_path.c_str());
  if (preload_ != nullptr && (*preload_)[kPreloadSize] != '\0') {
    append(append(end, ":"), *preload_ + kPreloadSize);
  }
  *array = text;
  return array + 1;
}

char** Injection::keep_other_preloads(char** array, char* text) const {
  char* end = append(text, kPreload);
  for (const char* rest = *preload_ + kPreloadSize; *rest != '\0';) {
    const size_t size = std::strcspn(rest, " :"), whole = size + (rest[size] != '\0' ? 1 : 0);
    const bool is_ours = size == own_path.length() && std::memcmp(rest, own_path.c_str(), size) == 0;
    if (!is_ours) {
      std::memcpy(end, rest, whole);
      *(end += whole) = '\0';
    }
    rest += whole;
  }
  if (text[kPreloadSize] == '\0') return array;
  *array = text;
  return array + 1;
}

char* const* Injection::into(char** array, char* text) const {
  if (!is_needed_) return given_;
  const bool changes_preload = takes_preload_ != has_agent_;
  char** end = array;
  for (size_t i = 0; i < count_; ++i) {
    if (!changes_preload || given_ + i != preload_) *end++ = given_[i];
  }
  if (changes_preload) end = takes_preload_ ? add_preload(end, text) : keep_other_preloads(end, text);
  if (takes_preload_ && !has_config_) *end++ = const_cast<char*>(own_config.c_str());
  *end = nullptr;
  return array;
}

}  // namespace prof::agent
