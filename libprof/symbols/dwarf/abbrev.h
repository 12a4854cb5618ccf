// .debug_abbrev: the shapes of a unit's entries.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace prof::symbols::dwarf {

// What sizes of a unit its forms depend on.
struct Shape {
  uint16_t version = 0;
  uint8_t address_size = 8;
  uint8_t offset_size = 4;
};

struct AttributeSpec {
  uint16_t name;
  uint16_t form;
  int64_t implicit;  // the value of DW_FORM_implicit_const
};

// What an entry is to one who looks for code; the first three have some.
enum class Role : uint8_t { kFunction, kInlined, kBlock, kNamespace, kType, kOther };

// An attribute that says where code is, or one whose bytes tell their own size; the bytes before it, back to
// the last such one, are skipped by one addition.
struct Step {
  AttributeSpec spec;
  uint32_t skip;
  bool is_wanted;
};

struct Abbrev {
  uint64_t code = 0;
  uint32_t first = 0;  // of its attributes
  uint32_t count = 0;
  uint32_t first_step = 0;
  uint32_t steps = 0;
  uint32_t rest = 0;  // bytes behind the last step
  uint16_t tag = 0;
  Role role = Role::kOther;
  bool has_children = false;
};

class AbbrevTable {
 public:
  AbbrevTable(std::string_view section, uint64_t offset, const Shape& shape);
  const Abbrev* find(uint64_t code) const {
    if (code - 1 < abbrevs_.size() && abbrevs_[code - 1].code == code) return &abbrevs_[code - 1];
    const auto found = sparse_.find(code);
    return found != sparse_.end() ? &abbrevs_[found->second] : nullptr;
  }
  std::span<const AttributeSpec> attributes(const Abbrev& abbrev) const {
    return std::span(attributes_).subspan(abbrev.first, abbrev.count);
  }
  std::span<const Step> steps(const Abbrev& abbrev) const {
    return std::span(steps_).subspan(abbrev.first_step, abbrev.steps);
  }
  size_t size() const { return attributes_.size(); }

 private:
  void add_attribute(Abbrev& abbrev, const AttributeSpec& spec, const Shape& shape);

  std::vector<Abbrev> abbrevs_;
  std::vector<AttributeSpec> attributes_;
  std::vector<Step> steps_;
  std::unordered_map<uint64_t, uint32_t> sparse_;  // of codes that are not their position + 1
};

// Bytes that a form takes, or -1 where the bytes themselves tell.
int form_size(uint16_t form, const Shape& shape);

// The tables of one file, each read once; units often share them. Any thread may ask.
class AbbrevCache {
 public:
  std::shared_ptr<const AbbrevTable> get(std::string_view section, uint64_t offset, const Shape& shape);

 private:
  std::mutex mutex_;
  size_t attributes_ = 0;  // of all tables
  std::map<std::tuple<const char*, uint64_t, uint16_t, uint8_t, uint8_t>, std::shared_ptr<const AbbrevTable>>
      tables_;
};

}  // namespace prof::symbols::dwarf
