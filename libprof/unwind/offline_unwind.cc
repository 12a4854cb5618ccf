#include "libprof/unwind/offline_unwind.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "libprof/machine/forward_run.h"

extern "C" int _Ux86_64_dwarf_search_unwind_table(unw_addr_space_t, unw_word_t, unw_dyn_info_t*,
                                                  unw_proc_info_t*, int, void*);

namespace prof::unwind {
namespace {

// Function tables are shown to libunwind at addresses that no process has: this bit, then the module's start
// plus the place in the table. A function takes more than the 8 bytes of its entry, so a table never reaches
// the next module's.
constexpr uint64_t kTables = uint64_t{1} << 63;

// Made entries of .eh_frame are shown at such addresses, too, behind a table of one function that holds any
// address: which one it is has been looked up before.
constexpr uint64_t kMade = uint64_t{1} << 62;
constexpr ElfFile::Entry kAnyFunction = {INT32_MIN, 0};

constexpr uint64_t kFarthestFrame = uint64_t{1} << 20;  // of a caller's from its callee's
constexpr uint64_t kLargestStack = uint64_t{8} << 20;
constexpr uint64_t kLowestCode = 4096;

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
    const Image* const image = self(data).find(ip);
    if (image == nullptr) return -UNW_ENOINFO;
    unw_dyn_info_t table = {};
    table.start_ip = image->module.start;
    table.end_ip = image->module.end;
    table.format = UNW_INFO_FORMAT_REMOTE_TABLE;
    table.u.rti.segbase = image->module.bias;
    table.u.rti.table_data = kTables + image->module.start;
    table.u.rti.table_len = image->file->functions().size();  // in words: an entry is one
    if (!image->file->has_function(ip - image->module.bias)) {
      const uint64_t entry = static_cast<OfflineUnwinder*>(data)->make_entry(*image, ip);
      if (entry == 0) return -UNW_ENOINFO;
      table.u.rti.segbase = entry;
      table.u.rti.table_data = kMade;
      table.u.rti.table_len = 1;
    }
    return _Ux86_64_dwarf_search_unwind_table(space, ip, &table, info, is_needed, data);
  }
  static void put_unwind_info(unw_addr_space_t, unw_proc_info_t*, void*) {}
  static int get_dyn_info_list_addr(unw_addr_space_t, unw_word_t*, void*) { return -UNW_ENOINFO; }

