#include <algorithm>
#include <map>
#include <optional>

#include "stats/benchfmt/bare_numbers.h"
#include "stats/benchfmt/emitter.h"
#include "stats/benchfmt/google_aggregates.h"
#include "stats/benchfmt/google_entry.h"
#include "stats/benchfmt/json.h"
#include "stats/benchfmt/json_documents.h"
#include "stats/benchfmt/lines.h"

namespace bench {
namespace {

// What Google Benchmark itself puts into the context, and whether results that differ in it are still
// comparable.
struct ContextKey {
  std::string_view name;
  bool splits;
};
constexpr ContextKey kContext[] = {{"date", false},
                                   {"host_name", false},
                                   {"executable", false},
                                   {"num_cpus", true},
                                   {"mhz_per_cpu", false},
                                   {"cpu_scaling_enabled", false},
                                   {"caches", false},
                                   {"load_avg", false},
                                   {"library_version", false},
                                   {"json_schema_version", false},
                                   {"library_build_type", true}};

class GoogleBenchmarkReader {
 public:
  GoogleBenchmarkReader(Source& source, const Json& document)
      : source_(source), document_(document), out_(source) {}

  void read_context(const Json& context) {
    for (const auto& [key, value] : context.items()) {
      bool splits = true;
      for (const auto& known : kContext) {
        if (key == known.name) splits = known.splits;
      }
      if (!value.is_array() && !value.is_object()) source_.config.set(key, printed(value), splits);
    }
    if (context.value("library_build_type", Json()) == "debug") {
      source_.note(
          "warning: Google Benchmark itself was built for debugging, which adds to every timing; link a "
          "release build of it");
    }
    if (context.value("cpu_scaling_enabled", Json()) == true) {
      source_.note(
          "warning: CPU frequency scaling was enabled, timings may vary; set the governor to performance");
    }
  }

  void read_entry(size_t index, const Json& entry) {
    const auto problem = [&](const std::string& message) {
      entry_problem(source_, document_, entry, "benchmark " + std::to_string(index + 1) + ": " + message);
    };
    if (!entry.is_object()) return problem("expected an object");
    for (const char* fit : {"cpu_coefficient", "real_coefficient", "big_o", "rms"}) {
      if (entry.contains(fit)) return;
    }
    const Json name = entry.value("run_name", entry.value("name", Json()));
    if (entry.value("error_occurred", Json()) == true) {
      return problem(text_of(member(entry, "name")) + " failed: " + text_of(member(entry, "error_message")));
    }
    if (const auto benchmark = aggregated(entry)) {
      missing_.saw_aggregate(*benchmark, index);
      return summaries_.take(*benchmark, entry);
    }
    if (const Json skipped = entry.value("skipped", Json(false)); skipped != false && skipped != "") return;
    if (!name.is_string()) return problem("missing name");
    missing_.saw_run(name.get_ref<const std::string&>());
    if (const std::string wrong = read_measured(entry, measured_); !wrong.empty()) return problem(wrong);
    // In old versions a name has its number of repetitions: BM/repeats:10 is part of run_name and stays.
    out_.begin(name.get_ref<const std::string&>(), iterations_of(entry));
    for (const Measured& one : measured_) out_.add(one.value, one.unit);
    out_.end();
  }

  // Before 1.4.1 no entry said what it is: then names and numbers of iterations do.
  void read_all(const Json& benchmarks) {
    const auto says = [](const Json& entry) { return entry.is_object() && entry.contains("run_type"); };
    is_typed_ = std::any_of(benchmarks.begin(), benchmarks.end(), says);
    for (const Json& entry : benchmarks) untyped_.saw(text_of(member(entry, "name")), iterations_of(entry));
    for (size_t i = 0; i < benchmarks.size(); i++) read_entry(i, benchmarks[i]);
    if (missing_.is_of_all()) source_.note(MissingRuns::kOfAll);
    missing_.for_each([&](const std::string& benchmark, size_t index) {
      if (!summaries_.summarize(benchmark, out_) && !missing_.is_of_all())
        entry_problem(source_, document_, benchmarks[index], benchmark + MissingRuns::kOfOne);
    });
  }

 private:
  // The benchmark of which the entry is a statistic; nothing where it is a run.
  std::optional<std::string> aggregated(const Json& entry) {
    if (is_typed_) {
      if (entry.value("run_type", Json("iteration")) == "iteration") return std::nullopt;
      return text_of(member(entry, "run_name"));
    }
    const Json& name = member(entry, "name");
    if (!name.is_string()) return std::nullopt;
    const auto base = untyped_.base_of(name.get_ref<const std::string&>(), iterations_of(entry));
    return base.empty() ? std::nullopt : std::optional<std::string>(base);
  }

  Source& source_;
  const Json& document_;
  Emitter out_;
  std::vector<Measured> measured_;
  MissingRuns missing_;
  GoogleSummaries summaries_;
  bool is_typed_ = true;
  GoogleAggregates untyped_;
};

prof::Result<void> read_document(const JsonDocument& text, Source& source) {
  const auto document =
      parse_json(quote_bare_numbers(text.text), source, "Google Benchmark's JSON", text.line);
  if (!document) {
    return prof::fail(document.error().what,
                      "write it again with --benchmark_out=FILE --benchmark_out_format=json");
  }
  GoogleBenchmarkReader reader(source, *document);
  if (const Json& context = member(*document, "context"); context.is_object()) reader.read_context(context);
  const Json& benchmarks = member(*document, "benchmarks");
  if (!benchmarks.is_array()) {
    return prof::fail("cannot read " + source.file + ": its \"benchmarks\" is not a list");
  }
  reader.read_all(benchmarks);
  return {};
}

// What Google Benchmark begins with: `{"context": {`, with any white space.
bool begins_with_context(std::string_view data) {
  for (const std::string_view token : {"{", "\"context\"", ":", "{"}) {
    data.remove_prefix(std::min(data.find_first_not_of(" \t\r\n"), data.size()));
    if (!data.starts_with(token)) return false;
    data.remove_prefix(token.size());
  }
  return true;
}

// Behind what a program prints itself.
bool begins_behind_text(std::string_view data) {
  data = data.substr(0, kLooked);
  for (size_t end = data.find("\n{"); end != std::string_view::npos; end = data.find("\n{", end + 1)) {
    if (begins_with_context(data.substr(end))) return true;
  }
  return false;
}

}  // namespace

bool is_google_benchmark(std::string_view data) {
  const auto has = [&](std::string_view key) { return data.find(key) != std::string_view::npos; };
  if (!is_json(data) && !begins_behind_text(data)) return false;
  // The benchmarks of others (mitata) have lists of runs.
  return has("\"benchmarks\"") && (has("\"real_time\"") || !has("\"runs\"")) && !is_go_test_json(data);
}

prof::Result<void> read_google_benchmark(std::string_view data, Source& source) {
  auto documents = json_documents(data);
  if (documents.empty()) return prof::fail("cannot read " + source.file + ": it has no JSON object");
  // What the program prints may be JSON too. An output that was cut off stays, for its error.
  const auto is_other = [](const JsonDocument& document) {
    return !begins_with_context(document.text) &&
           document.text.find("\"benchmarks\"") == std::string_view::npos;
  };
  if (!std::all_of(documents.begin(), documents.end(), is_other)) std::erase_if(documents, is_other);
  for (const JsonDocument& document : documents) {
    if (const auto read = read_document(document, source); !read) return read;
  }
  return {};
}

}  // namespace bench
