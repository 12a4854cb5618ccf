#include "libprof/symbols/simplify.h"

#include <catch2/catch.hpp>

#include "libprof/symbols/demangle.h"

using prof::symbols::demangle;
using prof::symbols::limit_templates;
using prof::symbols::NameStyle;
using prof::symbols::simplify;

TEST_CASE("template arguments are kept so many levels deep") {
  struct Case {
    const char *name, *none, *one;
  };
  const Case cases[] = {
      {"main", "main", "main"},
      {"std::map<int, std::pair<int, char> >::find", "std::map<...>::find",
       "std::map<int, std::pair<...> >::find"},
      {"A<int>::f<B<C<D> >, char>", "A<...>::f<...>", "A<int>::f<B<...>, char>"},
      {"operator<< <char>", "operator<< <...>", "operator<< <char>"},
      {"A<&B<int>::operator->>::operator()", "A<...>::operator()", "A<&B<...>::operator->>::operator()"},
      {"f<decltype(a->b<int>())>", "f<...>", "f<decltype(a->b<...>())>"},
      {"<alloc::vec::Vec<Option<u8>> as core::clone::Clone>::clone",
       "<alloc::vec::Vec<...> as core::clone::Clone>::clone",
       "<alloc::vec::Vec<Option<...>> as core::clone::Clone>::clone"},
      {"app.sort!(pair!(int), 3).sort", "app.sort!(...).sort", "app.sort!(pair!(...), 3).sort"},
      {"unbalanced<int(", "unbalanced<int(", "unbalanced<int("},
      {"<module>", "<module>", "<module>"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(limit_templates(c.name, 0) == c.none);
    CHECK(limit_templates(c.name, 1) == c.one);
    CHECK(limit_templates(c.name, 50) == c.name);
  }
  const std::string deep = std::string(100000, '<') + std::string(100000, '>');
  CHECK(limit_templates("a" + deep, 1'000'000).size() < 1000);
}

TEST_CASE("functions of _Float16 and its like kept the linker's name") {
  const auto full = [](const char* name) { return demangle(name, NameStyle::kFull); };
  CHECK(full("_Z1fDF16_") == "f(_Float16)");
  CHECK(full("_ZN1AIDF16_E1fEDF32_DF64_S0_") == "A<_Float16>::f(_Float32, _Float64, A<_Float16>)");
  CHECK(demangle("_Z1gIDF128_EvT_") == "g");
  CHECK(full("_Z1fDF16_Dd") == "f(_Float16, decimal64)");
  CHECK(full("_Z1fDF16_DF32_DF64_Dd") == "_Z1fDF16_DF32_DF64_Dd");  // more than there are stand-ins
  CHECK(full("_Z7xDF16_yDF16_") == "_Z7xDF16_yDF16_");              // refused, not misread
}

TEST_CASE("functions of _BitInt kept the linker's name, and std::bfloat16_t was bool _Accum") {
  const auto full = [](const char* name) { return demangle(name, NameStyle::kFull); };
  CHECK(full("_Z2f2DB5_PS_DU64_S1_") ==
        "f2(_BitInt(5), _BitInt(5)*, unsigned _BitInt(64), unsigned _BitInt(64))");
  CHECK(full("_ZN1AIDB17_E1mES0_S1_") == "A<_BitInt(17)>::m(_BitInt(17), A<_BitInt(17)>)");  // clang 14's
  CHECK(full("_Z1fDB128_DF16_") == "f(_BitInt(128), _Float16)");
  CHECK(full("_Z1fDF16bPDF16b") == "f(std::bfloat16_t, std::bfloat16_t*)");
  CHECK(full("_Z1fDB_") == "_Z1fDB_");
  CHECK(full("_Z8fDF16bari") == "fDF16bar(int)");
  CHECK(full("_Z7xDB5_yzi") == "xDB5_yz(int)");
}

TEST_CASE("temporaries that references are bound to kept the linker's name") {
  CHECK(demangle("_ZGR1x_") == "reference temporary for x");
  CHECK(demangle("_ZGR1x0_") == "reference temporary for x");
  CHECK(demangle("_ZGRN1A1xE_") == "reference temporary for A::x");
  CHECK(demangle("_ZGRN1A1xE0_") == "reference temporary for A::x");
  CHECK(demangle("_ZGR_") == "_ZGR_");
  CHECK(demangle("_ZGR1x") != "");
}

TEST_CASE("C++ names without parameters, template arguments and return types") {
  struct Case {
    const char* full;
    const char* plain;
    const char* templates;
  };
  const Case cases[] = {
      {"main", "main", "main"},
      {"ns::f(int, char const*)", "ns::f", "ns::f"},
      {"void sort<int*>(int*, int*)", "sort", "sort<int*>"},
      {"std::map<int, std::pair<int, char> >::find(int const&) const", "std::map::find",
       "std::map<int, std::pair<int, char> >::find"},
      {"(anonymous namespace)::Table::add(std::string const&)", "(anonymous namespace)::Table::add",
       "(anonymous namespace)::Table::add"},
      {"std::vector<int> make<int>(std::vector<int> const&)", "make", "make<int>"},
      {"A::operator<(A const&) const", "A::operator<", "A::operator<"},
      {"std::ostream& operator<< <char>(std::ostream&, char)", "operator<<", "operator<< <char>"},
      {"A<int>::operator()(int) const", "A::operator()", "A<int>::operator()"},
      {"A::operator bool() const", "A::operator bool", "A::operator bool"},
      {"A::operator->() const", "A::operator->", "A::operator->"},
      {"operator new(unsigned long)", "operator new", "operator new"},
      {"B<&A::operator> >::run()", "B::run", "B<&A::operator> >::run"},
      {"run(int)::{lambda(int, char)#1}::operator()(int, char) const", "run::{lambda()#1}::operator()",
       "run::{lambda()#1}::operator()"},
      {"C::get() const::{lambda()#2}::operator()() const", "C::get::{lambda()#2}::operator()",
       "C::get::{lambda()#2}::operator()"},
      {"run(int)::{unnamed type#1}::call(int)", "run::{unnamed type#1}::call", "run::{unnamed type#1}::call"},
      {"vtable for ns::A<int>", "vtable for ns::A", "vtable for ns::A<int>"},
      // As pprof has them. They were "A::g", the function itself, and without parameters.
      {"non-virtual thunk to A::f(int)", "non-virtual thunk to A::f(int)", "non-virtual thunk to A::f(int)"},
      {"non-virtual thunk to void A<int>::g<double>(double)", "non-virtual thunk to void A::g(double)",
       "non-virtual thunk to void A<int>::g<double>(double)"},
      {"virtual thunk to A::f(B<int, C<int> >)", "virtual thunk to A::f(B)",
       "virtual thunk to A::f(B<int, C<int> >)"},
      {"transaction clone for A::operator<(A) const", "transaction clone for A::operator<(A) const",
       "transaction clone for A::operator<(A) const"},
      {"f(int) [clone .part.0]", "f [clone .part.0]", "f [clone .part.0]"},
      {"void call<void (*)(int)>(void (*)(int))", "call", "call<void (*)(int)>"},
      {"std::string::_M_create[abi:cxx11](unsigned long&)", "std::string::_M_create[abi:cxx11]",
       "std::string::_M_create[abi:cxx11]"},
      {"<alloc::vec::Vec<T> as core::ops::Drop>::drop", "<alloc::vec::Vec<T> as core::ops::Drop>::drop",
       "<alloc::vec::Vec<T> as core::ops::Drop>::drop"},
      {"decltype(auto) f<int>(int)", "f", "f<int>"},
      {"unbalanced<int(", "unbalanced<int(", "unbalanced<int("},
      {"", "", ""},
  };
  for (const auto& c : cases) {
    CAPTURE(c.full);
    CHECK(simplify(c.full, NameStyle::kDefault) == c.plain);
    CHECK(simplify(c.full, NameStyle::kTemplates) == c.templates);
    CHECK(simplify(c.full, NameStyle::kFull) == c.full);
  }
}