  static int access_mem(unw_addr_space_t, unw_word_t address, unw_word_t* value, int is_write, void* data) {
    if (is_write != 0) return -UNW_EINVAL;
    const OfflineUnwinder& unwinder = self(data);
    if (address >> 62 == kMade >> 62) return unwinder.load_made(address, *value) ? 0 : -UNW_EINVAL;
    if ((address & kTables) == 0) return unwinder.load(address, *value) ? 0 : -UNW_EINVAL;
    const Image* const image = unwinder.find(address & ~kTables);
    if (image == nullptr) return -UNW_EINVAL;
    const auto& functions = image->file->functions();
    const uint64_t offset = (address & ~kTables) - image->module.start;
    const uint64_t size = functions.size() * sizeof(ElfFile::Entry);
    if (offset >= size || size - offset < sizeof *value) return -UNW_EINVAL;
    std::memcpy(value, reinterpret_cast<const char*>(functions.data()) + offset, sizeof *value);
    return 0;
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
  std::erase_if(images_, [&](const auto& one) {
    return one.second.module.start < module.end && module.start < one.second.module.end;
  });
  if (file != nullptr) images_[module.start] = {module, file};
  made_.clear();
  made_at_.clear();
  unw_flush_cache(space_, 0, 0);
}

void OfflineUnwinder::forget_all() {
  images_.clear();
  made_.clear();
  made_at_.clear();
  unw_flush_cache(space_, 0, 0);
}

const OfflineUnwinder::Image* OfflineUnwinder::find(uint64_t address) const {
  auto image = images_.upper_bound(address);
  if (image == images_.begin()) return nullptr;
  --image;
  return address < image->second.module.end ? &image->second : nullptr;
}

// Of the captured stack, or of what files have at that address.
bool OfflineUnwinder::load(uint64_t address, uint64_t& word) const {
  const auto memory = captured_->memory;
  const uint64_t at = address - captured_->registers[UNW_X86_64_RSP];
  if (at < memory.size() && memory.size() - at >= sizeof word) {
    std::memcpy(&word, memory.data() + at, sizeof word);
    return true;
  }
  const Image* const image = find(address);
  return image != nullptr && image->file->read(address - image->module.bias, word);
}

// Of the function at `pc`, which .debug_frame describes; 0 where it cannot be made. It stays where it is
// until the modules change, as libunwind keeps what it has read.
uint64_t OfflineUnwinder::make_entry(const Image& image, uint64_t pc) {
  const uint64_t bias = image.module.bias;
  const auto function = image.file->debug_frame().start_of(pc - bias);
  if (!function) return 0;
  const auto [known, is_new] = made_at_.try_emplace(bias + *function, 0);
  if (!is_new) return known->second;
  if (made_.empty()) made_.assign(reinterpret_cast<const char*>(&kAnyFunction), sizeof kAnyFunction);
  const auto at = image.file->debug_frame().append_entry(pc - bias, bias, made_);
  if (at) known->second = kMade + *at;
  return known->second;
}

bool OfflineUnwinder::load_made(uint64_t address, uint64_t& word) const {
  const uint64_t at = address - kMade;
  if (at >= made_.size() || made_.size() - at < sizeof word) return false;
  std::memcpy(&word, made_.data() + at, sizeof word);
  return true;
}

// Code that nothing describes: assembly, objects without tables, code generated at run time. libunwind would
// take whatever lies on the stack for return addresses there.
OfflineUnwinder::Step OfflineUnwinder::step_undescribed(unw_cursor_t& cursor, bool is_exact) {
  const Image* const image = find(pc_);
  // A return address at a function's first byte was put there by no call: a coroutine starts so.
  if (image != nullptr && !is_exact && is_described(*image, pc_)) return Step::kOutermost;
  if (image != nullptr && is_exact && is_new_thread()) return Step::kOutermost;
  if (image != nullptr && captured_->has_all_registers && follow(cursor)) return Step::kCaller;
  unw_word_t bp = 0;
  if (unw_get_reg(&cursor, UNW_X86_64_RBP, &bp) != 0) return Step::kLost;
  // A process starts so (ABI, 3.4.1), in the loader's own entry.
  if (bp == 0) return image != nullptr ? Step::kOutermost : Step::kLost;
  return go_by_frame_pointer(cursor, bp) ? Step::kCaller : Step::kLost;
}

bool OfflineUnwinder::is_described(const Image& image, uint64_t pc) {
  return image.file->is_described(pc - image.module.bias);
}

// Behind the call of clone or clone3 in a child, on a stack that nobody has called on.
bool OfflineUnwinder::is_new_thread() const {
  constexpr unsigned char kClone[] = {0xb8, 56, 0, 0, 0, 0x0f, 0x05};  // mov $SYS_clone,%eax; syscall
  constexpr unsigned char kClone3[] = {0xb8, 435 & 0xff, 435 >> 8, 0, 0, 0x0f, 0x05};
  uint64_t words[2] = {};
  if (!captured_->has_all_registers || captured_->registers[UNW_X86_64_RAX] != 0) return false;
  if (!load(pc_ - 16, words[0]) || !load(pc_ - 8, words[1])) return false;
  const std::string_view code(reinterpret_cast<const char*>(words), sizeof words);
  const auto has = [&](const auto& call) {
    return code.find(std::string_view(reinterpret_cast<const char*>(call), sizeof call)) !=
           std::string_view::npos;
  };
  return has(kClone) || has(kClone3);
}

bool OfflineUnwinder::is_behind_call(uint64_t pc) const {
  uint64_t code = 0;
  const Image* const image = find(pc);
  return image != nullptr && pc >= image->module.text_start && pc < image->module.text_end &&
         image->file->read(pc - sizeof code - image->module.bias, code) && machine::ends_in_call(code);
}

// What the entry point calls may never return, and nothing describe it (musl's, where main's caller ends in a
// call of exit): where the next return address is that of the entry point, no frame is between. 0: it is not.
uint64_t OfflineUnwinder::return_to_entry() const {
  constexpr uint64_t kMostBytes = 512;
  for (uint64_t at = sp_; at < sp_ + kMostBytes; at += 8) {
    uint64_t word = 0;
    if (!load(at, word)) return 0;
    if (!is_behind_call(word)) continue;
    const Image& image = *find(word);
    return word == image.file->entry_return() + image.module.bias ? word : 0;
  }
  return 0;
}

// Go's run time changes to the thread's stack, and its rule leads from there to what is no code. Nor does Go
// describe where it saves rbp, so that it is still that of the first frame: it leads along this stack to what
// the outermost frame on it saved, 0 or of the goroutine's stack, which was not captured.
std::optional<uint64_t> OfflineUnwinder::saved_next_to_stack_end(unw_cursor_t& cursor) const {
  constexpr int kMostFrames = 64;
  constexpr uint64_t kNext = 64;
  unw_word_t at = 0;
  if (unw_get_reg(&cursor, UNW_X86_64_RBP, &at) != 0) return std::nullopt;
  for (int i = 0; i < kMostFrames; i++) {
    uint64_t saved = 0;
    if (at % 8 != 0 || at >= sp_ || !load(at, saved)) break;
    if (saved == 0 || saved - sp_ + kFarthestFrame > 2 * kFarthestFrame)
      return sp_ - at <= kNext ? std::optional(saved) : std::nullopt;
    if (saved <= at) break;
    at = saved;
  }
  return std::nullopt;
}

// Where a frame pointer leads: behind a call, or, from the outermost frame, to what was put there by hand
// (Go's goexit). Code that was generated at run time is in no file: believed where the chain goes on.
bool OfflineUnwinder::may_be_return(uint64_t after, uint64_t frame, uint64_t saved) const {
  uint64_t code = 0;
  if (find(after) != nullptr) {
    return saved == 0 || (load(after - sizeof code, code) && machine::ends_in_call(code));
  }
  const bool is_stack = after >= sp_ && after - sp_ < kLargestStack;
  return !is_stack && (saved == 0 || (saved > frame && saved - frame < kFarthestFrame));
}

// By compilers that keep frame pointers, mostly. Believed where it points up the stack, to a return address.
bool OfflineUnwinder::go_by_frame_pointer(unw_cursor_t& cursor, uint64_t bp) {
  uint64_t saved = 0, after = 0;
  if (bp < sp_ || bp - sp_ > kFarthestFrame || bp % 8 != 0) return false;
  if (!load(bp, saved) || !load(bp + 8, after) || after < kLowestCode) return false;
  if (!may_be_return(after, bp, saved)) return false;
  for (int number = 0; number < kUnwindRegisters; number++) {
    unw_word_t value = 0;
    if (unw_get_reg(&cursor, number, &value) == 0) registers_[number] = value;
  }
  registers_[UNW_X86_64_RIP] = after - 1;  // libunwind looks up where it begins as it is
  registers_[UNW_X86_64_RSP] = bp + 16;
  registers_[UNW_X86_64_RBP] = saved;
  is_bp_saved_ = true;
  return unw_init_remote(&cursor, space_, this) == 0;
}

// From code that nothing describes to its caller, where the cursor begins anew.
bool OfflineUnwinder::follow(unw_cursor_t& cursor) {
  struct Memory {
    const OfflineUnwinder& unwinder;
    bool load(uint64_t address, uint64_t& word) const { return unwinder.load(address, word); }
  } memory{*this};
  const Image* const image = find(pc_);
  uint64_t general[kUnwindRegisters] = {};
  for (int number = 0; number < kUnwindRegisters; number++) {
    unw_word_t value = 0;
    if (unw_get_reg(&cursor, number, &value) != 0) return false;
    registers_[number] = value;
    general[machine::kContextIndex[number]] = value;
  }
  const auto is_other = [&](uint64_t pc) { return find(pc) != image || is_described(*image, pc); };
  const machine::Registers from = {pc_, sp_, registers_[UNW_X86_64_RBP], registers_[UNW_X86_64_RBX], general};
  machine::ForwardRun<Memory, decltype(is_other)> run(memory, is_other, from, machine::kMostInstructions);
  machine::Registers caller;
  if (!run.run(caller)) return false;
  registers_[UNW_X86_64_RIP] = caller.pc - 1;  // libunwind looks up where it begins as it is
  registers_[UNW_X86_64_RSP] = caller.sp;
  registers_[UNW_X86_64_RBP] = caller.bp;
  registers_[UNW_X86_64_RBX] = caller.bx;
  return unw_init_remote(&cursor, space_, this) == 0;
}

// Whether the pair at `frame` may be that of `function`: its return address is behind a call, of `function`
// itself where the call says whom.
bool OfflineUnwinder::is_frame_of(uint64_t frame, uint64_t function, bool& is_direct) const {
  uint64_t saved = 0, after = 0, code = 0;
  if (!load(frame, saved) || !load(frame + 8, after) || !is_behind_call(after) ||
      !load(after - sizeof code, code))
    return false;
  const auto distance = static_cast<int32_t>(code >> 32);
  is_direct = (code >> 24 & 0xff) == 0xe8 && after + static_cast<uint64_t>(int64_t{distance}) == function;
  return is_direct || saved == 0 || (saved > frame && saved - frame < kFarthestFrame);
}

bool OfflineUnwinder::guess_frame_pointer(uint64_t& value) const {
  const Image* const image = find(pc_);
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
    const Image* const image = find(place);
    if (!was_interrupted && (image == nullptr || !is_described(*image, place))) {
      const Step step = step_undescribed(cursor, is_exact);
      stack.whole = step == Step::kOutermost;
      if (step == Step::kLost && image == nullptr && stack.frames.size() > 1 && !is_exact) {
        if (const auto saved = saved_next_to_stack_end(cursor); saved.has_value()) {
          stack.frames.pop_back();
          stack.whole = *saved == 0;
          return;
        }
      }
      if (step == Step::kLost) {
        const uint64_t entry = return_to_entry();
        stack.whole = entry != 0;
        if (entry != 0) stack.frames.push_back(entry);
      }
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
