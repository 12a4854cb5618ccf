// Errors of all code that runs outside a target: values, never exceptions, never a print or an exit.
//
// An Error answers the three questions of whoever reads it: what was tried, on what and why it failed, what
// to do. Its text is one sentence a terminal shows behind "prof: ".
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace prof {

struct Error {
  std::string what;    // what was tried, on what, and the reason: "cannot read cpu.prof: no such file"
  std::string remedy;  // what to do about it, a sentence of its own; empty where nothing can be advised

  // "what" and, where there is one, "; remedy".
  std::string message() const { return remedy.empty() ? what : what + "; " + remedy; }
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string what, std::string remedy = "") {
  return tl::unexpected<Error>(Error{std::move(what), std::move(remedy)});
}

// What did not stop the work but must be shown with its result: each is one sentence.
using Warnings = std::vector<std::string>;

}  // namespace prof
