// Split DWARF: the units that a compiler left in .dwo files, or that dwp packed beside the program.
#pragma once

#include <libelf.h>

#include <memory>
#include <string>

#include "libprof/symbols/dwarf/sections.h"
#include "libprof/symbols/dwarf/unit.h"

namespace prof::symbols::dwarf {

// An ELF file that is open as long as this lives.
class OpenElf {
 public:
  explicit OpenElf(const std::string& path);
  OpenElf(const OpenElf&) = delete;
  OpenElf& operator=(const OpenElf&) = delete;
  ~OpenElf();
  Elf* get() const { return elf_; }  // nullptr where it is none

 private:
  int fd_ = -1;
  Elf* elf_ = nullptr;
};

// A unit with what it lives in.
struct SplitUnit {
  std::unique_ptr<OpenElf> elf;  // none where a package has it
  LoadedSections loaded;
  AbbrevCache abbrevs;
  File file;
  const Unit* unit = nullptr;
};

class SplitFinder {
 public:
  // `binary`: the path of the program, or of its debug file. Their package is looked for beside them:
  // "app.dwp", "app.debug.dwp".
  explicit SplitFinder(std::string binary);
  // The split unit of `skeleton`: in the package; by its name; below its compilation directory; beside the
  // program. nullptr where it is in none, or is another build's. Any thread may ask.
  std::unique_ptr<SplitUnit> find(const Unit& skeleton) const;

  // Where its compiler put the split unit of `skeleton`.
  static std::string place_of(const Unit& skeleton);

 private:
  std::unique_ptr<SplitUnit> in_package(const Unit& skeleton) const;

  std::string binary_;
  OpenElf package_elf_;
  LoadedSections package_;
};

}  // namespace prof::symbols::dwarf
