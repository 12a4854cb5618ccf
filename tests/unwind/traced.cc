#include "tests/unwind/traced.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "libprof/agent/elf_image.h"
#include "libprof/agent/pages.h"
#include "tests/support/files.h"

namespace prof::test {
namespace {

constexpr uint64_t kBelowStackPointer = 256;
constexpr uint64_t kMaxSnapshot = 64 << 10;

// An object loaded here as the loader would, with its table: made once for each file, kept for ever.
struct Image {
  const uint8_t* bytes = nullptr;
  uint64_t size = 0;
  uint64_t constant_size = 0;  // code and unwind tables: all before the first writable segment
  uint64_t frame_header = 0;   // from the start of `bytes`; 0 where absent
  const agent::UnwindTable* table = nullptr;
};

Image load_image(const std::string& file) {
  Image image;
  ElfW(Ehdr) header;
  if (file.size() < sizeof header || std::memcmp(file.data(), ELFMAG, SELFMAG) != 0) return image;
  std::memcpy(&header, file.data(), sizeof header);
  std::vector<ElfW(Phdr)> segments(header.e_phnum);
  std::memcpy(segments.data(), file.data() + header.e_phoff, segments.size() * sizeof(ElfW(Phdr)));
  uint64_t low = UINT64_MAX;
  uint64_t high = 0;
  for (const auto& segment : segments) {
    if (segment.p_type != PT_LOAD) continue;
    low = std::min(low, segment.p_vaddr & ~uint64_t{agent::kPageSize - 1});
    high = std::max(high, agent::page_up(segment.p_vaddr + segment.p_memsz));
  }
  if (low >= high) return image;
  auto* const bytes = static_cast<uint8_t*>(agent::map_pages(high - low));
  if (bytes == nullptr) throw std::runtime_error("no memory for an image");
  for (const auto& segment : segments) {
    if (segment.p_type != PT_LOAD) continue;
    std::memcpy(bytes + segment.p_vaddr - low, file.data() + segment.p_offset, segment.p_filesz);
  }
  image.bytes = bytes;
  image.size = high - low;
  image.constant_size = image.size;
  dl_phdr_info info = {};
  info.dlpi_addr = reinterpret_cast<uint64_t>(bytes) - low;
  info.dlpi_name = "";
  info.dlpi_phdr = segments.data();
  info.dlpi_phnum = static_cast<ElfW(Half)>(segments.size());
  for (const auto& segment : segments) {
    if (segment.p_type == PT_GNU_EH_FRAME) image.frame_header = segment.p_vaddr - low;
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_W) != 0)
      image.constant_size = std::min(image.constant_size, segment.p_vaddr - low);
  }
  spool::Module module;
  if (!agent::describe_image(info, module)) return image;
  image.table = agent::compile_image(info, module, info.dlpi_name);
  return image;
}

const Image& image_of(const std::string& path, const std::string& bytes) {
  static std::map<std::string, Image> images;
  const auto [found, is_new] = images.try_emplace(path);
  if (is_new) found->second = load_image(bytes.empty() ? read(path) : bytes);
  return found->second;
}

size_t read_memory(pid_t pid, uint64_t address, void* to, size_t size) {
  const iovec local = {to, size};
  const iovec remote = {reinterpret_cast<void*>(address), size};
  const ssize_t count = ::process_vm_readv(pid, &local, 1, &remote, 1, 0);
  return count < 0 ? 0 : static_cast<size_t>(count);
}

bool is_syscall(uint64_t word) { return (word & 0xffff) == 0x050f; }

bool changes_mappings(uint64_t number) {
  return number == SYS_mmap || number == SYS_munmap || number == SYS_mremap;
}

}  // namespace

Traced::Traced(const std::vector<std::string>& argv) {
  std::vector<char*> arguments;
  for (const auto& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ == 0) {
    const int null = ::open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; ++fd) ::dup2(null, fd);
    ::personality(ADDR_NO_RANDOMIZE);
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_ || !WIFSTOPPED(status)) {
    pid_ = -1;
    throw std::runtime_error("cannot trace " + argv[0]);
  }
  ::ptrace(PTRACE_SETOPTIONS, pid_, nullptr, PTRACE_O_EXITKILL);
  ::ptrace(PTRACE_GETREGS, pid_, nullptr, &registers_);
  stack_top_ = registers_.rsp + 64;
  read_registers();
}

