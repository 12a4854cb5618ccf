// The subcommands, one file each (the reports share reports.cc). Order is the order of `prof --help`.
#pragma once

#include "cmd/prof/cli.h"

namespace prof::cmd {

void register_record(Cli& cli);    // record.cc: run a program and write its profiles
void register_snapshot(Cli& cli);  // snapshot.cc: profiles of a running recording
void register_collect(Cli& cli);   // collect.cc: turn spools into profiles (after a crash, or for prof_stop)
void register_reports(Cli& cli);   // reports.cc: top, tree, peek, list, traces, raw, ...
void register_pprof(Cli& cli);     // pprof.cc: the same, with pprof's own command line
void register_shell(Cli& cli);     // shell.cc: the reports, one after the other
void register_diff(Cli& cli);      // diff.cc: two sets of profiles, and what is more than noise
void register_merge(Cli& cli);     // merge.cc: several profiles as one
void register_export(Cli& cli);    // export.cc: files for other tools
void register_flame(Cli& cli);     // flame.cc: one self-contained SVG or HTML file
void register_web(Cli& cli);       // web.cc: flame graph and top table on loopback
void register_doctor(Cli& cli);    // doctor.cc: what this machine allows
void register_completion(Cli& cli);  // completion.cc: for bash, zsh and fish
void register_man_page(Cli& cli);    // man_page.cc: the manual page (hidden)

constexpr void (*kCommands[])(Cli&) = {
    register_record, register_snapshot, register_collect,    register_reports, register_pprof,
    register_shell,  register_diff,     register_merge,      register_export,  register_flame,
    register_web,    register_doctor,   register_completion, register_man_page};

}  // namespace prof::cmd
