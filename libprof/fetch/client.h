// The half of `get` (fetch.h) that speaks HTTP, with httplib and OpenSSL. It is a module of its own,
// prof-fetch.so, and is loaded with the first request: loading OpenSSL takes as long as all else that a
// command does before it works.
#pragma once

#include <optional>
#include <string>

#include "libprof/fetch/fetch.h"

// Both sides are of one build, so that C++ types can cross. Sets `answer` to what `get` returns,
// and `status`.
extern "C" [[gnu::visibility("default")]] void prof_fetch_send(const prof::fetch::Url& url,
                                                               const prof::fetch::Options& options,
                                                               const std::optional<std::string>& body,
                                                               prof::Result<std::string>& answer,
                                                               int& status);
