#include "stats/benchproc/extract.h"

namespace bench {
namespace {
constexpr std::string_view kProcs = "/gomaxprocs";
}

tl::expected<Extractor, std::string> Extractor::make(std::string_view key) {
  Extractor extractor;
  if (key.empty()) return tl::unexpected<std::string>("key must not be empty");
  extractor.key_ = key;
  if (key == ".name") {
    extractor.kind_ = Kind::kName;
  } else if (key == ".fullname") {
    extractor.kind_ = Kind::kFullName;
  } else if (key[0] == '/') {
    extractor.kind_ = Kind::kPart;
    extractor.key_ += '=';
    extractor.procs_ = key == kProcs;
  } else if (key[0] == '.' && key != ".file" && key != ".pair") {
    return tl::unexpected(
        "unknown key " + std::string(key) +
        " (known are .name, .fullname, .file, .pair, .config in projections, .unit in filters)");
  } else {
    extractor.kind_ = Kind::kConfig;
  }
  return extractor;
}

Extractor Extractor::full_name_without(const std::vector<std::string>& keys) {
  Extractor extractor;
  for (const std::string& key : keys) {
    if (key == ".name") extractor.drop_base_ = true;
    if (key == kProcs) extractor.procs_ = true;
    if (key[0] == '/') extractor.dropped_.push_back(key + "=");
  }
  const bool whole = !extractor.drop_base_ && extractor.dropped_.empty();
  extractor.kind_ = whole ? Kind::kFullName : Kind::kReducedName;
  return extractor;
}

std::string_view Extractor::operator()(const Result& result, std::string& scratch) const {
  switch (kind_) {
    case Kind::kName:
      return split_name(result.name).base;
    case Kind::kFullName:
      return result.name;
    case Kind::kPart:
      return part_of(result.name);
    case Kind::kReducedName:
      return reduced(result.name, scratch);
    case Kind::kConfig:
      break;
  }
  const std::string* value = result.config->find(key_);
  return value != nullptr ? std::string_view(*value) : std::string_view();
}

std::string_view Extractor::part_of(std::string_view name) const {
  const NameParts split = split_name(name);
  if (procs_ && !split.procs.empty()) return split.procs.substr(1);
  std::string_view value;
  for_each_part(split.parts, [&](std::string_view part) {
    if (!part.starts_with(key_)) return true;
    value = part.substr(key_.size());
    return false;
  });
  return value;
}

std::string_view Extractor::reduced(std::string_view name, std::string& scratch) const {
  const NameParts split = split_name(name);
  scratch = drop_base_ ? std::string_view("*") : split.base;
  for_each_part(split.parts, [&](std::string_view part) {
    bool keep = true;
    for (const std::string& dropped : dropped_) keep &= !part.starts_with(dropped);
    if (keep) scratch += part;
    return true;
  });
  if (!procs_) scratch += split.procs;
  return scratch;
}

}  // namespace bench
