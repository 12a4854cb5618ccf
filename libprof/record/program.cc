#include "libprof/record/program.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "libprof/spool/loader.h"

namespace prof::record {
namespace {

constexpr const char* kMachineName = spool::kMachine == EM_X86_64 ? "x86-64" : "aarch64";

constexpr uint64_t kMostDynamic = 1 << 20;

// How the reasons end where the agent cannot be in the program, and perf can sample it from outside.
constexpr std::string_view kNoPreload = ", so the agent cannot be preloaded";

tl::unexpected<Error> cannot(const std::string& path, const std::string& why, const std::string& remedy) {
  return fail("cannot record " + path + ": " + why, remedy);
}

bool is_runnable(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0;
}

Result<std::string> search_path(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  if (name.empty()) return fail("cannot record \"\": no program is named", "prof record ./app arguments");
  const char* value = std::getenv("PATH");
  const std::string path = value != nullptr ? value : "/bin:/usr/bin";
  std::string refused;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find(':', begin), path.size());
    const std::string directory = path.substr(begin, end - begin);
    const std::string candidate = (directory.empty() ? "." : directory) + "/" + name;
    if (is_runnable(candidate)) return candidate;
    if (refused.empty() && ::access(candidate.c_str(), F_OK) == 0) refused = candidate;
    begin = end + 1;
  }
  if (!refused.empty()) return refused;  // what is wrong with it is told with all other reasons
  const bool is_here = is_runnable("./" + name);
  return cannot(name, "no such program on PATH",
                is_here ? "the one in this directory is ./" + name : "check its name, or give its path");
}

std::string bytes_at(const std::string& path, uint64_t offset, size_t most) {
  std::string bytes(most, '\0');
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const ssize_t size = fd >= 0 ? ::pread(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)) : -1;
  if (fd >= 0) ::close(fd);
  bytes.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return bytes;
}

Result<void> check_privileges(const std::string& path, const struct stat& status) {
  const char* remedy = "run it as its owner, or record a copy of it: cp drops the privilege";
  if ((status.st_mode & S_ISUID) != 0 && status.st_uid != ::geteuid()) {
    return cannot(path, "it is set-user-id, so the loader ignores LD_PRELOAD", remedy);
  }
  if ((status.st_mode & S_ISGID) != 0 && (status.st_mode & S_IXGRP) != 0 && status.st_gid != ::getegid()) {
    return cannot(path, "it is set-group-id, so the loader ignores LD_PRELOAD", remedy);
  }
  if (::geteuid() != 0 && ::getxattr(path.c_str(), "security.capability", nullptr, 0) > 0) {
    return cannot(path, "it has file capabilities, so the loader ignores LD_PRELOAD", remedy);
  }
  return {};
}

// A program that names no library may set up its thread pointer anew, and libc's variables, which the agent
// uses, are gone with the old one: Go's, built without cgo as position-independent code.
Result<void> check_dynamic(const std::string& path, const Elf64_Phdr& segment) {
  const std::string bytes = bytes_at(path, segment.p_offset, std::min(segment.p_filesz, kMostDynamic));
  for (size_t at = 0; at + sizeof(Elf64_Dyn) <= bytes.size(); at += sizeof(Elf64_Dyn)) {
    Elf64_Dyn entry = {};
    std::memcpy(&entry, bytes.data() + at, sizeof entry);
    if (entry.d_tag == DT_NEEDED) return {};
    if (entry.d_tag == DT_NULL) break;
  }
  return cannot(path, "it is linked with no library, not even the C library" + std::string(kNoPreload),
                "of a Go program: build it with cgo");
}

Result<void> check_interpreter(const std::string& path, const Elf64_Phdr& segment) {
  const std::string bytes = bytes_at(path, segment.p_offset, std::min<uint64_t>(segment.p_filesz, PATH_MAX));
  const std::string interpreter = bytes.c_str();
  if (interpreter.empty() || spool::is_glibc_loader(interpreter.c_str())) return {};
  const bool is_musl = interpreter.substr(interpreter.rfind('/') + 1).starts_with("ld-musl");
  return cannot(path,
                "it is linked with another C library (" +
                    (is_musl ? std::string("musl") : "its loader is " + interpreter) + ")" +
                    std::string(kNoPreload),
                "link it with glibc");
}

// The kernel's signal frame and a handler's would overrun a segment of its stacks.
Result<void> check_code(const std::string& path, const Elf64_Phdr& segment) {
  constexpr uint64_t kPiece = 1 << 20, kOverlap = 16;
  for (uint64_t at = 0; at < segment.p_filesz; at += kPiece) {
    const uint64_t size = std::min(segment.p_filesz - at, kPiece + kOverlap);
    const std::string bytes = bytes_at(path, segment.p_offset + at, size);
    if (spool::splits_stacks(bytes.data(), bytes.size())) {
      return cannot(
          path,
          "its stacks are split (-fsplit-stack), and have no room for a signal" + std::string(kNoPreload),
          "build it without -fsplit-stack; a Go program: by another compiler than gccgo");
    }
    if (bytes.size() < size) break;
  }
  return {};
}

