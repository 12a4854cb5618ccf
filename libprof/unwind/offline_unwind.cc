#include "libprof/unwind/offline_unwind.h"

#include <algorithm>
#include <optional>

extern "C" int _Ux86_64_dwarf_search_unwind_table(unw_addr_space_t, unw_word_t, unw_dyn_info_t*,
                                                  unw_proc_info_t*, int, void*);

namespace prof::unwind {
namespace {

constexpr uint64_t kFarthestFrame = uint64_t{1} << 20;  // of a caller's from its callee's

}  // namespace

const ElfFile* ElfFiles::get(const std::string& path) {
  const auto [entry, is_new] = files_.try_emplace(path);
  if (is_new) entry->second = ElfFile::open(path);
  return entry->second.get();
}

struct OfflineUnwinder::Callbacks {
  static const OfflineUnwinder& self(void* data) { return *static_cast<const OfflineUnwinder*>(data); }

  static int find_proc_info(unw_addr_space_t space, unw_word_t ip, unw_proc_info_t* info, int is_needed,
                            void* data) {
    unw_dyn_info_t table;
    if (!static_cast<OfflineUnwinder*>(data)->memory_.find_table(ip, table)) return -UNW_ENOINFO;
    return _Ux86_64_dwarf_search_unwind_table(space, ip, &table, info, is_needed, data);
  }
  static void put_unwind_info(unw_addr_space_t, unw_proc_info_t*, void*) {}
  static int get_dyn_info_list_addr(unw_addr_space_t, unw_word_t*, void*) { return -UNW_ENOINFO; }

