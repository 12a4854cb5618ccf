// Lines that a person types: editing, history kept from one session to the next, completion. By libedit.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace prof::cmd {

// What the word at the end of `line` may become, in the order to show them; `line` ends with `word`.
using Completer = std::function<std::vector<std::string>(const std::string& line, const std::string& word)>;

class LineEditor {
 public:
  // On standard input and output, which must be a terminal. History: $XDG_STATE_HOME/prof/history, else below
  // ~/.local/state; where it cannot be read or written there is none, silently.
  LineEditor(std::string prompt, Completer completer);
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;
  ~LineEditor();

  // Without its newline; "" where Ctrl-C gave the line up. Nothing at the end of the input (Ctrl-D).
  std::optional<std::string> read();

  struct State;

 private:
  std::unique_ptr<State> state_;
};

// Whether standard input and output are a terminal on which lines can be edited.
bool can_edit_lines();

}  // namespace prof::cmd
