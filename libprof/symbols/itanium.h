// Readable names of C++, by the C++ runtime's own demangler.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace prof::symbols {

// A name of a hundred bytes can say one of gigabytes, for it may repeat its parts; none is read on past this.
inline constexpr size_t kLongestReadable = size_t{64} << 10;

// nullopt where `linker_name` is none of the Itanium ABI's ("_Z..."), or says more than that.
std::optional<std::string> demangle_itanium(const std::string& linker_name);

}  // namespace prof::symbols
