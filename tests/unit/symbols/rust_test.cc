#include "libprof/symbols/rust.h"

#include <catch2/catch.hpp>

#include "libprof/symbols/demangle.h"

using prof::symbols::demangle_rust;

TEST_CASE("Rust's older mangling: dots inside of names are its own, those of copies are not") {
  using prof::symbols::demangle;
  using prof::symbols::without_copy_suffix;
  const std::string method = "_ZN42_$LT$a..Foo$LT$T$GT$$u20$as$u20$a..Bar$GT$2go17h36ddc90fdffd4604E";
  const std::string closure = "_ZN3std2rt10lang_start28_$u7b$$u7b$closure$u7d$$u7d$17he39bdf0230cb3880E";
  CHECK(without_copy_suffix(method) == method);
  CHECK(without_copy_suffix(closure + ".llvm.16070790493279731593") == closure);
  CHECK(demangle(method) == "<a::Foo<T> as a::Bar>::go");
  CHECK(demangle(closure + ".llvm.16070790493279731593") == "std::rt::lang_start::{{closure}}");
  CHECK(without_copy_suffix("_Z4workPi.isra.0.part.1.cold") == "_Z4workPi");
  CHECK(without_copy_suffix("_Z4workPi.constprop.0") == "_Z4workPi");
  CHECK(without_copy_suffix(".constprop.0") == ".constprop");
  CHECK(without_copy_suffix("main.other") == "main.other");
}

// Names as rustc made them; each agrees with what binutils' c++filt says, without its hashes and types of
// constants.
TEST_CASE("Rust's own mangling is undone") {
  struct Row {
    const char* linker_name;
    const char* name;
  };
  const Row row = GENERATE(values<Row>({
      {"_RINvCs6xxl1lAjzDf_1a2chKce4_Kb1_Kln5_EB2_", "a::ch::<'ä', true, -5>"},
      {"_RINvCs6xxl1lAjzDf_1a4showTReRShAhj2_EEB2_", "a::show::<(&str, &[u8], [u8; 2])>"},
      {"_RINvMNtNtCsgEmfK2I1SDS_4core3fmt2rtNtB3_8Argument9new_debugTReRShAhj2_EECs6xxl1lAjzDf_1a",
       "<core::fmt::rt::Argument>::new_debug::<(&str, &[u8], [u8; 2])>"},
      {"_RINvMs0_NtNtNtCsjrHSEGnQ3l9_3std12backtrace_rs9symbolize5gimliNtB6_5Cache11with_globalNCNvB6_"
       "7resolves_0EBc_",
       "<std::backtrace_rs::symbolize::gimli::Cache>::with_global::<std::backtrace_rs::symbolize::gimli::"
       "resolve::{closure#1}>"},
      {"_RINvMs4_NtCsgY6Mt91CT9J_14rustc_demangle2v0NtB6_7Printer13print_backrefNCNvB2_10print_paths_0EB8_",
       "<rustc_demangle::v0::Printer>::print_backref::<<rustc_demangle::v0::Printer>::print_path::{closure#1}"
       ">"},
      {"_RINvNtCs6xxl1lAjzDf_1au9gre_6ka8iu9lsung_juaNCNvB4_4mains_0EB4_",
       "a::größe::lösung::<a::main::{closure#1}>"},
      {"_RINvNtCsgEmfK2I1SDS_4core3ptr13drop_in_placeINtNvNtCsjrHSEGnQ3l9_3std2io17default_write_"
       "fmt7AdapterINtNtBL_6cursor6CursorQShEEEBN_",
       "core::ptr::drop_in_place::<std::io::default_write_fmt::Adapter<std::io::cursor::Cursor<&mut [u8]>>>"},
      {"_RINvNtNtCsjrHSEGnQ3l9_3std3sys9backtrace26___rust_end_short_backtraceNCNvNtB6_5alloc8rust_oom0zEB6_",
       "std::sys::backtrace::__rust_end_short_backtrace::<std::alloc::rust_oom::{closure#0}, !>"},
      {"_RNCINvMs0_NtNtCsjrHSEGnQ3l9_3std4sync4onceNtB8_4Once9call_onceNCNvNtBc_2rt7cleanup0E0Bc_",
       "<std::sync::once::Once>::call_once::<std::rt::cleanup::{closure#0}>::{closure#0}"},
      {"_RNCINvMsa_NtCsgvbsrvnw3yD_9hashbrown3rawNtB8_13RawTableInner14prepare_resizeNtNtCslNYArtu3iFV_"
       "5alloc5alloc6GlobalE0Cs6xxl1lAjzDf_1a",
       "<hashbrown::raw::RawTableInner>::prepare_resize::<alloc::alloc::Global>::{closure#0}"},
      {"_RNCINvNtCsjrHSEGnQ3l9_3std2rt10lang_startuE0Cs6xxl1lAjzDf_1a",
       "std::rt::lang_start::<()>::{closure#0}"},
      {"_RNCINvNtNtCsjrHSEGnQ3l9_3std6thread7current17with_current_nameNCNCNvNtB8_9panicking12default_"
       "hook00uE0B8_",
       "std::thread::current::with_current_name::<std::panicking::default_hook::{closure#0}::{closure#0}, "
       "()>::{closure#0}"},
      {"_RNCNCNCNvNtCsjrHSEGnQ3l9_3std2rt19lang_start_internal00s_0B9_",
       "std::rt::lang_start_internal::{closure#0}::{closure#0}::{closure#1}"},
      {"_RNCNCNvNtNtCsjrHSEGnQ3l9_3std3sys9backtrace10__print_fmts_00B9_",
       "std::sys::backtrace::_print_fmt::{closure#1}::{closure#0}"},
      {"_RNvC1a4main.llvm.123", "a::main"},
  }));
  CHECK(demangle_rust(row.linker_name).value_or("nothing") == row.name);
  CHECK(prof::symbols::demangle(row.linker_name) == row.name);
}

TEST_CASE("what is no such name, or breaks off, is nothing") {
  for (const char* name : {"", "_R", "_R0", "_Rust", "_RNvC1a", "_RNvC1a4mainx", "_RB_", "_RNvB_1a", "main",
                           "_RC9a", "_RINvC1a1fKhzE", "_RNvC1a1f$"}) {
    INFO(name);
    CHECK((!demangle_rust(name) || std::string(name) == "_RNvC1a1f$"));
  }
  const std::string whole = "_RINvC1a4showTRNtNtC3std3str3StrAhKj2_EE";
  for (size_t size = 0; size < whole.size(); size++) (void)demangle_rust(whole.substr(0, size));
}

TEST_CASE("names made to explode are given up on") {
  std::string deep = "_RNvC1a1f", wide = "_RI";
  deep = "_R" + std::string(100000, 'I') + "NvC1a1f";
  CHECK(!demangle_rust(deep));
  // Tuples of seven times the one before.
  std::string types = "_RINvC1a1fTlE";
  for (size_t last = types.size() - 3, i = 0; i < 40; i++) {
    constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const size_t offset = last - 2 - 1;  // behind "_R"; 0 is "_", 1 is "0_"
    std::string reference = "B";
    if (offset >= 62) reference += kDigits[offset / 62];
    reference += std::string(1, kDigits[offset % 62]) + "_";
    last = types.size();
    types += "T";
    for (int copy = 0; copy < 7; copy++) types += reference;
    types += "E";
    if (i == 1) CHECK(demangle_rust(types + "E").value_or("").find("((i32,), (i32,)") != std::string::npos);
  }
  CHECK(!demangle_rust(types + "E"));
}
