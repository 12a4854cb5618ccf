#include "cmd/prof/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>

#include "cmd/prof/cli.h"

namespace prof::cmd {
namespace {

constexpr SampleSwitch kSampleSwitches[] = {
    {"total_delay", "delay", false},           {"mean_delay", "delay", true},
    {"contentions", "contentions", false},     {"inuse_space", "inuse_space", false},
    {"inuse_objects", "inuse_objects", false}, {"alloc_space", "alloc_space", false},
    {"alloc_objects", "alloc_objects", false},
};

std::string flags(const std::string& name) {
  if (name == "output") return "-o,--output";
  std::string dashed = name;
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  return dashed == name ? "--" + name : "--" + name + ",--" + dashed;
}

// Two of an option's choices conflict, as in pprof.
void choose(std::string& chosen, const std::string& choice) {
  if (!chosen.empty() && chosen != choice) {
    throw CLI::ValidationError("--" + chosen + " and --" + choice + " conflict");
  }
  chosen = choice;
}

void add_option(CLI::App& app, report::Options& options, const report::OptionInfo& info) {
  CLI::Option* option = nullptr;
  const auto chosen = std::make_shared<std::string>();
  if (const auto* member = std::get_if<bool report::Options::*>(&info.member)) {
    option = app.add_flag(flags(info.name), options.**member, info.help);
  } else {
    const auto take = [&options, &info, chosen](const std::string& text) {
      if (!info.choices.empty()) choose(*chosen, text);
      if (const auto done = report::set(options, info, text); !done) {
        throw CLI::ValidationError(done.error().message());
      }
    };
    option = app.add_option_function<std::string>(flags(info.name), take, info.help)->type_name(info.value);
  }
  option->group(report::group_name(info.group));
  for (const char* choice : info.choices) {
    app.add_flag_callback(
           flags(choice),
           [&options, &info, choice, chosen] {
             choose(*chosen, choice);
             options.*std::get<std::string report::Options::*>(info.member) = choice;
           },
           std::string("the same as --") + info.name + "=" + choice)
        ->group(report::group_name(info.group));
  }
}

void add_sample_switches(CLI::App& app, report::Options& options, bool with_means) {
  for (const SampleSwitch& row : kSampleSwitches) {
    if (row.mean && !with_means) continue;
    app.add_flag_callback(
           flags(row.name),
           [&options, &row] { choose_sample_type(options, row); },  // called in the order of the table
           std::string("the same as ") + (row.mean ? "--mean " : "") + "--sample_index=" + row.type)
        ->group(report::group_name(report::Group::kDisplay));
  }
}

}  // namespace

std::span<const SampleSwitch> sample_switches() { return kSampleSwitches; }

void choose_sample_type(report::Options& options, const SampleSwitch& row) {
  options.mean |= row.mean;
  if (options.sample_index.empty()) {
    options.sample_index = row.type;
  } else {
    show({fmt::format("Multiple value selections, ignoring -{}", row.name)});
  }
}

void add_report_options(CLI::App& app, report::Options& options) {
  for (const report::OptionInfo& info : report::option_table()) add_option(app, options, info);
  add_sample_switches(app, options, true);
}

void add_view_options(CLI::App& app, report::Options& options) {
  for (const report::OptionInfo& info : report::option_table()) {
    const bool shapes = info.group == report::Group::kFilter || info.group == report::Group::kStacks;
    if (shapes || std::string_view(info.name) == "sample_index") {
      add_option(app, options, info);
    }
  }
  add_sample_switches(app, options, false);
}

}  // namespace prof::cmd
