#include "libprof/symbols/disassembler.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "libprof/machine/instruction.h"
#include "libprof/symbols/by_build_id.h"
#include "libprof/symbols/capstone_library.h"
#include "libprof/symbols/debuginfod.h"
#include "libprof/symbols/demangle.h"
#include "libprof/symbols/object_file.h"
#include "libprof/symbols/plt.h"
#include "libprof/symbols/symbol_table.h"
#include "libprof/symbols/symbolizer.h"

namespace prof::symbols {
namespace {

struct Segment {  // of code
  uint64_t address = 0;
  std::span<const uint8_t> bytes;
};

// As objdump pads and separates: "mov    %rsp,%rbp".
std::string text_of(const cs_insn& instruction) {
  std::string operands = instruction.op_str;
  for (size_t comma = 0; (comma = operands.find(", ", comma)) != std::string::npos; comma++) {
    operands.erase(comma + 1, 1);
  }
  return operands.empty() ? instruction.mnemonic : fmt::format("{:<6} {}", instruction.mnemonic, operands);
}

// Of the instruction that begins `code`, and that capstone does not know (4.0 has little of AVX-512); 0 where
// there is none.
size_t length_of(std::span<const uint8_t> code) {
  machine::Bytes bytes = {};
  std::copy_n(code.begin(), std::min(code.size(), sizeof bytes), bytes);
  const size_t length = machine::decode(bytes).length;
  return length <= code.size() ? length : 0;
}

// The file, else perf's copy of it, else debuginfod's; `path` becomes that of the copy.
Result<ObjectFile> open_code(std::string& path, const std::string& build_id) {
  auto file = ObjectFile::open(path, build_id);
  if (file || build_id.empty() || path == kVdso) return file;
  if (const std::string copy = program_by_build_id(build_id); !copy.empty()) {
    if (auto opened = ObjectFile::open(copy, build_id)) {
      path = copy;
      return opened;
    }
  }
  if (!debuginfod_is_on()) return file;
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
    const std::string stub = plt.find(address);
    if (!stub.empty()) return fmt::format("{:x} <{}>", address, demangle(stub));
    const SymbolTable::Symbol* symbol = functions.find(address);
    if (symbol == nullptr) symbol = objects.find(address);
    if (symbol == nullptr) return fmt::format("{:x}", address);
    const std::string name = demangle(symbol->name);
    return address == symbol->start ? fmt::format("{:x} <{}>", address, name)
                                    : fmt::format("{:x} <{}+{:#x}>", address, name, address - symbol->start);
  }

  // Without their lines.
  std::vector<Instruction> instructions_of(const Routine& routine);

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
  SymbolTable functions{file};
  SymbolTable objects{file, SymbolTable::Kind::kObjects};
  std::string path;
  const Capstone* capstone;
  csh engine = 0;
  size_t unknown = 0;  // instructions so far
  std::vector<Segment> segments;
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
  return Disassembler(std::move(state));
}

const std::string& Disassembler::path() const { return state_->path; }

uint64_t Disassembler::file_address(uint64_t address, const Placement& mapping) const {
  return state_->file.file_address(address, mapping);
}

std::vector<Routine> Disassembler::find(const std::function<bool(std::string_view name)>& matches,
                                        uint64_t address) const {
  const auto matching_name = [&](const char* linker_name) -> std::optional<std::string> {
    for (const NameStyle style :
         {NameStyle::kNone, NameStyle::kFull, NameStyle::kTemplates, NameStyle::kDefault}) {
      std::string name = demangle(linker_name, style);
      if (matches(name)) return name;
    }
    return std::nullopt;
  };
  std::vector<Routine> found;
  const auto& all = state_->functions.all();
  for (auto begin = all.begin(), end = begin; begin != all.end(); begin = end) {
    Routine routine{{}, begin->start, begin->end};
    for (; end != all.end() && end->start == routine.start; ++end) {
      routine.end = std::max(routine.end, end->end);
    }
    const bool has_it = address >= routine.start && address < routine.end;
    for (auto alias = end; alias != begin && (has_it || routine.names.empty());) {
      --alias;
      const std::optional<std::string> name = has_it ? demangle(alias->name) : matching_name(alias->name);
      if (name) routine.names.push_back(*name);
    }
    if (!routine.names.empty()) found.push_back(std::move(routine));
  }
  return found;
}

std::optional<Routine> Disassembler::routine_at(uint64_t address) const {
  const SymbolTable::Symbol* const symbol = state_->functions.find(address);
  if (symbol == nullptr) return std::nullopt;
  return Routine{{demangle(symbol->name)}, symbol->start, symbol->end};
}

std::vector<Instruction> Disassembler::State::instructions_of(const Routine& routine) {
  std::vector<Instruction> instructions;
  const Segment* segment = segment_at(routine.start);
  if (segment == nullptr) return instructions;
  const auto code = segment->bytes.subspan(routine.start - segment->address);
  const uint8_t* next = code.data();
  size_t left = std::min<size_t>(code.size(), routine.end - routine.start);
  uint64_t address = routine.start;
  cs_insn* instruction = capstone->malloc(engine);
  while (left > 0) {
    Instruction& one = instructions.emplace_back();
    one.address = address;
    if (capstone->disasm_iter(engine, &next, &left, &address, instruction)) {
      one.text = describe(*instruction);
    } else {
      const std::span<const uint8_t> rest(next, left);
      const size_t length = length_of(rest);
      one.text = length == 0 ? "(bad)" : fmt::format(".byte  {:#04x}", fmt::join(rest.first(length), ","));
      if (length != 0) unknown++;
      const size_t passed = std::max<size_t>(length, 1);
      next += passed;
      left -= passed;
      address += passed;
    }
  }
  capstone->free(instruction, 1);
  return instructions;
}

std::vector<std::vector<Instruction>> Disassembler::disassemble(std::span<const Routine> routines,
                                                                Syntax syntax) const {
  state_->capstone->option(state_->engine, CS_OPT_SYNTAX,
                           syntax == Syntax::kAtt ? CS_OPT_SYNTAX_ATT : CS_OPT_SYNTAX_INTEL);
  std::vector<std::vector<Instruction>> all;
  Request request{state_->path, state_->file.build_id(), 0, {}};
  for (const Routine& routine : routines) {
    for (const Instruction& one : all.emplace_back(state_->instructions_of(routine))) {
      request.addresses.push_back(one.address);
    }
  }
  Answer answer = symbolize(request);
  auto code = answer.codes.begin();
  for (auto& instructions : all) {
    for (Instruction& one : instructions) one.code = std::move(*code++);
  }
  return all;
}

Warnings Disassembler::warnings() const {
  if (state_->unknown == 0) return {};
  return {fmt::format("capstone is too old for {} instructions of {}: they are shown as .byte",
                      state_->unknown, state_->path)};
}

}  // namespace prof::symbols
