#include "stats/gate/noise.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "stats/benchmath/shift.h"
#include "stats/text/unicode.h"

namespace bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "benchcmp-noise/1";
constexpr double kQuantile = 0.95;

// Magnitudes of the logarithms of the changes between any two cells: of the shift or of the centres,
// whichever is larger, for the gate looks at both.
std::vector<double> changes_between(std::span<const Cell> cells) {
  std::vector<double> magnitudes;
  for (size_t i = 0; i < cells.size(); i++) {
    for (size_t j = i + 1; j < cells.size(); j++) {
      const bool summarized = cells[i].moments != nullptr || cells[j].moments != nullptr;
      constexpr double kConfidence = 0.95, kAlpha = 0.05;
      const Shift shift =
          summarized ? estimate_shift(moments_of(cells[i]), moments_of(cells[j]), kConfidence, kAlpha)
                     : estimate_shift(cells[i].sample, cells[j].sample, kConfidence, kAlpha);
      const double centers = std::log(cells[j].summary.center / cells[i].summary.center);
      const double magnitude = std::max(std::fabs(std::log1p(shift.estimate)), std::fabs(centers));
      if (shift.logarithmic && std::isfinite(magnitude)) magnitudes.push_back(magnitude);
    }
  }
  return magnitudes;
}

// The text with U+FFFD for bytes that are no UTF-8.
std::string as_in_json(const std::string& text) {
  if (valid_utf8(text)) return text;
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

std::pair<std::string, std::string> key_of(const std::string& row, const std::string& unit) {
  return {as_in_json(row), as_in_json(unit)};
}

bool varies(const Row& row) {
  return std::any_of(row.cells.begin(), row.cells.end(), [&](const Cell& cell) {
    return cell.moments != nullptr || cell.sample.front() != row.cells[0].sample.front() ||
           cell.sample.back() != row.cells[0].sample.front();
  });
}

}  // namespace

const NoiseFloor* Noise::find(const std::string& row, const std::string& unit) const {
  const auto found = floors.find(key_of(row, unit));
  return found == floors.end() ? nullptr : &found->second;
}

double Noise::floor_of(const std::string& row, const std::string& unit) const {
  const NoiseFloor* found = find(row, unit);
  return found == nullptr ? 0 : found->floor;
}

Noise measure_noise(const Tables& tables) {
  Noise noise;
  for (const auto& [key, values] : tables.machine) {
    for (const std::string& value : values) noise.machine[key].insert(as_in_json(value));
  }
  for (const Table& table : tables.tables) {
    for (const Row& row : table.rows) {
      const bool is_constant = !varies(row);
      if (table.exact || (is_constant && counts(table.unit))) continue;
      std::vector<double> magnitudes = changes_between(row.cells);
      // Zeros have no ratios.
      if (is_constant) magnitudes.assign(row.cells.size() * (row.cells.size() - 1) / 2, 0);
      if (magnitudes.empty()) continue;
      std::sort(magnitudes.begin(), magnitudes.end());
      const auto rank = static_cast<size_t>(std::ceil(kQuantile * static_cast<double>(magnitudes.size())));
      NoiseFloor& known = noise.floors[key_of(row.label, table.unit)];
      known.floor = std::max(known.floor, std::expm1(magnitudes[rank - 1]));
      known.pairs += magnitudes.size();
    }
  }
  return noise;
}

std::string write_noise(const Noise& noise) {
  Json floors = Json::array();
  for (const auto& [key, floor] : noise.floors) {
    floors.push_back(
        {{"row", key.first}, {"unit", key.second}, {"floor", floor.floor}, {"pairs", floor.pairs}});
  }
  const Json json = {
      {"schema", kSchema},
      {"method",
       "95th percentile of the magnitudes of the changes between inputs, of the centres or of the shifts"},
      {"machine", noise.machine},
      {"floors", floors}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

prof::Result<Noise> parse_noise(std::string_view text, const std::string& file) {
  const auto wrong = [&](const std::string& what) {
    return prof::fail("cannot use " + file + " as noise floor: " + what,
                      "make one with benchcmp calibrate -o FILE A B...");
  };
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return wrong("it is not JSON");
  const auto schema = json.find("schema");
  if (schema == json.end() || *schema != kSchema) return wrong(std::string("its schema is not ") + kSchema);
  const auto floors = json.find("floors");
  if (floors == json.end() || !floors->is_array()) return wrong("it has no array of floors");
  Noise noise;
  for (const Json& entry : *floors) {
    const auto of = [&](const char* key) { return entry.is_object() ? entry.value(key, Json()) : Json(); };
    const Json row = of("row"), unit = of("unit"), floor = of("floor"), pairs = of("pairs");
    if (!row.is_string() || !unit.is_string() || !floor.is_number() || floor.get<double>() < 0) {
      return wrong("entry " + std::to_string(noise.floors.size() + 1) +
                   " of floors lacks a row, a unit, or a floor >= 0");
    }
    noise.floors[{row.get<std::string>(), unit.get<std::string>()}] = {
        floor.get<double>(), pairs.is_number_unsigned() ? pairs.get<size_t>() : 0};
  }
  const auto machine = json.find("machine");
  if (machine == json.end() || !machine->is_object()) return noise;
  for (const auto& [key, values] : machine->items()) {
    for (const Json& value : values) {
      if (value.is_string()) noise.machine[key].insert(value.get<std::string>());
    }
  }
  return noise;
}

prof::Warnings compare_machines(const Machine& calibrated, const Machine& used) {
  prof::Warnings warnings;
  for (const auto& [key, values] : used) {
    const auto known = calibrated.find(key);
    if (known == calibrated.end() || known->second.empty()) continue;
    for (const std::string& value : values) {
      if (known->second.count(as_in_json(value)) != 0) continue;
      warnings.push_back("the noise floor is that of another machine: " + key + " was " +
                         *known->second.begin() + ", and is " + value);
      break;
    }
  }
  return warnings;
}

}  // namespace bench