Result<void> check_segment(const std::string& path, const Elf64_Phdr& segment) {
  switch (segment.p_type) {
    case PT_INTERP:
      return check_interpreter(path, segment);
    case PT_DYNAMIC:
      return check_dynamic(path, segment);
    case PT_LOAD:
      return (segment.p_flags & PF_X) != 0 ? check_code(path, segment) : Result<void>();
    default:
      return {};
  }
}

Result<void> check_elf(const std::string& path, const std::string& bytes) {
  Elf64_Ehdr header = {};
  if (bytes.size() < sizeof header) return cannot(path, "its ELF header is cut off", "build it again");
  std::memcpy(&header, bytes.data(), sizeof header);
  const std::string ours = std::string("prof records 64-bit ") + kMachineName + " programs";
  if (header.e_ident[EI_CLASS] != ELFCLASS64) return cannot(path, "it is not a 64-bit program", ours);
  if (header.e_machine != spool::kMachine) return cannot(path, "it is made for another processor", ours);
  if (header.e_type != ET_EXEC && header.e_type != ET_DYN) {
    return cannot(path, "it is an object file and not a program", "link it first");
  }
  bool has_interpreter = false;
  for (uint64_t i = 0; i < header.e_phnum; i++) {
    Elf64_Phdr segment = {};
    const uint64_t at = header.e_phoff + i * sizeof segment;
    if (at > bytes.size() || bytes.size() - at < sizeof segment) break;
    std::memcpy(&segment, bytes.data() + at, sizeof segment);
    has_interpreter |= segment.p_type == PT_INTERP;
    const auto checked = has_interpreter ? check_segment(path, segment) : Result<void>();
    if (!checked) return checked;
  }
  if (has_interpreter) return {};
  return cannot(path, "it is statically linked" + std::string(kNoPreload),
                "link it dynamically (without -static), or start recording inside it: prof.h and -lprof");
}

Result<void> check(const std::string& path, int interpreters) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) {
    return cannot(path, std::strerror(errno), errno == ENOENT ? "check the path" : "");
  }
  if (S_ISDIR(status.st_mode)) return cannot(path, "it is a directory", "name the program in it");
  if (!is_runnable(path)) return cannot(path, "it is not executable", "chmod +x " + path);
  const std::string bytes = bytes_at(path, 0, 4096);
  if (bytes.compare(0, SELFMAG, ELFMAG) == 0) {
    const auto privileges = check_privileges(path, status);
    return privileges ? check_elf(path, bytes) : privileges;
  }
  if (bytes.compare(0, 2, "#!") == 0) {
    const size_t line_end = std::min(bytes.find('\n'), bytes.size());
    const size_t begin = bytes.find_first_not_of(" \t", 2);
    const size_t end = std::min(bytes.find_first_of(" \t\r\n", std::min(begin, line_end)), line_end);
    const std::string interpreter = begin < end ? bytes.substr(begin, end - begin) : "";
    if (interpreter.empty()) return cannot(path, "its #! line names no interpreter", "mend its first line");
    if (interpreters == 0) return cannot(path, "its #! lines lead too far", "name the interpreter itself");
    const auto checked = check(interpreter, interpreters - 1);
    if (!checked) return cannot(path, "of its interpreter: " + checked.error().what, checked.error().remedy);
    return {};
  }
  const std::string_view line = std::string_view(bytes).substr(0, bytes.find('\n'));
  if (bytes.empty() || line.find('\0') != std::string_view::npos) {
    return cannot(path, "it is no program of this system", "check what it is: file " + path);
  }
  return check("/bin/sh", interpreters - 1);  // execvp gives such a file to the shell
}

}  // namespace

Result<std::string> find_program(const std::string& name) {
  const auto path = search_path(name);
  if (!path) return path;
  const auto checked = check(*path, spool::kMaxInterpreters);
  if (!checked) return tl::unexpected<Error>(checked.error());
  return path;
}

std::string find_file(const std::string& name) { return search_path(name).value_or(name); }

bool is_only_seen_from_outside(const Error& refusal) { return refusal.what.ends_with(kNoPreload); }

std::string why_not_recorded(const std::string& name) {
  const auto program = find_program(name);
  if (program) return "";
  const std::string& what = program.error().what;
  const size_t reason = what.find(": ");
  return reason == std::string::npos ? what : what.substr(reason + 2);
}

}  // namespace prof::record
