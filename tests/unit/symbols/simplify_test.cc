#include "libprof/symbols/simplify.h"

#include <catch2/catch.hpp>

using prof::symbols::NameStyle;
using prof::symbols::simplify;

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
      {"vtable for ns::A<int>", "vtable for ns::A", "vtable for ns::A<int>"},
      {"non-virtual thunk to A::f(int)", "non-virtual thunk to A::f", "non-virtual thunk to A::f"},
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
