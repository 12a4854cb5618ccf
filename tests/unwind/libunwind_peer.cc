#include "tests/unwind/libunwind_peer.h"

#include <libunwind.h>

#include <cstring>
#include <stdexcept>

// Exported for users of the remote interface; declared in no installed header.
extern "C" int _Ux86_64_dwarf_search_unwind_table(unw_addr_space_t, unw_word_t, unw_dyn_info_t*,
                                                  unw_proc_info_t*, int, void*);

namespace prof::test {

struct LibunwindPeer::State {
  const Traced& program;
  unw_addr_space_t space = nullptr;
  unsigned generation = 0;

  static const State& of(void* argument) { return *static_cast<const State*>(argument); }
};

namespace {

// .eh_frame_hdr: version, three encodings, then by the usual ones a pc-relative pointer, the count, the
// table.
constexpr uint64_t kCountOffset = 8;
constexpr uint64_t kTableOffset = 12;

int find_proc_info(const Traced& program, unw_addr_space_t space, unw_word_t ip, unw_proc_info_t* info,
                   int need_unwind_info, void* argument) {
  const Mapped* const module = program.module_at(ip);
  if (module == nullptr || module->frame_header == 0) return -UNW_ENOINFO;
  uint64_t count = 0;
  if (!program.load(module->frame_header + kCountOffset, count)) return -UNW_ENOINFO;
  unw_dyn_info_t table = {};
  table.start_ip = module->start;
  table.end_ip = module->end;
  table.format = UNW_INFO_FORMAT_REMOTE_TABLE;
  table.u.rti.segbase = module->frame_header;
  table.u.rti.table_data = module->frame_header + kTableOffset;
  table.u.rti.table_len = static_cast<uint32_t>(count);  // entries of 8 bytes, in words
  return _Ux86_64_dwarf_search_unwind_table(space, ip, &table, info, need_unwind_info, argument);
}

uint64_t register_of(const user_regs_struct& r, unw_regnum_t number) {
  const uint64_t all[] = {r.rax, r.rdx, r.rcx, r.rbx, r.rsi, r.rdi, r.rbp, r.rsp, r.r8,
                          r.r9,  r.r10, r.r11, r.r12, r.r13, r.r14, r.r15, r.rip};
  return number >= 0 && number < 17 ? all[number] : 0;
}

}  // namespace

LibunwindPeer::LibunwindPeer(const Traced& program) : state_(new State{program}) {
  static unw_accessors_t accessors = {};
  accessors.find_proc_info = [](unw_addr_space_t space, unw_word_t ip, unw_proc_info_t* info, int need,
                                void* argument) {
    return find_proc_info(State::of(argument).program, space, ip, info, need, argument);
  };
  accessors.put_unwind_info = [](unw_addr_space_t, unw_proc_info_t*, void*) {};
  accessors.get_dyn_info_list_addr = [](unw_addr_space_t, unw_word_t*, void*) { return -UNW_ENOINFO; };
  accessors.access_mem = [](unw_addr_space_t, unw_word_t address, unw_word_t* value, int is_write,
                            void* argument) {
    uint64_t word = 0;
    if (is_write != 0 || !State::of(argument).program.load(address, word)) return -UNW_EINVAL;
    *value = word;
    return 0;
  };
  accessors.access_reg = [](unw_addr_space_t, unw_regnum_t number, unw_word_t* value, int is_write,
                            void* argument) {
    if (is_write != 0 || number < 0 || number > 16) return -UNW_EBADREG;
    *value = register_of(State::of(argument).program.registers(), number);
    return 0;
  };
  accessors.access_fpreg = [](unw_addr_space_t, unw_regnum_t, unw_fpreg_t*, int, void*) {
    return -UNW_EBADREG;
  };
  accessors.resume = [](unw_addr_space_t, unw_cursor_t*, void*) { return -UNW_EINVAL; };
  accessors.get_proc_name = [](unw_addr_space_t, unw_word_t, char*, size_t, unw_word_t*, void*) {
    return -UNW_ENOINFO;
  };
  state_->space = unw_create_addr_space(&accessors, 0);
  if (state_->space == nullptr) throw std::runtime_error("libunwind: no address space");
  unw_set_caching_policy(state_->space, UNW_CACHE_GLOBAL);
}

LibunwindPeer::~LibunwindPeer() { unw_destroy_addr_space(state_->space); }

bool LibunwindPeer::frames(std::vector<uint64_t>& out, size_t capacity) {
  if (state_->generation != state_->program.generation()) {
    unw_flush_cache(state_->space, 0, 0);
    state_->generation = state_->program.generation();
  }
  out.clear();
  unw_cursor_t cursor;
  if (unw_init_remote(&cursor, state_->space, state_.get()) != 0) return false;
  for (;;) {
    unw_word_t pc = 0;
    unw_get_reg(&cursor, UNW_REG_IP, &pc);
    out.push_back(pc);
    if (out.size() == capacity) return false;
    const int more = unw_step(&cursor);
    if (more <= 0) return more == 0;
  }
}

bool LibunwindPeer::describes(uint64_t pc) const {
  unw_proc_info_t info;
  return find_proc_info(state_->program, state_->space, pc, &info, 0, state_.get()) == 0;
}

}  // namespace prof::test
