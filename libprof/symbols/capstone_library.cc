#include "libprof/symbols/capstone_library.h"

#include "libprof/base/lazy_library.h"

namespace prof::symbols {

Result<const Capstone*> Capstone::get() {
  static Capstone functions;
  static const bool ok = [] {
    const LazyLibrary library("libcapstone.so.4");
    return library.find("cs_open", functions.open) && library.find("cs_close", functions.close) &&
           library.find("cs_option", functions.option) && library.find("cs_malloc", functions.malloc) &&
           library.find("cs_free", functions.free) && library.find("cs_disasm_iter", functions.disasm_iter) &&
           library.find("cs_insn_group", functions.insn_group);
  }();
  if (!ok) return fail("cannot disassemble: libcapstone.so.4 is not there", "install libcapstone4");
  return &functions;
}

}  // namespace prof::symbols
