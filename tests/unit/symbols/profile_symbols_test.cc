// Symbols for profiles that came without, as pprof's -symbolize gives them.
#include "libprof/symbols/profile_symbols.h"

#include <dlfcn.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "libprof/symbols/object_file.h"
#include "libprof/symbols/profile_names.h"
#include "tests/unit/symbols/build.h"

using prof::Location;
using prof::Mapping;
using prof::Profile;
using prof::ProfileBuilder;
using prof::symbols::add_symbols;
using prof::symbols::binary_candidates;
using prof::symbols::NameStyle;
using prof::symbols::parse_mode;
using prof::symbols::ReadingOptions;
using prof::test::Build;
using prof::test::TempDir;

namespace fs = std::filesystem;

namespace {

constexpr const char* kInlined = "app::inner app.cc:4 < app::middle app.cc:8 < app::outer app.cc:12";
constexpr uint64_t kStart = 0x7f0000400000;

ReadingOptions plain() {
  ReadingOptions options;
  options.search = "";
  options.settings.cache = "";
  return options;
}

// One sample at the probe, of a program mapped at kStart.
Profile profile_of(const std::string& file, uint64_t address, const std::string& build_id = "") {
  ProfileBuilder builder;
  builder.add_sample_type("samples", "count");
  Mapping mapping;
  mapping.start = kStart;
  mapping.limit = kStart + 0x100000;
  mapping.file = builder.intern(file);
  mapping.build_id = builder.intern(build_id);
  Location location;
  location.mapping = builder.add_mapping(mapping);
  location.address = kStart + address;
  const uint32_t at = builder.add_location(location, {});
  const int64_t value = 1;
  builder.add_sample(std::span(&at, 1), std::span(&value, 1));
  return std::move(builder).finish();
}

std::string text(const Profile& profile) {
  std::string all;
  for (const prof::Line& line : profile.lines(profile.locations()[0])) {
    const prof::Function& function = profile.functions()[line.function];
    if (!all.empty()) all += " < ";
    all += profile.string(function.name);
    if (function.filename != 0) {
      all += " " + fs::path(profile.string(function.filename)).filename().string() + ":" +
             std::to_string(line.line);
    }
  }
  return all;
}

// In the vdso of this process.
uint64_t vdso_offset_of(const char* function) {
  void* vdso = ::dlopen("linux-vdso.so.1", RTLD_NOLOAD | RTLD_NOW);
  void* entry = vdso != nullptr ? ::dlsym(vdso, function) : ::dlvsym(RTLD_DEFAULT, function, "LINUX_2.6");
  return reinterpret_cast<uint64_t>(entry) - ::getauxval(AT_SYSINFO_EHDR);
}

// The offset in the file of a probe of a program without the usual first pages: text is where it is mapped.
uint64_t offset_of(const Build& build, const char* probe) { return build.address.at(probe); }

std::string readable(const std::string& name, const std::string& system_name,
                     NameStyle style = NameStyle::kDefault, bool force = false) {
  ProfileBuilder builder;
  prof::Function function;
  function.name = builder.intern(name);
  function.system_name = builder.intern(system_name);
  builder.add_function(function);
  const Profile profile = prof::symbols::make_readable(std::move(builder).finish(), style, force);
  return std::string(profile.string(profile.functions()[0].name));
}

}  // namespace

TEST_CASE("a profile without symbols gets them, inlined calls and lines included") {
  const Build build({"g++", "-g"});
  const Profile bare = profile_of(build.binary, offset_of(build, "probe_inner"));
  const Profile named = add_symbols(profile_of(build.binary, offset_of(build, "probe_inner")), plain());
  CHECK(text(bare).empty());
  CHECK(text(named) == kInlined);
  CHECK(named.mappings()[0].has_functions);
  CHECK(named.mappings()[0].has_inline_frames);
  CHECK(named.sample_count() == 1);
  CHECK(named.warnings.empty());

  ReadingOptions none = plain(), fast = plain(), full = plain();
  none.mode = *parse_mode("none");
  fast.mode = *parse_mode("fastlocal");
  full.mode = *parse_mode("demangle=full");
  CHECK(text(add_symbols(profile_of(build.binary, offset_of(build, "probe_inner")), none)).empty());
  CHECK(text(add_symbols(profile_of(build.binary, offset_of(build, "probe_inner")), fast)) == "app::outer");
  CHECK(text(add_symbols(profile_of(build.binary, offset_of(build, "probe_outer")), full)) ==
        "app::outer(int) app.cc:13");
}

