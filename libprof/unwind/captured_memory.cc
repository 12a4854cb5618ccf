#include "libprof/unwind/captured_memory.h"

#include <cstring>

#include "libprof/machine/instruction.h"

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

}  // namespace

void CapturedMemory::load(const spool::Module& module, const ElfFile* file) {
  std::erase_if(images_, [&](const auto& one) {
    return one.second.module.start < module.end && module.start < one.second.module.end;
  });
  if (file != nullptr) images_[module.start] = {module, file};
  made_.clear();
  made_at_.clear();
}

void CapturedMemory::forget_all() {
  images_.clear();
  made_.clear();
  made_at_.clear();
}

const CapturedMemory::Image* CapturedMemory::find(uint64_t address) const {
  auto image = images_.upper_bound(address);
  if (image == images_.begin()) return nullptr;
  --image;
  return address < image->second.module.end ? &image->second : nullptr;
}

// Of the captured stack, or of what files have at that address.
bool CapturedMemory::load(uint64_t address, uint64_t& word) const {
  const auto memory = stack_->memory;
  const uint64_t at = address - stack_->registers[UNW_X86_64_RSP];
  if (at < memory.size() && memory.size() - at >= sizeof word) {
    std::memcpy(&word, memory.data() + at, sizeof word);
    return true;
  }
  const Image* const image = find(address);
  return image != nullptr && image->file->read(address - image->module.bias, word);
}

bool CapturedMemory::is_behind_call(uint64_t pc) const {
  uint64_t code = 0;
  const Image* const image = find(pc);
  return image != nullptr && pc >= image->module.text_start && pc < image->module.text_end &&
         image->file->read(pc - sizeof code - image->module.bias, code) && machine::ends_in_call(code);
}

bool CapturedMemory::is_described(uint64_t pc) const {
  const Image* const image = find(pc);
  return image != nullptr && image->file->is_described(pc - image->module.bias);
}

bool CapturedMemory::find_table(uint64_t pc, unw_dyn_info_t& table) {
  const Image* const image = find(pc);
  if (image == nullptr) return false;
  table = {};
  table.start_ip = image->module.start;
  table.end_ip = image->module.end;
  table.format = UNW_INFO_FORMAT_REMOTE_TABLE;
  table.u.rti.segbase = image->module.bias;
  table.u.rti.table_data = kTables + image->module.start;
  table.u.rti.table_len = image->file->functions().size();  // in words: an entry is one
  if (image->file->has_function(pc - image->module.bias)) return true;
  table.u.rti.segbase = make_entry(*image, pc);
  table.u.rti.table_data = kMade;
  table.u.rti.table_len = 1;
  return table.u.rti.segbase != 0;
}

bool CapturedMemory::load_or_table(uint64_t address, uint64_t& word) const {
  if (address >> 62 == kMade >> 62) return load_made(address, word);
  if ((address & kTables) == 0) return load(address, word);
  const Image* const image = find(address & ~kTables);
  if (image == nullptr) return false;
  const auto& functions = image->file->functions();
  const uint64_t offset = (address & ~kTables) - image->module.start;
  const uint64_t size = functions.size() * sizeof(ElfFile::Entry);
  if (offset >= size || size - offset < sizeof word) return false;
  std::memcpy(&word, reinterpret_cast<const char*>(functions.data()) + offset, sizeof word);
  return true;
}

// Of the function at `pc`, which .debug_frame describes; 0 where it cannot be made. It stays where it is
// until the modules change, as libunwind keeps what it has read.
uint64_t CapturedMemory::make_entry(const Image& image, uint64_t pc) {
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

bool CapturedMemory::load_made(uint64_t address, uint64_t& word) const {
  const uint64_t at = address - kMade;
  if (at >= made_.size() || made_.size() - at < sizeof word) return false;
  std::memcpy(&word, made_.data() + at, sizeof word);
  return true;
}

}  // namespace prof::unwind
