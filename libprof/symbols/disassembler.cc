#include "libprof/symbols/disassembler.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>

#include "libprof/symbols/capstone_library.h"
#include "libprof/symbols/debuginfod.h"
#include "libprof/symbols/demangle.h"
#include "libprof/symbols/object_file.h"
#include "libprof/symbols/plt.h"
#include "libprof/symbols/symbolizer.h"

namespace prof::symbols {
namespace {

struct Segment {  // of code
  uint64_t address = 0;
  std::span<const uint8_t> bytes;
};

struct Function {
  uint64_t end = 0;                // 0: unknown
  std::vector<const char*> names;  // the linker's
};

// Of .symtab, here or in a separate debug file, else .dynsym: by address.
std::map<uint64_t, Function> functions_of(Dwfl_Module* module) {
  std::map<uint64_t, Function> functions;
  const int count = dwfl_module_getsymtab(module);
  for (int i = 1; i < count; i++) {  // 0 is the null symbol
    GElf_Sym symbol;
    GElf_Addr address = 0;
    GElf_Word section = 0;
    const char* name = dwfl_module_getsym_info(module, i, &symbol, &address, &section, nullptr, nullptr);
    const int type = GELF_ST_TYPE(symbol.st_info);
    if (name == nullptr || *name == '\0' || section == SHN_UNDEF || section == SHN_ABS) continue;
    if (type != STT_FUNC && type != STT_GNU_IFUNC) continue;
    Function& function = functions[address];
    function.end = std::max(function.end, symbol.st_size == 0 ? 0 : address + symbol.st_size);
    function.names.push_back(name);
  }
  return functions;
}

// As objdump pads and separates: "mov    %rsp,%rbp".
std::string text_of(const cs_insn& instruction) {
  std::string operands = instruction.op_str;
  for (size_t comma = 0; (comma = operands.find(", ", comma)) != std::string::npos; comma++) {
    operands.erase(comma + 1, 1);
  }
  return operands.empty() ? instruction.mnemonic : fmt::format("{:<6} {}", instruction.mnemonic, operands);
}

// The file, else debuginfod's copy of it; `path` becomes that of the copy.
Result<ObjectFile> open_code(std::string& path, const std::string& build_id) {
  auto file = ObjectFile::open(path, build_id);
  if (file || build_id.empty() || path == kVdso || !debuginfod_is_on()) return file;
  const auto copy = debuginfod_executable(build_id);
  if (copy) return ObjectFile::open(path = *copy, build_id);
  return fail(fmt::format("{}; {}", file.error().what, copy.error().what), file.error().remedy);
}

}  // namespace

struct Disassembler::State {
  State(ObjectFile opened, const Capstone* loaded) : file(std::move(opened)), capstone(loaded) {}
  ~State() {
    if (engine != 0) capstone->close(&engine);
  }

  const Segment* segment_at(uint64_t address) const {
    for (const Segment& segment : segments) {
      if (address >= segment.address && address - segment.address < segment.bytes.size()) return &segment;
    }
    return nullptr;
  }

  // "401136 <main+0x16>", "401040 <operator new@plt>"
  std::string place(uint64_t address) {
    // Before the symbols: what is last of .init may be of unknown size.
    const std::string stub = plt.find(address);
    if (!stub.empty()) return fmt::format("{:x} <{}>", address, demangle(stub));
    const auto next = functions.upper_bound(address);
    if (next == functions.begin()) return fmt::format("{:x}", address);
    const auto& [start, function] = *std::prev(next);
    if (function.end != 0 && address >= function.end) return fmt::format("{:x}", address);
    const std::string name = demangle(function.names[0]);
    return address == start ? fmt::format("{:x} <{}>", address, name)
                            : fmt::format("{:x} <{}+{:#x}>", address, name, address - start);
  }

  std::string describe(const cs_insn& instruction) {
    std::string text = text_of(instruction);
    if (instruction.detail == nullptr) return text;
    const cs_x86& x86 = instruction.detail->x86;
    const bool is_branch = capstone->insn_group(engine, &instruction, CS_GRP_JUMP) ||
                           capstone->insn_group(engine, &instruction, CS_GRP_CALL);
    for (uint8_t i = 0; i < x86.op_count; i++) {
      const cs_x86_op& operand = x86.operands[i];
      if (is_branch && operand.type == X86_OP_IMM) {
        return fmt::format("{:<6} {}", instruction.mnemonic, place(static_cast<uint64_t>(operand.imm)));
      }
      if (operand.type == X86_OP_MEM && operand.mem.base == X86_REG_RIP) {
        const uint64_t next = instruction.address + instruction.size;
        text += fmt::format("        # {}", place(next + static_cast<uint64_t>(operand.mem.disp)));
      }
    }
    return text;
  }

