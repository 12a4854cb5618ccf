// Files in tests: temporary directories, test data, goldens, the optional conformance data.
#pragma once

#include <string>

namespace prof::test {

// A directory that is removed, with all in it, at the end of its scope.
class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Whole file; throws std::runtime_error where it cannot be read or written.
std::string read(const std::string& path);
void write(const std::string& path, const std::string& data);

// The path of <name> in the source tree.
std::string source(const std::string& name);

// The path of testdata/<name>, and of <name> in the conformance data beside the checkout; the latter is ""
// where that data is absent: the test must then say so with WARN and return.
std::string testdata(const std::string& name);
std::string conformance(const std::string& name);

// Compares with testdata/<name>; under PROF_UPDATE_GOLDENS=1 writes it instead. "" where equal, else what
// differs:
//   CHECK(golden("report/top.txt", output) == "");
std::string golden(const std::string& name, const std::string& actual);

}  // namespace prof::test
