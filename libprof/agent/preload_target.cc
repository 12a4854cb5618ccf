#include "libprof/agent/preload_target.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>

#include "libprof/agent/pages.h"
#include "libprof/agent/raw_file.h"
#include "libprof/agent/text.h"
#include "libprof/spool/loader.h"

namespace prof::agent {
namespace {

constexpr int kMaxSegments = 128;   // no linker makes more
constexpr size_t kFirstLine = 256;  // of a script, all that the kernel reads
constexpr size_t kMaxInterpreter = 256;

// Type and rights; 0 where there is no such file.
mode_t mode_of(int directory, const char* path) {
  struct stat status = {};
  return ::syscall(SYS_newfstatat, directory, path, &status, 0) == 0 ? status.st_mode : 0;
}

// Where no descriptor is left it is not known: true.
bool is_readable(const char* path) {
  const RawFile file(path, O_RDONLY);
  return file.is_open() || (errno != ENOENT && errno != ENOTDIR && errno != EACCES);
}

// What names no library may be Go's, built without cgo, which makes itself another thread pointer than
// libc's.
bool names_library(const RawFile& file, const Elf64_Phdr& dynamic) {
  Elf64_Dyn entry = {};
  for (uint64_t at = 0; at + sizeof entry <= dynamic.p_filesz; at += sizeof entry) {
    if (!file.read(&entry, sizeof entry, dynamic.p_offset + at) || entry.d_tag == DT_NEEDED) return true;
    if (entry.d_tag == DT_NULL) break;
  }
  return false;
}

// Of an ELF file. False only where it names a loader that is not ours to preload into, or that and no
// library.
bool elf_takes_preload(const RawFile& file) {
  Elf64_Ehdr header = {};
  if (!file.read(&header, sizeof header, 0)) return true;
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != spool::kMachine) return false;
  bool has_interpreter = false;
  for (int i = 0; i < header.e_phnum && i < kMaxSegments; ++i) {
    Elf64_Phdr segment = {};
    if (!file.read(&segment, sizeof segment, header.e_phoff + static_cast<uint64_t>(i) * sizeof segment))
      return true;
    if (segment.p_type == PT_DYNAMIC && has_interpreter && !names_library(file, segment)) return false;
    if (segment.p_type != PT_INTERP) continue;
    has_interpreter = true;
    char interpreter[kMaxInterpreter] = {};
    if (segment.p_filesz >= sizeof interpreter) return true;
    if (file.read(interpreter, segment.p_filesz, segment.p_offset) && !spool::is_glibc_loader(interpreter))
      return false;
  }
  return true;
}

// The interpreter that a script's first line names, into that line; null where it names none.
const char* interpreter_in(char* line) {
  char* begin = line + 2;
  while (*begin == ' ' || *begin == '\t') ++begin;
  begin[std::strcspn(begin, " \t\r\n")] = '\0';
  return *begin != '\0' ? begin : nullptr;
}

}  // namespace

bool takes_preload(const char* agent, int directory, const char* path) {
  if (!is_readable(agent)) return false;
  char line[kFirstLine + 1];
  for (int i = 0; i <= spool::kMaxInterpreters && path != nullptr; ++i) {
    if (!S_ISREG(mode_of(directory, path))) return true;  // a device or a pipe may not even be opened
    if (!spool::is_glibc_loader(path)) return false;      // run as a program, it loads the next
    const RawFile file(directory, path, O_RDONLY);
    char first[kFirstLine + 1] = {};
    if (!file.is_open() || ::syscall(SYS_pread64, file.fd(), first, kFirstLine, 0) < 0) return true;
    if (std::memcmp(first, ELFMAG, SELFMAG) == 0) return elf_takes_preload(file);
    std::memcpy(line, first, sizeof line);
    path = line[0] == '#' && line[1] == '!' ? interpreter_in(line) : "/bin/sh";  // as execvp takes it
    directory = AT_FDCWD;
  }
  return true;
}

namespace {

using Path = Text<4096>;

// What execvp runs, in `path`; `name` where it finds nothing.
const char* search_path(const char* name, Path& path) {
  const char* rest = ::getenv("PATH");
  for (rest = rest != nullptr ? rest : "/bin:/usr/bin"; rest != nullptr;) {
    const size_t size = std::strcspn(rest, ":");
    path.clear();
    path.add(rest, size).add(size != 0 ? "/" : "").add(name);  // an empty part is the current directory
    const mode_t mode = path.is_cut() ? 0 : mode_of(AT_FDCWD, path.c_str());
    if (S_ISREG(mode) && (mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0) return path.c_str();
    rest = rest[size] == ':' ? rest + size + 1 : nullptr;
  }
  return name;
}

}  // namespace

bool takes_preload_by_name(const char* agent, const char* name) {
  if (std::strchr(name, '/') != nullptr) return takes_preload(agent, AT_FDCWD, name);
  void* const pages = map_pages(sizeof(Path));  // the stack may be a signal handler's
  if (pages == nullptr) return true;
  const bool takes = takes_preload(agent, AT_FDCWD, search_path(name, *new (pages) Path));
  unmap_pages(pages, sizeof(Path));
  return takes;
}

bool takes_preload_by_fd(const char* agent, int fd) {
  Text<64> path;
  path.add("/proc/self/fd/").add(static_cast<uint64_t>(fd));
  return takes_preload(agent, AT_FDCWD, path.c_str());
}

}  // namespace prof::agent