TEST_CASE("code of a binary without a name stayed bare without a word") {
  const auto has = [](const Profile& profile, std::string_view what) {
    return std::any_of(profile.warnings.begin(), profile.warnings.end(),
                       [&](const std::string& warning) { return warning.starts_with(what); });
  };
  constexpr std::string_view kMain = "Main binary filename not available",
                             kSome = "Some binary filenames not";
  const Profile main = add_symbols(profile_of("", 16), plain());
  CHECK(has(main, kMain));
  CHECK_FALSE(has(main, kSome));
  ProfileBuilder other(profile_of("[vdso]", 16));
  Location location;
  location.mapping = other.add_mapping({});
  other.add_location(location, {});
  CHECK(has(add_symbols(std::move(other).finish(), plain()), kSome));
  ProfileBuilder named(profile_of("", 16));
  named.mapping(0).has_functions = true;
  CHECK(add_symbols(std::move(named).finish(), plain()).warnings.empty());
  ReadingOptions none = plain();
  none.mode = *parse_mode("none");
  CHECK(add_symbols(profile_of("", 16), none).warnings.empty());
}

TEST_CASE("a program that is not moved has the addresses of its file, whatever its mapping says") {
  const Build build({"g++", "-g", "-no-pie"});
  Profile profile = profile_of(build.binary, build.address.at("probe_inner") - kStart);
  CHECK(text(add_symbols(std::move(profile), plain())) == kInlined);
}

TEST_CASE("binaries are found below PPROF_BINARY_PATH, where pprof looks") {
  const std::string id = "abcdef0123456789";
  const Build build({"g++", "-g", "-Wl,--build-id=0x" + id});
  const std::string name = GENERATE(
      as<std::string>(), "abcdef0123456789/app", "abcdef0123456789/other", "usr/bin/app/abcdef0123456789",
      "ab/cdef0123456789.debug", ".build-id/ab/cdef0123456789/elf", "app", "usr/bin/app", "usr/bin/app.debug",
      "usr/bin/.debug/app.debug", "usr/lib/debug/usr/bin/app.debug");
  INFO(name);
  const TempDir root;
  fs::create_directories(fs::path(root.file(name)).parent_path());
  fs::copy(build.binary, root.file(name));
  ReadingOptions options = plain();
  options.search = "/nowhere:" + root.path();
  const Profile named = add_symbols(profile_of("/usr/bin/app", offset_of(build, "probe_outer"), id), options);
  CHECK(text(named) == "app::outer app.cc:13");
  CHECK(named.string(named.mappings()[0].file) == root.file(name));
}

TEST_CASE("another build is named with both ids and not used; what is missing is named once") {
  const Build build({"g++", "-g", "-Wl,--build-id=0xabcdef0123456789"});
  const TempDir root;
  fs::copy(build.binary, root.file("app"));
  ReadingOptions options = plain();
  options.search = root.path();
  const Profile other = add_symbols(profile_of("/usr/bin/app", 0x1000, "1234567890abcdef"), options);
  CHECK(text(other).empty());
  REQUIRE(other.warnings.size() == 2);
  CHECK(other.warnings[0] ==
        root.file("app") + " is not used: its build id is abcdef0123456789, the profile's 1234567890abcdef");
  CHECK(
      other.warnings[1] ==
      "no symbols for 1 of 1 binaries, which are not on this machine: app; PPROF_BINARY_PATH=DIR says where "
      "they are");
}

TEST_CASE("the caller may name the program, and what is no file is left alone") {
  const Build build({"g++", "-g"});
  ReadingOptions options = plain();
  options.program = build.binary;
  CHECK(text(add_symbols(profile_of("/gone/app", offset_of(build, "probe_inner")), options)) == kInlined);
  CHECK(text(add_symbols(profile_of("", offset_of(build, "probe_inner")), options)) == kInlined);
  for (const char* name :
       {"[heap]", "linux-vdso.so.1", "//anon", "/memfd:jit", "/dev/dri/card0", "http://host/x"}) {
    INFO(name);
    const Profile left = add_symbols(profile_of(name, 0x1000), plain());
    CHECK(text(left).empty());
    CHECK(left.warnings.empty());
  }
}

TEST_CASE("code of a kernel that the profile tells no build id of had the names of this one") {
  const auto vdso = prof::symbols::ObjectFile::open("[vdso]");
  if (!vdso || vdso->build_id().empty()) {
    WARN("skipped: no vdso with a build id");
    return;
  }
  const uint64_t entry = vdso_offset_of("__vdso_clock_gettime");
  CHECK(text(add_symbols(profile_of("[vdso]", entry, vdso->build_id()), plain())).find("clock_gettime") !=
        std::string::npos);
  for (const std::string name : {"[vdso]", "[kernel.kallsyms]"}) {
    const Profile unknown = add_symbols(profile_of(name, entry), plain());
    CHECK(text(unknown).empty());
    REQUIRE(unknown.warnings.size() == 1);
    CHECK(unknown.warnings[0] == "no symbols for " + name +
                                     ": the profile has no build id of it that would tell whether it is "
                                     "this kernel's");
  }
}

