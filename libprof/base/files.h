// The seam between this code and the file system: reading whole files, replacing files atomically.
//
// Not for: streaming, directories, sockets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libprof/base/error.h"

namespace prof {

// Reads all of `path`, or of standard input where path is "-". Fails on a directory, and past `max_bytes`, at
// once where the file says so: past this machine's memory, and of a device past 256 MiB, in any case.
Result<std::string> read_file(const std::string& path, uint64_t max_bytes = UINT64_MAX);

// Writes `data` to a temporary file beside `path`, syncs it and renames it over `path`: a reader sees the old
// file or the new one, whole. Keeps an existing file's permissions; where path is a symbolic link, replaces
// what it points to. Things that are not regular files (a pipe), descriptors (/dev/stdout, /dev/fd/3) and
// files that cannot be replaced, as in another user's directory, are written directly. On failure `path` is
// as it was. The temporary file has no name while it is written, where the file system allows that: a process
// that is killed leaves nothing.
Result<void> write_file_atomically(const std::string& path, std::string_view data);

// Whether write_file_atomically could write `path` now: its directory exists and takes a new file. Leaves
// nothing.
Result<void> check_writable(const std::string& path);

// Whether write_file_atomically writes one file by both names, so that the second one's replaces the first
// one's. Of files that are replaced: what goes into devices and pipes comes behind what was there.
bool is_same_file(const std::string& path, const std::string& other);

}  // namespace prof
