// Rust's own mangling (v0, "_R..."): https://doc.rust-lang.org/rustc/symbol-mangling/v0.html. The older
// scheme looks like C++ and is undone in demangle.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace prof::symbols {

// As rustc-demangle writes it without hashes: "<alloc::vec::Vec<u8> as core::clone::Clone>::clone". Nothing
// where `linker_name` is no such name. Any bytes are fine: depth, steps and length are bounded.
std::optional<std::string> demangle_rust(std::string_view linker_name);

}  // namespace prof::symbols
