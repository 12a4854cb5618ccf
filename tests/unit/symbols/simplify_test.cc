#include "libprof/symbols/simplify.h"

#include <catch2/catch.hpp>

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