  ObjectFile file;
  Plt plt{file};
  std::string path;
  const Capstone* capstone;
  csh engine = 0;
  std::vector<Segment> segments;
  std::map<uint64_t, Function> functions;
};

Disassembler::Disassembler(std::unique_ptr<State> state) : state_(std::move(state)) {}
Disassembler::Disassembler(Disassembler&&) noexcept = default;
Disassembler::~Disassembler() = default;

Result<Disassembler> Disassembler::open(const std::string& path, const std::string& build_id) {
  std::string opened = path;
  auto file = open_code(opened, build_id);
  if (!file) return tl::unexpected(file.error());
  const auto capstone = Capstone::get();
  if (!capstone) return tl::unexpected(capstone.error());
  auto state = std::make_unique<State>(std::move(*file), *capstone);
  state->path = std::move(opened);
  GElf_Addr bias = 0;
  Elf* elf = dwfl_module_getelf(state->file.module(), &bias);
  GElf_Ehdr header;
  if (elf == nullptr || gelf_getehdr(elf, &header) == nullptr || header.e_machine != EM_X86_64) {
    return fail(fmt::format("cannot disassemble {}: it is no x86-64 code", path));
  }
  size_t size = 0, count = 0;
  const char* bytes = elf_rawfile(elf, &size);
  elf_getphdrnum(elf, &count);
  for (size_t i = 0; bytes != nullptr && i < count; i++) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf, static_cast<int>(i), &segment) == nullptr) continue;
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0 || segment.p_offset >= size) continue;
    const size_t length = std::min<size_t>(segment.p_filesz, size - segment.p_offset);
    state->segments.push_back(
        {segment.p_vaddr, {reinterpret_cast<const uint8_t*>(bytes) + segment.p_offset, length}});
  }
  if (state->capstone->open(CS_ARCH_X86, CS_MODE_64, &state->engine) != CS_ERR_OK) {
    state->engine = 0;
    return fail(fmt::format("cannot disassemble {}: capstone has no x86", path));
  }
  state->capstone->option(state->engine, CS_OPT_DETAIL, CS_OPT_ON);
  state->functions = functions_of(state->file.module());
  return Disassembler(std::move(state));
}

const std::string& Disassembler::path() const { return state_->path; }

uint64_t Disassembler::file_address(uint64_t address, const Placement& mapping) const {
  return state_->file.file_address(address, mapping);
}

std::vector<Routine> Disassembler::find(const std::function<bool(std::string_view name)>& matches,
                                        uint64_t address) const {
  std::vector<Routine> found;
  const auto& functions = state_->functions;
  for (auto at = functions.begin(); at != functions.end(); ++at) {
    const auto& [start, function] = *at;
    uint64_t end = function.end;
    if (end == 0) end = std::next(at) == functions.end() ? start + 1 : std::next(at)->first;
    std::vector<std::string> names;
    if (address >= start && address < end) {
      for (const char* name : function.names) names.push_back(demangle(name));
    }
    for (size_t i = 0; names.empty() && i < function.names.size(); i++) {
      for (const NameStyle style :
           {NameStyle::kNone, NameStyle::kFull, NameStyle::kTemplates, NameStyle::kDefault}) {
        std::string name = demangle(function.names[i], style);
        if (!matches(name)) continue;
        names.push_back(std::move(name));
        break;
      }
    }
    if (!names.empty()) found.push_back({std::move(names), start, end});
  }
  return found;
}

std::optional<Routine> Disassembler::routine_at(uint64_t address) const {
  const auto next = state_->functions.upper_bound(address);
  if (next == state_->functions.begin()) return std::nullopt;
  const auto& [start, function] = *std::prev(next);
  uint64_t end = function.end;
  if (end == 0) end = next == state_->functions.end() ? start + 1 : next->first;
  if (address >= end) return std::nullopt;
  return Routine{{demangle(function.names[0])}, start, end};
}

std::vector<Instruction> Disassembler::disassemble(const Routine& routine, Syntax syntax) const {
  std::vector<Instruction> instructions;
  const Segment* segment = state_->segment_at(routine.start);
  if (segment == nullptr) return instructions;
  state_->capstone->option(state_->engine, CS_OPT_SYNTAX,
                           syntax == Syntax::kAtt ? CS_OPT_SYNTAX_ATT : CS_OPT_SYNTAX_INTEL);
  const auto code = segment->bytes.subspan(routine.start - segment->address);
  const uint8_t* next = code.data();
  size_t left = std::min<size_t>(code.size(), routine.end - routine.start);
  uint64_t address = routine.start;
  cs_insn* instruction = state_->capstone->malloc(state_->engine);
  while (left > 0) {
    Instruction& one = instructions.emplace_back();
    one.address = address;
    if (state_->capstone->disasm_iter(state_->engine, &next, &left, &address, instruction)) {
      one.text = state_->describe(*instruction);
    } else {
      one.text = "(bad)";
      next++;
      left--;
      address++;
    }
    Dwfl_Line* line = dwfl_module_getsrc(state_->file.module(), one.address);
    int number = 0;
    const char* file =
        line == nullptr ? nullptr : dwfl_lineinfo(line, nullptr, &number, nullptr, nullptr, nullptr);
    if (file == nullptr) continue;
    one.file = file;
    one.line = number;
  }
  state_->capstone->free(instruction, 1);
  return instructions;
}

}  // namespace prof::symbols
