#include "cmd/common/man.h"

#include <sstream>
#include <vector>

#include "cmd/common/help.h"

namespace prof::cmd {
namespace {

// Escapes what roff would read as a request or an escape.
std::string roff(const std::string& text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    line_start = c == '\n';
  }
  return out;
}

bool is_hidden(const CLI::Option& option) { return option.get_group().empty(); }

std::vector<const CLI::App*> shown_subcommands(const CLI::App& app) {
  std::vector<const CLI::App*> shown;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App* s) { return !s->get_group().empty(); })) {
    shown.push_back(sub);
  }
  return shown;
}

// Told once: a subcommand has the option of its parent.
bool is_inherited(const CLI::Option& option, const CLI::App* parent) {
  const CLI::Option* same = parent == nullptr ? nullptr : parent->get_option_no_throw(option.get_name());
  return same != nullptr && same->get_description() == option.get_description() &&
         value_name(*same) == value_name(option);
}

void options(std::ostringstream& out, const CLI::App& app, const CLI::App* parent = nullptr) {
  std::string inherited;
  for (const CLI::Option* option : app.get_options()) {
    if (is_hidden(*option) || option->get_positional()) continue;
    if (is_inherited(*option, parent)) {
      if (option != app.get_help_ptr()) inherited += (inherited.empty() ? "" : ", ") + typed_names(*option);
      continue;
    }
    out << ".TP\n\\fB" << roff(typed_names(*option)) << "\\fR";
    const std::string value = value_name(*option);
    if (!value.empty()) out << " \\fI" << roff(value) << "\\fR";
    out << "\n" << roff(explanation(*option)) << "\n";
  }
  if (!inherited.empty()) out << ".PP\nThese of the options above, too: " << roff(inherited) << ".\n";
}

std::string positionals(const CLI::App& app) {
  std::string text;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional() || is_hidden(*option)) continue;
    const std::string name = "\\fI" + roff(option->get_name(true)) + "\\fR";
    text += option->get_required() ? " " + name : " [" + name + "]";
    if (option->get_items_expected_max() > 1) text += "...";
  }
  return text;
}

// Paragraphs and, where a line is indented, a block shown as typed.
void prose(std::ostringstream& out, const std::string& text) {
  std::istringstream lines(text);
  bool verbatim = false;
  for (std::string line; std::getline(lines, line);) {
    const bool indented = line.rfind("  ", 0) == 0;
    if (indented != verbatim) out << (indented ? ".PP\n.RS 2\n.nf\n" : ".fi\n.RE\n");
    verbatim = indented;
    if (line.empty()) {
      out << ".PP\n";
    } else {
      out << roff(indented ? line.substr(2) : line) << "\n";
    }
  }
  if (verbatim) out << ".fi\n.RE\n";
}

}  // namespace

std::string man_page(const CLI::App& app, const ManPage& page) {
  std::ostringstream out;
  std::string title = page.name;
  for (char& c : title) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  out << ".TH " << title << " 1 \"\" \"" << page.name << " " PROF_VERSION "\" \"User Commands\"\n";
  out << ".SH NAME\n" << page.name << " \\- " << roff(page.summary) << "\n";
  out << ".SH SYNOPSIS\n";
  const auto subcommands = shown_subcommands(app);
  if (const std::string own = positionals(app); subcommands.empty() || !own.empty()) {
    out << "\\fB" << page.name << "\\fR [\\fIOPTIONS\\fR]" << own << "\n.br\n";
  }
  for (const CLI::App* sub : subcommands) {
    out << "\\fB" << page.name << " " << roff(sub->get_name()) << "\\fR [\\fIOPTIONS\\fR]"
        << positionals(*sub) << "\n.br\n";
  }
  out << ".SH DESCRIPTION\n";
  prose(out, page.description);
  out << ".SH OPTIONS\n";
  options(out, app);
  if (!subcommands.empty()) out << ".SH COMMANDS\n";
  for (const CLI::App* sub : subcommands) {
    out << ".SS " << page.name << " " << roff(sub->get_name()) << positionals(*sub) << "\n"
        << roff(sub->get_description()) << "\n";
    options(out, *sub, &app);
  }
  out << ".SH EXIT STATUS\n";
  std::istringstream codes(page.exit_status);
  for (std::string code, meaning; codes >> code && std::getline(codes >> std::ws, meaning);) {
    out << ".TP\n\\fB" << code << "\\fR\n" << roff(meaning) << "\n";
  }
  out << ".SH EXAMPLES\n";
  prose(out, page.examples);
  out << ".SH SEE ALSO\n" << roff(page.see_also) << "\n";
  return out.str();
}

}  // namespace prof::cmd
