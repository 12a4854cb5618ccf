#include "stats/benchfmt/reader.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include "libprof/base/files.h"
#include "libprof/base/thread_pool.h"
#include "stats/benchfmt/encoding.h"
#include "stats/benchfmt/formats.h"
#include "stats/benchfmt/lines.h"

namespace bench {

void Records::results(Result& first, std::span<const int64_t> iterations, std::span<const double> values) {
  for (const int64_t count : iterations) {
    first.iterations = count;
    for (Value& value : first.values) {
      value.value = values.front();
      values = values.subspan(1);
    }
    result(first);
  }
}

const std::vector<Format>& formats() {
  static const std::vector<Format> table = {
      {"benchcmp", is_own_json, read_own_json},
      {"nanobench", is_nanobench, read_nanobench},
      {"hyperfine", is_hyperfine, read_hyperfine},
      {"criterion", is_criterion, read_criterion},
      {"pytest-benchmark", is_pytest_benchmark, read_pytest_benchmark},
      {"pyperf", is_pyperf, read_pyperf},
      {"google-benchmark-json", is_google_benchmark, read_google_benchmark},
      {"go-test-json", is_go_test_json, read_go_test_json},
      {"", is_any_json, refuse_json},
      {"catch2-xml", is_catch2_xml, read_catch2_xml},
      {"catch2", is_catch2_console, read_catch2_console},
      {"google-benchmark", is_google_console, read_google_console},
      {"cargo", is_cargo, read_cargo},
      {"", is_criterion_text, refuse_criterion_text},
      {"go", [](std::string_view) { return true; }, read_go_text},
  };
  return table;
}

const Format* format_named(std::string_view name) {
  for (const Format& format : formats()) {
    if (format.name == name && !name.empty()) return &format;
  }
  return nullptr;
}

namespace {

const Format& format_of(std::string_view text) {
  const auto& all = formats();
  return *std::find_if(all.begin(), all.end(), [&](const Format& format) { return format.detect(text); });
}

// An input before it is parsed.
struct Loaded {
  std::optional<LineBlocks> go_file;  // Go text so large that it is read where it is parsed
  prof::Result<std::string> data;     // else
};

Loaded load(const std::string& path, const Format* forced) {
  auto file = LineBlocks::open(path);
  if (file && file->size() > kLooked) {
    const std::string head = file->head(kLooked);
    const auto decoded = to_utf8(head);
    const bool is_plain = decoded && !decoded->converted && decoded->skip == 0;
    if (is_plain && (forced != nullptr ? *forced : format_of(head)).name == "go")
      return {std::move(file), {}};
  }
  return {std::nullopt, prof::read_file(path)};
}

}  // namespace

prof::Result<void> read_benchmarks(std::string_view data, Source& source, const Format* forced) {
  auto decoded = to_utf8(data);
  if (!decoded)
    return prof::fail("cannot read " + source.file + ": " + decoded.error().what, decoded.error().remedy);
  const std::string_view text =
      decoded->converted ? std::string_view(decoded->text) : data.substr(decoded->skip);
  return (forced != nullptr ? *forced : format_of(text)).read(text, source);
}

std::vector<Input> parse_inputs(const std::vector<std::string>& arguments) {
  std::vector<Input> inputs;
  std::map<std::string, int> uses, next;
  std::vector<bool> labelled;
  for (const std::string& argument : arguments) {
    const size_t equals = argument.find('=');
    labelled.push_back(equals != std::string::npos);
    if (labelled.back()) {
      inputs.push_back({argument.substr(equals + 1), argument.substr(0, equals)});
    } else {
      inputs.push_back({argument, argument});
      uses[argument]++;
    }
  }
  for (size_t i = 0; i < inputs.size(); i++) {
    const std::string& path = inputs[i].path;
    if (labelled[i] || uses[path] == 1) continue;
    inputs[i].label = path + "#" + std::to_string(next[path]++);
  }
  return inputs;
}

namespace {

prof::Result<void> read_loaded(const Input& input, const Loaded& loaded, UnitMetadata& units,
                               Records& records, const Format* forced) {
  Source source{input.path, {}, units, records};
  source.config.set(".file", input.label, false);
  const auto directory = read_criterion_directory(input.path, source);
  if (!directory) return tl::unexpected(directory.error());
  if (*directory) return {};
  if (!loaded.data) return tl::unexpected(loaded.data.error());
  return loaded.go_file ? read_go_text(*loaded.go_file, source)
                        : read_benchmarks(*loaded.data, source, forced);
}

}  // namespace

prof::Result<std::vector<std::string>> read_inputs(const std::vector<Input>& inputs, UnitMetadata& units,
                                                   Records& records, const Format* forced) {
  const auto is_nameless = [](const Input& input) { return input.path.empty(); };
  if (std::any_of(inputs.begin(), inputs.end(), is_nameless))
    return prof::fail("an input has no name", "write FILE, LABEL=FILE or - for standard input");
  std::vector<std::string> telling;
  std::optional<Loaded> next;
  for (size_t i = 0; i < inputs.size(); i++) {
    std::optional<Loaded> loaded(std::move(next));
    next.reset();
    if (!loaded) loaded.emplace(load(inputs[i].path, forced));
    const size_t units_before = units.size();
    prof::Result<void> done;
    // A file is read while the one before it is parsed; a pipe, which may never end, is read in its turn.
    std::error_code error;
    const bool reads_ahead =
        i + 1 < inputs.size() && std::filesystem::is_regular_file(inputs[i + 1].path, error);
    prof::run_with_helpers(
        reads_ahead ? 1 : 0, [&] { next.emplace(load(inputs[i + 1].path, forced)); },
        [&] { done = read_loaded(inputs[i], *loaded, units, records, forced); });
    if (!done) return tl::unexpected(done.error());
    if (units.size() > units_before) telling.push_back(inputs[i].label);
  }
  return telling;
}

}  // namespace bench
