// Calls into libc that load modules there, past every hook of dlopen: character sets and name services. The
// modules are looked at after the call, so that what runs in them next has its unwind tables.
//
// Called from: threads. They block where the real ones do, and then for a look at the modules, which is one
// comparison where none came; in a fork's child that look is left to the next call that loads.
#include <iconv.h>
#include <netdb.h>

#include <cerrno>

#include "libprof/agent/modules.h"
#include "libprof/agent/next.h"
#include "libprof/agent/state.h"

namespace prof::agent {
namespace {

// errno stays the real one's. Called from: threads. Blocks where the real one or the loader does.
template <typename Result, typename... Arguments>
Result call_and_look(Result (*&next)(Arguments...), const char* name, Arguments... arguments) {
  if (next == nullptr) next = find_next<Result(Arguments...)>(name);
  const Result result = next(arguments...);
  if (is_recording_anything()) {
    const int saved = errno;
    refresh_modules_after_call();
    errno = saved;
  }
  return result;
}

// Written with the same values by whoever calls first.
iconv_t (*next_iconv_open)(const char*, const char*) = nullptr;
int (*next_getaddrinfo)(const char*, const char*, const addrinfo*, addrinfo**) = nullptr;

}  // namespace
}  // namespace prof::agent

using namespace prof::agent;

extern "C" {

PROF_EXPORT iconv_t iconv_open(const char* to, const char* from) {
  return call_and_look(next_iconv_open, "iconv_open", to, from);
}

PROF_EXPORT int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** found) {
  return call_and_look(next_getaddrinfo, "getaddrinfo", node, service, hints, found);
}

}  // extern "C"
