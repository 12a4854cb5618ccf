#include "cmd/prof/line_editor.h"

#include <fmt/format.h>
#include <histedit.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace prof::cmd {

struct LineEditor::State {
  std::string prompt;
  Completer completer;
  EditLine* editor = nullptr;
  History* history = nullptr;
  HistEvent event = {};
  std::string history_file;  // "": nowhere
  bool is_cancelled = false;
};

namespace {

constexpr int kHistorySize = 1000;

LineEditor::State& state_of(EditLine* editor) {
  void* state = nullptr;
  el_get(editor, EL_CLIENTDATA, &state);
  return *static_cast<LineEditor::State*>(state);
}

char* prompt_of(EditLine* editor) { return state_of(editor).prompt.data(); }

std::string common_start(const std::vector<std::string>& words) {
  std::string start = words[0];
  for (const std::string& word : words) {
    const auto [end, other] = std::mismatch(start.begin(), start.end(), word.begin(), word.end());
    start.erase(end, start.end());
  }
  return start;
}

// In columns, as wide as the widest; at most as many as a person reads.
void list_words(const std::vector<std::string>& words) {
  constexpr size_t kMost = 60, kWidth = 80;
  const size_t shown = std::min(words.size(), kMost);
  size_t widest = 0;
  for (size_t i = 0; i < shown; i++) widest = std::max(widest, words[i].size() + 2);
  const size_t columns = std::max<size_t>(1, kWidth / widest);
  std::string text = "\n";
  for (size_t i = 0; i < shown; i++) {
    const bool is_last = (i + 1) % columns == 0 || i + 1 == shown;
    text += is_last ? words[i] + "\n" : fmt::format("{:<{}}", words[i], widest);
  }
  if (shown < words.size()) text += fmt::format("... and {} more\n", words.size() - shown);
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

unsigned char complete(EditLine* editor, int) {
  const LineInfo* info = el_line(editor);
  const std::string line(info->buffer, info->cursor);
  const size_t space = line.find_last_of(" \t");
  const std::string word = space == std::string::npos ? line : line.substr(space + 1);
  const auto words = state_of(editor).completer(line, word);
  if (words.empty()) return CC_REFRESH_BEEP;
  const bool is_done = words.size() == 1 && !words[0].ends_with('=');  // else a value follows
  const std::string start = is_done ? words[0] + " " : common_start(words);
  const bool grows = is_done || start.size() > word.size();
  if (grows && start != word) {
    el_deletestr(editor, static_cast<int>(word.size()));
    return el_insertstr(editor, start.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  }
  list_words(words);
  return CC_REDISPLAY;
}

unsigned char cancel(EditLine* editor, int) {
  state_of(editor).is_cancelled = true;
  std::fputs("^C", stdout);
  return CC_NEWLINE;
}

std::string history_path() {
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  if (state != nullptr && *state != '\0') return std::string(state) + "/prof/history";
  return home != nullptr && *home != '\0' ? std::string(home) + "/.local/state/prof/history" : "";
}

}  // namespace

LineEditor::LineEditor(std::string prompt, Completer completer) : state_(std::make_unique<State>()) {
  std::setlocale(LC_CTYPE, "");  // names and expressions in UTF-8
  state_->prompt = std::move(prompt);
  state_->completer = std::move(completer);
  state_->editor = el_init("prof", stdin, stdout, stderr);
  EditLine* editor = state_->editor;
  el_set(editor, EL_CLIENTDATA, state_.get());
  el_set(editor, EL_PROMPT, prompt_of);
  el_set(editor, EL_EDITOR, "emacs");
  el_set(editor, EL_SIGNAL, 1);
  el_set(editor, EL_ADDFN, "prof-complete", "complete the word", complete);
  el_set(editor, EL_BIND, "^I", "prof-complete", nullptr);
  el_set(editor, EL_ADDFN, "prof-cancel", "give the line up", cancel);
  el_set(editor, EL_BIND, "^C", "prof-cancel", nullptr);
  el_set(editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_set(editor, EL_SETTY, "-d", "-isig", nullptr);  // Ctrl-C is a key while a line is edited, and only then
  state_->history = history_init();
  history(state_->history, &state_->event, H_SETSIZE, kHistorySize);
  history(state_->history, &state_->event, H_SETUNIQUE, 1);
  el_set(editor, EL_HIST, history, state_->history);
  state_->history_file = history_path();
  if (!state_->history_file.empty()) {
    history(state_->history, &state_->event, H_LOAD, state_->history_file.c_str());
  }
  el_source(editor, nullptr);  // the user's ~/.editrc
}

LineEditor::~LineEditor() {
  if (!state_->history_file.empty()) {
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path(state_->history_file).parent_path(), ignored);
    history(state_->history, &state_->event, H_SAVE, state_->history_file.c_str());
  }
  el_end(state_->editor);
  history_end(state_->history);
}

std::optional<std::string> LineEditor::read() {
  int size = 0;
  state_->is_cancelled = false;
  const char* text = el_gets(state_->editor, &size);
  if (state_->is_cancelled) return "";
  if (text == nullptr || size <= 0) {
    std::fputs("\n", stdout);
    return std::nullopt;
  }
  std::string line(text, static_cast<size_t>(size));
  while (line.ends_with('\n') || line.ends_with('\r')) line.pop_back();
  if (line.find_first_not_of(" \t") != std::string::npos) {
    history(state_->history, &state_->event, H_ENTER, line.c_str());
  }
  return line;
}

bool can_edit_lines() {
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1 && terminal != nullptr &&
         *terminal != '\0' && std::string_view(terminal) != "dumb";
}

}  // namespace prof::cmd
