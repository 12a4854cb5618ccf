// What large binaries' addresses turned out to be, kept from run to run below $XDG_CACHE_HOME/prof (else
// ~/.cache/prof): one file a build id, itself a profile without samples, which `prof raw` shows.
//
// Files are replaced atomically and made anew where they are damaged, of another version, or of debug
// information that has changed since. The least recently used go once all are larger than kMaxCacheBytes.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "libprof/symbols/frame.h"

namespace prof::symbols {

inline constexpr uint64_t kMaxCacheBytes = uint64_t{256} << 20;

class SymbolCache {
 public:
  using Codes = std::unordered_map<uint64_t, Code>;  // by address in the file

  // `directory` "": nothing is found or kept.
  explicit SymbolCache(std::string directory, uint64_t max_bytes = kMaxCacheBytes);

  bool keeps() const { return !directory_.empty(); }

  // `key` names the build and whatever else answers depend on, in characters that a file name may have;
  // `fingerprint` the debug information. Empty where there is nothing of use.
  Codes load(const std::string& key, const std::string& fingerprint) const;
  // Failures are not told: the next run is slower, no more.
  void store(const std::string& key, const std::string& fingerprint, const Codes& codes) const;

 private:
  std::string file(const std::string& key) const;

  std::string directory_;
  uint64_t max_bytes_;
};

}  // namespace prof::symbols
