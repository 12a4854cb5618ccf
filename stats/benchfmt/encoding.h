// Byte order marks and UTF-16, which shells write where nobody asked for them (`bench > old.txt` in
// PowerShell), and a terminal's colours, which programs write that were told to.
#pragma once

#include <string>
#include <string_view>

#include "libprof/base/error.h"

namespace bench {

struct Utf8 {
  bool converted = false;
  std::string text;  // where converted
  size_t skip = 0;   // else: the bytes of the mark in front of the data
};

// Fails where the data looks like UTF-16 without a mark, or is UTF-32 or compressed.
prof::Result<Utf8> to_utf8(std::string_view data);

}  // namespace bench
