#include "libprof/perf/stacks.h"

#include <algorithm>
#include <bit>

namespace prof::perf {
namespace {

constexpr size_t kMaxUnwinders = 64;  // one is about 100 KB

// Words of a chain from here on are no addresses but say whose addresses follow.
constexpr uint64_t kFirstContext = PERF_CONTEXT_MAX;

constexpr int kInstruction = 8, kRegisterCount = 24;  // perf's numbers of x86's registers (asm/perf_regs.h)
// Their numbers in DWARF; -1: none.
constexpr int kDwarf[kRegisterCount] = {0,  3,  2,  1,  4, 5, 6,  7,  16, -1, -1, -1,
                                        -1, -1, -1, -1, 8, 9, 10, 11, 12, 13, 14, 15};

bool is_kernel(uint16_t misc) {
  const int mode = misc & PERF_RECORD_MISC_CPUMODE_MASK;
  return mode == PERF_RECORD_MISC_KERNEL || mode == PERF_RECORD_MISC_HYPERVISOR;
}

// What the kernel walked. The first address after a mark is an instruction, the others are return addresses.
void walk_chain(std::string_view chain, bool starts_in_kernel, std::vector<Frame>& frames) {
  bool in_kernel = starts_in_kernel, is_exact = true;
  for (size_t i = 0; i < chain.size() / 8; i++) {
    const uint64_t word = word_at(chain, i);
    if (word >= kFirstContext) {
      in_kernel = word == PERF_CONTEXT_KERNEL || word == PERF_CONTEXT_HV;
      is_exact = true;
      continue;
    }
    if (word == 0) continue;
    frames.push_back({word - (is_exact ? 0 : 1), in_kernel});
    is_exact = false;
  }
}

}  // namespace

bool Stacks::of(const Sample& sample, uint16_t misc, const perf_event_attr& attribute,
                std::vector<Frame>& frames) {
  frames.clear();
  walk_chain(sample.chain, is_kernel(misc), frames);
  bool is_whole = true;
  const bool has_branches = (attribute.branch_sample_type & PERF_SAMPLE_BRANCH_CALL_STACK) != 0;
  if (has_branches && !sample.branches.empty()) {
    // Where the chain has frames of the program, the branches know more of them.
    const auto user = std::find_if(frames.begin(), frames.end(), [](const Frame& f) { return !f.is_kernel; });
    const Frame leaf = user != frames.end() ? *user : Frame{word_at(sample.branches, 1), false};
    frames.erase(user, frames.end());
    frames.push_back(leaf);
    for (size_t i = 0; i < sample.branches.size() / 24; i++)
      frames.push_back({word_at(sample.branches, 3 * i), false});
  } else if ((attribute.sample_type & PERF_SAMPLE_STACK_USER) != 0 && !sample.registers.empty()) {
    // Registers alone (--user-regs) are for people to read; the chain is what the kernel walked.
    std::erase_if(frames, [](const Frame& f) { return !f.is_kernel; });
    is_whole = unwind(sample, frames);
  }
  if (frames.empty() && sample.ip != 0) frames.push_back({sample.ip, is_kernel(misc)});
  return is_whole;
}

bool Stacks::unwind(const Sample& sample, std::vector<Frame>& frames) {
  unwind::CapturedStack captured;
  size_t index = 0;
  bool has_instruction = false;
  for (int i = 0; i < 64; i++) {
    if ((sample.register_mask >> i & 1) == 0) continue;
    const uint64_t value = word_at(sample.registers, index++);
    if (i < kRegisterCount && kDwarf[i] >= 0) captured.registers[kDwarf[i]] = value;
    has_instruction |= i == kInstruction;
  }
  captured.memory = sample.stack;
  if (!has_instruction) return false;
  if (!unwinds_) {
    frames.push_back({captured.registers[kDwarf[kInstruction]], false});
    return false;
  }
  unwinder(sample.from.pid).unwind(captured, unwound_);
  for (size_t i = 0; i < unwound_.frames.size(); i++) {
    const bool is_exact = i < 64 && (unwound_.exact >> i & 1) != 0;
    frames.push_back({unwound_.frames[i] - (is_exact ? 0 : 1), false});
  }
  return unwound_.whole;
}

unwind::OfflineUnwinder& Stacks::unwinder(uint32_t pid) {
  if (unwinders_.size() >= kMaxUnwinders && !unwinders_.contains(pid)) unwinders_.clear();
  Process& process = unwinders_[pid];
  const uint64_t version = processes_.version(pid);
  if (process.version == version) return process.unwinder;
  process.version = version;
  process.unwinder.forget_all();
  for (const Map& map : processes_.maps(pid)) {
    const std::string& path = processes_.files()[map.file].path;
    if (!path.starts_with('/') && path != "[vdso]") continue;
    const unwind::ElfFile* const file = files_.get(path);
    const auto module = file == nullptr ? std::nullopt : file->module_at(map.start, map.offset);
    if (module) process.unwinder.load(*module, file);
  }
  return process.unwinder;
}

}  // namespace prof::perf
