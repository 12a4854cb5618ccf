#include "tests/support/files.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace prof::test {

namespace fs = std::filesystem;

TempDir::TempDir() {
  std::string name = fs::temp_directory_path() / "prof-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed: " + name);
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::ostringstream data;
  data << in.rdbuf();
  return std::move(data).str();
}

void write(const std::string& path, const std::string& data) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream out(path, std::ios::binary);
  if (!(out << data) || !out.flush()) throw std::runtime_error("cannot write " + path);
}

std::string source(const std::string& name) { return std::string(PROF_SOURCE_DIR) + "/" + name; }

std::string testdata(const std::string& name) { return source("testdata/" + name); }

std::string conformance(const std::string& name) {
  const char* directory = std::getenv("PROF_CONFORMANCE");
  const std::string root = directory != nullptr ? directory : source("../shared/conformance");
  const std::string path = root + "/" + name;
  return fs::exists(path) ? path : "";
}

std::string golden(const std::string& name, const std::string& actual) {
  const std::string path = testdata(name);
  if (std::getenv("PROF_UPDATE_GOLDENS") != nullptr) {
    write(path, actual);
    return "";
  }
  const std::string expected = fs::exists(path) ? read(path) : "";
  if (expected == actual) return "";
  std::istringstream want(expected), got(actual);
  std::string a, b;
  for (int line = 1;; line++) {
    const bool more_want = static_cast<bool>(std::getline(want, a)),
               more_got = static_cast<bool>(std::getline(got, b));
    if (!more_want) a = "(end)";
    if (!more_got) b = "(end)";
    if (a != b || (!more_want && !more_got)) {
      return name + ":" + std::to_string(line) + "\n  expected: " + a + "\n  actual:   " + b +
             "\nwhole output:\n" + actual;
    }
  }
}

}  // namespace prof::test
