#include "libprof/report/source.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "libprof/base/files.h"
#include "libprof/report/nodes.h"

namespace prof::report {
namespace {

std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> parts;
  while (!list.empty()) {
    const size_t colon = std::min(list.find(':'), list.size());
    parts.push_back(list.substr(0, colon));
    list.remove_prefix(std::min(colon + 1, list.size()));
  }
  return parts;
}

bool is_file(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

constexpr uint64_t kMaxSource = uint64_t{64} << 20;

}  // namespace

std::string clean_path(std::string_view path) {
  const bool is_absolute = path.starts_with('/');
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (!parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else if (!is_absolute) {
      parts.push_back(part);
    }
  }
  std::string clean = is_absolute ? "/" : "";
  for (const auto part : parts) {
    if (!clean.empty() && clean.back() != '/') clean += '/';
    clean += part;
  }
  return clean.empty() ? "." : clean;
}

std::string_view trim_path(std::string_view path, std::string_view prefixes, std::string_view search) {
  if (prefixes.empty()) {
    for (const auto directory : split(search)) {
      const std::string name = fmt::format("/{}/", base_name(directory));
      if (const size_t found = path.find(name); found != std::string_view::npos) {
        return path.substr(found + name.size());
      }
    }
  }
  std::vector<std::string_view> all = split(prefixes);
  all.insert(all.end(), {"/proc/self/cwd/./", "/proc/self/cwd/"});
  for (const auto prefix : all) {
    const std::string directory = std::string(prefix) + (prefix.ends_with('/') ? "" : "/");
    if (path.starts_with(directory)) return path.substr(directory.size());
  }
  return path;
}

std::string shown_path(std::string_view path, std::string_view prefixes, std::string_view search) {
  const std::string_view trimmed = trim_path(path, prefixes, search);
  return trimmed.empty() ? "" : clean_path(trimmed);
}

SourceReader::SourceReader(std::string search, std::string prefixes, Elsewhere elsewhere)
    : search_(std::move(search)), prefixes_(std::move(prefixes)), elsewhere_(std::move(elsewhere)) {
  if (search_.empty()) search_ = std::filesystem::current_path().string();
}

std::optional<std::string> SourceReader::find(const std::string& name) const {
  const std::string path(trim_path(name, prefixes_, search_));
  if (path.starts_with('/')) return is_file(path) ? std::optional(path) : std::nullopt;
  for (const auto start : split(search_)) {
    for (std::filesystem::path directory(start);; directory = directory.parent_path()) {
      const std::string candidate = (directory / path).string();
      if (is_file(candidate)) return candidate;
      if (directory == directory.parent_path()) break;
    }
  }
  return std::nullopt;
}

const std::vector<std::string>* SourceReader::lines(const std::string& path) {
  const auto [file, is_new] = files_.try_emplace(path);
  if (is_new) {
    auto found = find(path);
    if (!found && elsewhere_ != nullptr) {
      if (auto copy = elsewhere_(path)) {
        found = std::move(*copy);
      } else {
        refusals_[path] = copy.error().message();
      }
    }
    const auto text = found ? read_file(*found, kMaxSource) : fail("");
    if (text) {
      auto& lines = file->second.emplace();
      for (size_t at = 0; at < text->size();) {
        const size_t end = std::min(text->find('\n', at), text->size());
        lines.push_back(text->substr(at, end - at));
        if (lines.back().ends_with('\r')) lines.back().pop_back();
        at = end + 1;
      }
    }
  }
  return file->second ? &*file->second : nullptr;
}

std::string SourceReader::error(const std::string& name) const {
  const auto refusal = refusals_.find(name);
  const bool is_told = refusal != refusals_.end() && !refusal->second.empty();
  return local_error(name) + (is_told ? "; " + refusal->second : "");
}

std::string SourceReader::local_error(const std::string& name) const {
  const std::string_view path = trim_path(name, prefixes_, search_);
  if (path.starts_with('/')) {
    const std::string file(path);
    std::string reason = "it is no file, or too large for source";
    if (::access(file.c_str(), R_OK) != 0) reason = std::strerror(errno);
    reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
    return fmt::format("open {}: {}", path, reason);
  }
  return fmt::format("could not find file {} on path {}", path, search_);
}

}  // namespace prof::report