TEST_CASE("a profile that has symbols keeps them unless forced") {
  const Build build({"g++", "-g"});
  const auto with_name = [&] {
    ProfileBuilder builder(profile_of(build.binary, offset_of(build, "probe_outer")));
    prof::Function function;
    function.name = function.system_name = builder.intern("stale");
    const prof::Line line = {builder.add_function(function), 0, 0};
    builder.set_lines(0, std::span(&line, 1));
    builder.mapping(0).has_functions = true;
    return std::move(builder).finish();
  };
  ReadingOptions force = plain();
  force.mode = *parse_mode("local:force");
  CHECK(text(add_symbols(with_name(), plain())) == "stale");
  CHECK(text(add_symbols(with_name(), force)) == "app::outer app.cc:13");
}

TEST_CASE("modes are pprof's, and others are refused") {
  CHECK(parse_mode("")->local);
  CHECK(parse_mode("none")->none);
  CHECK(!parse_mode("fastlocal:force")->debug_info);
  CHECK(parse_mode("Local:Force")->force);
  CHECK(!parse_mode("remote")->local);
  CHECK(parse_mode("demangle=templates")->style == NameStyle::kTemplates);
  CHECK(parse_mode("demangle=templates")->force);
  CHECK(!parse_mode("demangle=default")->force);
  CHECK(parse_mode("lokal").error().message() ==
        "cannot understand symbolize mode \"lokal\"; it is "
        "[none|local|fastlocal|remote][:force][:demangle=none|full|templates|default]");
}

TEST_CASE("names that are the linker's become readable, others stay") {
  struct Row {
    const char *name, *system_name, *readable;
  };
  const Row row = GENERATE(values<Row>({
      {"_ZN3app5outerEi", "_ZN3app5outerEi", "app::outer"},
      {"", "_ZN3app5outerEi", "app::outer"},
      {"mine", "_ZN3app5outerEi", "mine"},
      {"main", "main", "main"},
      {"std::vector<int>::at(unsigned long)", "std::vector<int>::at(unsigned long)", "std::vector::at"},
      {"java.util.Map.<init>", "java.util.Map.<init>", "java.util.Map.<init>"},
      {"main.(*Tree[...]).Walk", "main.(*Tree[...]).Walk", "main.(*Tree[...]).Walk"},
      {"operator<", "operator<", "operator<"},
  }));
  CHECK(readable(row.name, row.system_name) == row.readable);
}

TEST_CASE(
    "a name without a linker's keeps the scope that debug information told, also where names are made anew") {
  CHECK(readable("json::parse", "parse", NameStyle::kDefault, true) == "json::parse");
  CHECK(readable("main::{lambda()#1}::operator()", "operator()", NameStyle::kFull, true) ==
        "main::{lambda()#1}::operator()");
  CHECK(readable("std::__sort", "__sort<int*>", NameStyle::kDefault, true) == "std::__sort");
  CHECK(readable("std::__sort", "__sort<int*>", NameStyle::kTemplates, true) == "std::__sort<int*>");
  CHECK(readable("json::parse", "parse", NameStyle::kNone, true) == "parse");
  CHECK(readable("stale", "_ZN3app5outerEi", NameStyle::kDefault, true) == "app::outer");
}

TEST_CASE("names that begin with a bracket are another language's: Python's <module> was <unknown>") {
  for (const std::string name :
       {"<module>", "<frozen importlib._bootstrap>", "<T as core::fmt::Display>::fmt", "<lambda> (a.py:1)"})
    CHECK(readable(name, name) == name);
}

TEST_CASE("names that compilers at run time make stay whole: different functions became one row") {
  for (const std::string name : {"Ljava/util/HashMap;::<init>(IF)V", "Ljava/util/HashMap;::<clinit>()V",
                                 "LFoo;::put(J)V", "Map::<init>", "py::<module>:/a/b.py",
                                 "py::<lambda>:/a/b.py", "[App] Foo::Add(int32)[Tier1]", "JS:~anon<x>"})
    CHECK(readable(name, name) == name);
  CHECK(readable("ns::f[abi:cxx11]<int>(char) const", "ns::f[abi:cxx11]<int>(char) const") ==
        "ns::f[abi:cxx11] const");
}

TEST_CASE("a function object's call keeps its name: operator() was operator") {
  for (const auto& [name, shown] :
       {std::pair("operator()<int, std::less<int> >", "operator()"),
        std::pair("app::Less::operator()(int, int) const", "app::Less::operator() const"),
        std::pair("app::operator_(int)::g", "app::operator_::g")})
    CHECK(readable(name, name) == shown);
}
