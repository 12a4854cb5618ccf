// An HTTP server in this process, as debuginfod is one: files by path, and a count of what was asked for.
#pragma once

#include <memory>
#include <string>

namespace prof::test {

class FileServer {
 public:
  FileServer();
  ~FileServer();
  void serve(const std::string& path, const std::string& content);
  std::string url() const;
  int requests() const;  // served or not

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace prof::test
