// Amounts as people type them on a command line.
#pragma once

#include <cstdint>
#include <string>

#include "libprof/base/error.h"

namespace prof::cmd {

// "64k", "512KiB", "1M", "4096": bytes; k, M and G are powers of 1024.
Result<uint64_t> parse_bytes(const std::string& text);

// "500ns", "10us", "2ms", "1s": nanoseconds.
Result<uint64_t> parse_duration(const std::string& text);

}  // namespace prof::cmd
