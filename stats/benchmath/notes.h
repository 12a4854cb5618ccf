// What must be said of a number: mostly nothing, or what is said of thousands of others too.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

// A list of texts, of the size of a pointer: equal lists are one, which is kept as long as the process. From
// any thread.
class Notes {
 public:
  void push_back(std::string_view text);

  const std::vector<std::string>& texts() const;
  auto begin() const { return texts().begin(); }
  auto end() const { return texts().end(); }
  size_t size() const { return texts().size(); }
  bool empty() const { return texts_ == nullptr; }
  bool operator==(const Notes& other) const = default;

 private:
  const std::vector<std::string>* texts_ = nullptr;
};

}  // namespace bench
