// A line on the terminal that says what is waited for and how long already; gone when it is over. On a pipe
// nothing.
#pragma once

#include <string>
#include <thread>

namespace prof::cmd {

class Waiting {
 public:
  // `seconds`: how long it will take at least; 0: not known.
  Waiting(std::string what, int seconds);
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting();

 private:
  std::jthread ticker_;
};

}  // namespace prof::cmd