  static int access_mem(unw_addr_space_t, unw_word_t address, unw_word_t* value, int is_write, void* data) {
    return is_write == 0 && self(data).memory_.load_or_table(address, *value) ? 0 : -UNW_EINVAL;
  }
  static int access_reg(unw_addr_space_t, unw_regnum_t number, unw_word_t* value, int is_write, void* data) {
    if (is_write != 0 || number < 0 || number >= kUnwindRegisters) return -UNW_EREADONLYREG;
    const bool is_known = self(data).captured_->has_all_registers || number == UNW_X86_64_RSP ||
                          number == UNW_X86_64_RIP || (number == UNW_X86_64_RBP && self(data).is_bp_saved_);
    if (!is_known)
      return number == UNW_X86_64_RBP && self(data).guess_frame_pointer(*value) ? 0 : -UNW_EBADREG;
    *value = self(data).registers_[number];
    return 0;
  }
  static int access_fpreg(unw_addr_space_t, unw_regnum_t, unw_fpreg_t*, int, void*) { return -UNW_EBADREG; }
  static int resume(unw_addr_space_t, unw_cursor_t*, void*) { return -UNW_EINVAL; }
  static int get_proc_name(unw_addr_space_t, unw_word_t, char*, size_t, unw_word_t*, void*) {
    return -UNW_ENOINFO;
  }
};

OfflineUnwinder::OfflineUnwinder()
    : accessors_{Callbacks::find_proc_info, Callbacks::put_unwind_info, Callbacks::get_dyn_info_list_addr,
                 Callbacks::access_mem,     Callbacks::access_reg,      Callbacks::access_fpreg,
                 Callbacks::resume,         Callbacks::get_proc_name},
      space_(unw_create_addr_space(&accessors_, 0)) {
  unw_set_caching_policy(space_, UNW_CACHE_GLOBAL);
}

OfflineUnwinder::~OfflineUnwinder() { unw_destroy_addr_space(space_); }

void OfflineUnwinder::load(const spool::Module& module, const ElfFile* file) {
  memory_.load(module, file);
  unw_flush_cache(space_, 0, 0);
}

void OfflineUnwinder::forget_all() {
  memory_.forget_all();
  unw_flush_cache(space_, 0, 0);
}

// Whether the pair at `frame` may be that of `function`: its return address is behind a call, of `function`
// itself where the call says whom.
bool OfflineUnwinder::is_frame_of(uint64_t frame, uint64_t function, bool& is_direct) const {
  uint64_t saved = 0, after = 0, code = 0;
  if (!memory_.load(frame, saved) || !memory_.load(frame + 8, after) || !memory_.is_behind_call(after) ||
      !memory_.load(after - sizeof code, code))
    return false;
  const auto distance = static_cast<int32_t>(code >> 32);
  is_direct = (code >> 24 & 0xff) == 0xe8 && after + static_cast<uint64_t>(int64_t{distance}) == function;
  return is_direct || saved == 0 || (saved > frame && saved - frame < kFarthestFrame);
}

bool OfflineUnwinder::guess_frame_pointer(uint64_t& value) const {
  const CapturedMemory::Image* const image = memory_.find(pc_);
  if (image == nullptr) return false;
  const auto& functions = image->file->functions();
  const auto place = static_cast<int64_t>(pc_ - 1 - image->module.bias);
  const auto next =
      std::upper_bound(functions.begin(), functions.end(), place,
                       [](int64_t at, const ElfFile::Entry& entry) { return at < entry.start; });
  if (next == functions.begin()) return false;
  const uint64_t function = image->module.bias + static_cast<uint64_t>(int64_t{std::prev(next)->start});
  const uint64_t end = captured_->registers[UNW_X86_64_RSP] + captured_->memory.size();
  std::optional<uint64_t> likely;
  for (uint64_t frame = (sp_ + 15) & ~uint64_t{15}; frame + 16 <= end; frame += 16) {
    bool is_direct = false;
    if (!is_frame_of(frame, function, is_direct)) continue;
    if (is_direct) {
      likely = frame;
      break;
    }
    if (!likely) likely = frame;
  }
  if (likely) value = *likely;
  return likely.has_value();
}

void OfflineUnwinder::unwind(const CapturedStack& captured, UnwoundStack& stack) {
  stack.frames.assign(1, captured.registers[UNW_X86_64_RIP]);
  stack.exact = 1;
  stack.whole = false;
  captured_ = &captured;
  memory_.look_at(captured);
  std::copy(std::begin(captured.registers), std::end(captured.registers), registers_);
  is_bp_saved_ = false;
  unw_cursor_t cursor;
  bool is_exact = true, is_followed = false;
  if (unw_init_remote(&cursor, space_, this) != 0) return;
  while (stack.frames.size() < spool::kMaxFrames) {
    const bool was_interrupted = unw_is_signal_frame(&cursor) > 0;
    unw_get_reg(&cursor, UNW_REG_IP, &pc_);
    unw_get_reg(&cursor, UNW_REG_SP, &sp_);
    if (is_followed) pc_++;
    // A return address may be the first byte past its function: it is looked up by the call.
    const uint64_t place = pc_ - (is_exact ? 0 : 1);
    if (!was_interrupted && !memory_.is_described(place)) {
      const Step step = step_undescribed(cursor, is_exact);
      stack.whole = step == Step::kOutermost;
      if (step == Step::kLost) end_where_lost(cursor, is_exact, stack);
      if (step != Step::kCaller) return;
      is_exact = false;
      is_followed = true;
      stack.frames.push_back(registers_[UNW_X86_64_RIP] + 1);
      continue;
    }
    const int step = unw_step(&cursor);
    unw_word_t pc = 0;
    stack.whole = step == 0;
    if (step <= 0 || unw_get_reg(&cursor, UNW_REG_IP, &pc) != 0) return;
    if (pc == 0) {
      stack.whole = saved_next_to_stack_end(cursor).value_or(0) == 0;
      return;
    }
    is_exact = was_interrupted;
    is_followed = false;
    if (was_interrupted && stack.frames.size() < 64) stack.exact |= uint64_t{1} << stack.frames.size();
    stack.frames.push_back(pc);
  }
}

}  // namespace prof::unwind
