#include "libprof/record/journal.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "libprof/record/plain_file.h"

namespace prof::record {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{64} << 20;

// Before each entry: which record it is, and how much text comes after the record's struct.
struct Entry {
  spool::RecordType type;
  uint32_t text_size;
};

template <typename Fixed>
std::string entry_of(spool::RecordType type, const Fixed& fixed, std::string_view text = "") {
  const Entry entry = {type, static_cast<uint32_t>(text.size())};
  std::string bytes(sizeof entry + sizeof fixed, '\0');
  std::memcpy(bytes.data(), &entry, sizeof entry);
  std::memcpy(bytes.data() + sizeof entry, &fixed, sizeof fixed);
  return bytes.append(text);
}

// As spool::Reader has them: pairs of NUL-terminated strings.
bool are_pairs(std::string_view text) {
  return text.ends_with('\0') && std::count(text.begin(), text.end(), '\0') % 2 == 0;
}

// False, and `from` as it was, where less is left.
template <typename Fixed>
bool take(std::string_view& from, Fixed& fixed) {
  if (from.size() < sizeof fixed) return false;
  std::memcpy(&fixed, from.data(), sizeof fixed);
  from.remove_prefix(sizeof fixed);
  return true;
}

}  // namespace

std::string journal_of(const std::string& spool_path) {
  return spool_path.substr(0, spool_path.size() - std::strlen(spool::kSuffix)) + ".journal";
}

void append_to_journal(const std::string& path, const spool::Record& record) {
  std::string entry;
  if (const auto* loaded = std::get_if<spool::ModuleRecord>(&record)) {
    entry = entry_of(spool::RecordType::kModule, loaded->module, loaded->path);
  } else if (const auto* unloaded = std::get_if<spool::Unload>(&record)) {
    entry = entry_of(spool::RecordType::kUnload, *unloaded);
  } else if (const auto* named = std::get_if<spool::LabelsRecord>(&record)) {
    entry = entry_of(spool::RecordType::kLabels, named->labels, named->text);
  } else {
    return;
  }
  append_to_plain_file(path, entry);
}

void replay_journal(const std::string& path, ProcessRecord& process) {
  const auto bytes = read_plain_file(path, kMaxBytes);
  if (!bytes) return;
  std::string_view rest = *bytes;
  const auto add = [&](auto fixed, uint32_t text_size, auto record_of) {
    if (!take(rest, fixed) || text_size > rest.size()) return false;
    if (std::is_same_v<decltype(fixed), spool::Labels> && !are_pairs(rest.substr(0, text_size))) return false;
    process.add(spool::Record(record_of(fixed, rest.substr(0, text_size))));
    rest.remove_prefix(text_size);
    return true;
  };
  for (Entry entry = {}; take(rest, entry);) {
    bool is_whole = false;
    if (entry.type == spool::RecordType::kModule) {
      is_whole = add(spool::Module{}, entry.text_size, [](const auto& fixed, std::string_view text) {
        return spool::ModuleRecord{fixed, text};
      });
    } else if (entry.type == spool::RecordType::kUnload) {
      is_whole =
          add(spool::Unload{}, entry.text_size, [](const auto& fixed, std::string_view) { return fixed; });
    } else if (entry.type == spool::RecordType::kLabels) {
      is_whole = add(spool::Labels{}, entry.text_size, [](const auto& fixed, std::string_view text) {
        return spool::LabelsRecord{fixed, text};
      });
    }
    if (!is_whole) return;
  }
}

}  // namespace prof::record
