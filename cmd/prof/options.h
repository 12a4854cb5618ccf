// The option table of the reports (libprof/report/options.h) as command-line options.
#pragma once

#include <CLI/CLI.hpp>
#include <span>

#include "libprof/report/options.h"

namespace prof::cmd {

// Switches that stand for a sample type, as pprof has had them since before sample_index.
struct SampleSwitch {
  const char* name;
  const char* type;
  bool mean;
};
std::span<const SampleSwitch> sample_switches();

// Of several, and of them and --sample_index, the first counts, in pprof's order: that of sample_switches().
// The others are said to be ignored.
void choose_sample_type(report::Options& options, const SampleSwitch& row);

// Adds --NAME for each row, --CHOICE for each choice of a row, and pprof's older names of sample types
// (--inuse_space, ...). An underscore in a name may be typed as a dash.
void add_report_options(CLI::App& app, report::Options& options);

// Only what a picture heeds too: the sample type, also by its older names, and the filters.
void add_view_options(CLI::App& app, report::Options& options);

}  // namespace prof::cmd
