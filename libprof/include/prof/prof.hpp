// prof.hpp: prof.h's labels as C++ scopes.
//
//   const prof::Label request("request", "GET /");  // until the end of the block
#pragma once

#include <prof/prof.h>

#include <string>

namespace prof {

// Sets a label of this thread, and gives it back the labels that it had. REQUIRES: ends in the thread that it
// began in, after those that began after it.
class Label {
 public:
  Label(const char* key, const char* value) : before_(prof_label(key, value)) {}
  Label(const char* key, const std::string& value) : Label(key, value.c_str()) {}
  Label(const Label&) = delete;
  Label& operator=(const Label&) = delete;
  ~Label() { prof_labels_set(before_); }

 private:
  prof_labels before_;
};

}  // namespace prof