Traced::~Traced() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Traced::run_to_entry() {
  const std::string auxiliary = read("/proc/" + std::to_string(pid_) + "/auxv");
  uint64_t entry = 0;
  for (size_t at = 0; at + 16 <= auxiliary.size(); at += 16) {
    uint64_t pair[2];
    std::memcpy(pair, auxiliary.data() + at, sizeof pair);
    if (pair[0] == AT_ENTRY) entry = pair[1];
  }
  constexpr uint64_t kBreakpoint = 0xcc;
  uint64_t code = 0;
  if (entry == 0 || read_memory(pid_, entry, &code, 8) != 8) throw std::runtime_error("no entry point");
  int status = 0;
  ::ptrace(PTRACE_POKETEXT, pid_, entry, (code & ~uint64_t{0xff}) | kBreakpoint);
  ::ptrace(PTRACE_CONT, pid_, nullptr, 0);
  if (::waitpid(pid_, &status, 0) != pid_ || !WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
    throw std::runtime_error("the entry point was not reached");
  ::ptrace(PTRACE_POKETEXT, pid_, entry, code);
  ::ptrace(PTRACE_GETREGS, pid_, nullptr, &registers_);
  registers_.rip = entry;
  ::ptrace(PTRACE_SETREGS, pid_, nullptr, &registers_);
  modules_changed_ = true;
  last_start_ = 0;
  read_registers();
}

bool Traced::step() {
  uint64_t code = 0;
  if (pending_signal_ == 0 && load(registers_.rip, code) && is_syscall(code) &&
      changes_mappings(registers_.rax)) {
    modules_changed_ = true;
  }
  const uint64_t pc = registers_.rip;
  const int delivered = pending_signal_;
  pending_signal_ = 0;
  int status = 0;
  if (::ptrace(PTRACE_SINGLESTEP, pid_, nullptr, delivered) != 0 || ::waitpid(pid_, &status, 0) != pid_ ||
      !WIFSTOPPED(status)) {
    pid_ = -1;
    return false;
  }
  if (WSTOPSIG(status) != SIGTRAP) pending_signal_ = WSTOPSIG(status);
  read_registers();
  entered_handler_ = delivered != 0 && registers_.rip != pc;
  return true;
}

void Traced::read_registers() {
  ::ptrace(PTRACE_GETREGS, pid_, nullptr, &registers_);
  stack_start_ = registers_.rsp - kBelowStackPointer;
  const uint64_t end =
      stack_top_ > registers_.rsp ? std::min(stack_top_, stack_start_ + kMaxSnapshot) : stack_start_ + 4096;
  stack_.resize(end - stack_start_);
  stack_.resize(read_memory(pid_, stack_start_, stack_.data(), stack_.size()));
  const Mapped* const module = module_at(registers_.rip);
  const uint64_t start = module == nullptr ? 0 : module->start;
  if (modules_changed_ && (module == nullptr || start != last_start_)) refresh_modules();
  last_start_ = start;
}

bool Traced::load(uint64_t address, uint64_t& value) const {
  if (address >= stack_start_ && address - stack_start_ + 8 <= stack_.size()) {
    std::memcpy(&value, stack_.data() + (address - stack_start_), 8);
    return true;
  }
  const Mapped* const module = module_at(address);
  if (module != nullptr && address + 8 <= module->constant_end) {
    std::memcpy(&value, module->bytes + (address - module->start), 8);
    return true;
  }
  return read_memory(pid_, address, &value, 8) == 8;
}

const Mapped* Traced::module_at(uint64_t pc) const {
  for (const Mapped& module : modules_) {
    if (pc >= module.start && pc < module.end) return &module;
  }
  return nullptr;
}

const agent::ModuleList* Traced::module_list() const {
  return reinterpret_cast<const agent::ModuleList*>(list_.data());
}

void Traced::refresh_modules() {
  modules_changed_ = false;
  ++generation_;
  modules_.clear();
  std::ifstream maps("/proc/" + std::to_string(pid_) + "/maps");
  std::string line;
  std::map<std::string, uint64_t> starts;
  while (std::getline(maps, line)) {
    std::istringstream fields(line);
    uint64_t start = 0;
    uint64_t end = 0;
    char dash = 0;
    std::string mode;
    std::string offset;
    std::string device;
    std::string inode;
    std::string path;
    fields >> std::hex >> start >> dash >> end >> mode >> offset >> device >> inode;
    std::getline(fields >> std::ws, path);
    if (path.empty() || (path[0] != '/' && path != "[vdso]")) continue;
    starts.try_emplace(path, start);
    if (mode[2] != 'x' || module_at(start) != nullptr) continue;
    std::string bytes;
    if (path == "[vdso]") {
      bytes.resize(end - start);
      bytes.resize(read_memory(pid_, start, bytes.data(), bytes.size()));
    }
    const Image& image = image_of(path, bytes);
    if (image.bytes == nullptr) continue;
    const uint64_t base = starts[path];
    modules_.push_back({path, base, base + image.size, base + image.constant_size, image.bytes,
                        image.frame_header == 0 ? 0 : base + image.frame_header, image.table});
  }
  std::sort(modules_.begin(), modules_.end(), [](const auto& a, const auto& b) { return a.start < b.start; });
  list_.assign((sizeof(agent::ModuleList) + modules_.size() * sizeof(agent::LoadedModule)) / 8 + 1, 0);
  auto* const list = reinterpret_cast<agent::ModuleList*>(list_.data());
  list->count = list->capacity = static_cast<uint32_t>(modules_.size());
  for (size_t i = 0; i < modules_.size(); ++i) {
    list->modules()[i] = {modules_[i].start, modules_[i].end, modules_[i].table, nullptr};
  }
}

}  // namespace prof::test
