// Manual pages made from the command line's own description, so that the two cannot disagree.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace prof::cmd {

// The prose that a parser does not hold.
struct ManPage {
  std::string name;         // "prof"
  std::string summary;      // the NAME line
  std::string description;  // paragraphs, separated by blank lines
  std::string exit_status;  // one line each: "CODE meaning"
  std::string examples;     // lines; an indented line is shown as typed
  std::string see_also;
};

// Section 1, in man(7)'s macros: NAME, SYNOPSIS, DESCRIPTION, OPTIONS, one subsection a subcommand, EXIT
// STATUS, EXAMPLES, SEE ALSO. No date: the page changes only when the command line does.
std::string man_page(const CLI::App& app, const ManPage& page);

}  // namespace prof::cmd
