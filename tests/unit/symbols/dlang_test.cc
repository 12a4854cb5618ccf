#include "libprof/symbols/dlang.h"

#include <catch2/catch.hpp>

#include "libprof/symbols/demangle.h"

using prof::symbols::demangle_d;
using prof::symbols::NameStyle;

namespace {

std::string name(const std::string& linker_name, NameStyle style) {
  return demangle_d(linker_name, style).value_or("nothing");
}

}  // namespace

// Names as gdc made them, of its library and of the language's specification; in full each agrees with what
// binutils' c++filt says where that reads it.
TEST_CASE("D's mangling is undone") {
  struct Row {
    const char* linker_name;
    const char* full;
    const char* plain;
  };
  const Row row = GENERATE(values<Row>({
      {"_Dmain", "D main", "D main"},
      {"_D4test3fooFiZv", "test.foo(int)", "test.foo"},
      {"_D4test3fooFZ3barFNaNbAyaZi", "test.foo().bar(immutable(char)[])", "test.foo.bar"},
      {"_D2rt6dmain212traceHandlerPFPvZC6object9Throwable9TraceInfo", "rt.dmain2.traceHandler",
       "rt.dmain2.traceHandler"},
      {"_D3std9outbuffer9OutBuffer6printfMFNeMAyaYv",
       "std.outbuffer.OutBuffer.printf(scope immutable(char)[], ...)", "std.outbuffer.OutBuffer.printf"},
      {"_D10TypeInfo_a6__vtblZ", "vtable for TypeInfo_a", "vtable for TypeInfo_a"},
      {"_D4core5mutex5Mutex6__ctorMOFNfZv", "core.mutex.Mutex.this() shared", "core.mutex.Mutex.this"},
      {"_D3app4ItemQf6__dtorMFZv", "app.Item.Item.~this()", "app.Item.Item.~this"},
      {"_D3app6__initZ", "initializer for app", "initializer for app"},
      {"_D3std10checkedint4Warn__T10onOverflowVAyaa1_2bTmTxlZQBbFNfmxlZm",
       "std.checkedint.Warn.onOverflow!(\"+\", ulong, const(long)).onOverflow(ulong, const(long))",
       "std.checkedint.Warn.onOverflow"},
      {"_D3std6base64__T10Base64ImplVai43Vai47Vai61Z12decodeLengthFNaNbNfImZm",
       "std.base64.Base64Impl!('+', '/', '=').decodeLength(in ulong)", "std.base64.Base64Impl.decodeLength"},
      {"_D3app__T1fVli5Vb1Vki7VmN8VdeN1A8PN3VyAwd2_4109Z1fFZv",
       "app.f!(5L, true, 7u, -8uL, -0x1.A8p-3, \"A\\t\"d).f()", "app.f"},
      {"_D3app__T1fVAiA2i1i2VHiAyaA1i3a1_78VPvnVS3app1SS1i4Z1fFZv",
       "app.f!([1, 2], [3:\"x\"], null, app.S(4)).f()", "app.f"},
      {"_D3app1fFHiAaG3dPxiDFNbJiZvPUKlZbNgC3app1CB2abZv",
       "app.f(char[][int], double[3], const(int)*, void(out int) nothrow delegate, "
       "extern(C) bool(ref long) function, inout(app.C), Tuple!(char, bool))",
       "app.f"},
      {"_D3std3uni7toLowerFNaNfNkMAyaZQe", "std.uni.toLower(return scope immutable(char)[])",
       "std.uni.toLower"},
      {"_D6object9Throwable13chainTogetherFNaNbNiNkMCQBrQBnNkMQkZQn",
       "object.Throwable.chainTogether(return scope object.Throwable, return scope object.Throwable)",
       "object.Throwable.chainTogether"},
      {"_DTi16_D3gcc9backtrace12LibBacktrace7opApplyMxFMDFKxAaZiZi",
       "thunk to gcc.backtrace.LibBacktrace.opApply(scope int(ref const(char[])) delegate) const",
       "thunk to gcc.backtrace.LibBacktrace.opApply"},
      {"_D4test3fooFiZv.isra.0", "test.foo(int)", "test.foo"},
  }));
  CHECK(name(row.linker_name, NameStyle::kFull) == row.full);
  CHECK(name(row.linker_name, NameStyle::kDefault) == row.plain);
  CHECK(prof::symbols::demangle(row.linker_name, NameStyle::kDefault) == row.plain);
}

TEST_CASE("with template arguments only, D names have no parameters") {
  CHECK(name("_D3std10checkedint4Warn__T10onOverflowVAyaa1_2bTmTxlZQBbFNfmxlZm", NameStyle::kTemplates) ==
        "std.checkedint.Warn.onOverflow!(\"+\", ulong, const(long)).onOverflow");
}

TEST_CASE("what is no D name, or breaks off, is nothing") {
  for (const char* text :
       {"", "_D", "_Dx", "_DTi", "_DTi8_", "_D0", "_D9abc", "_D3app", "_D3appQbZ", "_D3appQzZ",
        "_D4test3fooFiZvx", "_D3app__T1fVZ", "_D3appFG99999999999999999999iZv"}) {
    INFO(text);
    CHECK_FALSE(demangle_d(text, NameStyle::kFull));
  }
  const std::string whole =
      "_D3std3uni__T10MultiArrayTSQzQx__T9BitPackedTkVmi12ZQsTtZQBs6__ctorMxFNaNbNcNiNjNfAxmQdNkMQiZxSQDpQDo";
  for (size_t size = 0; size < whole.size(); size++)
    (void)demangle_d(whole.substr(0, size), NameStyle::kFull);
}

TEST_CASE("D names made to explode are given up on") {
  // Each tuple has the one before twice.
  std::string text = "_D1aFB2ii";
  size_t last = 5;
  for (int i = 0; i < 40; i++) {
    const size_t here = text.size();
    text += "B2";
    for (int part = 0; part < 2; part++) {
      const size_t distance = text.size() - last;
      text += 'Q';
      if (distance >= 26) text += static_cast<char>('A' + distance / 26);
      text += static_cast<char>('a' + distance % 26);
    }
    last = here;
  }
  CHECK_FALSE(demangle_d(text + "Zv", NameStyle::kFull));
  CHECK_FALSE(demangle_d(text + "Zv", NameStyle::kDefault));
  CHECK_FALSE(demangle_d("_D1a" + std::string(10000, 'A') + "i", NameStyle::kFull));
  CHECK_FALSE(demangle_d("_D1aFG" + std::string(10000, 'H') + "Zv", NameStyle::kFull));
}
