// From results to tables: filter, project, group into cells, then estimate and compare.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "libprof/base/flat_array.h"
#include "stats/benchfmt/reader.h"
#include "stats/benchproc/projection.h"
#include "stats/table/table.h"

namespace bench {

// How results are chosen and laid out: what benchstat's flags of these names say.
struct Layout {
  std::string filter = "*";
  std::string table = ".config";
  std::string row = ".fullname";
  std::string col = ".file";
  std::string ignore;
  std::string run_key;  // values of one benchmark that agree in these keys are of one run
  bool pairs = false;   // where there is no run_key: .pair is one, if results have it
};

// Receives records, keeps their values by cell, and makes tables of them at the end.
class TableBuilder : public Records {
 public:
  // The error says which flag's expression is wrong, and where.
  static prof::Result<std::unique_ptr<TableBuilder>> make(const Layout& layout, const UnitMetadata& units);

  void result(const Result& result) override;
  void results(Result& first, std::span<const int64_t> iterations, std::span<const double> values) override;
  void problem(const std::string& message) override {
    problems_.push_back(message);
    left_out_.add(message);
  }
  void note(const std::string& message) override { problems_.push_back(message); }

  // kKeep: with Cell::runs, for what looks at the order of values.
  enum class Runs { kDrop, kKeep };
  // Once: it uses up what was read.
  Tables build(const Options& options, Runs runs = Runs::kDrop);

  // What was read, for messages about what is missing.
  size_t results_read() const { return results_read_; }
  size_t results_kept() const { return results_kept_; }
  const LeftOut& left_out() const { return left_out_; }
  // Problems and notes since the last call.
  std::vector<std::string> take_problems();
  // Keys of the flags that no result had: a misspelling splits or filters by nothing, silently.
  // `may_lack`: keys of which nobody asked that there be one.
  prof::Warnings unseen_keys(const std::set<std::string>& may_lack = {}) const;

 private:
  struct CellData {
    Key table, row, col;
    Key residue;                 // of its first result
    uint32_t count = 0;          // values
    uint32_t not_numbers = 0;    // NaNs, left out
    uint32_t pending = 0;        // its place in pending_, if it has one
    std::span<double> values{};  // its first segment; all of them, as soon as they are gathered
  };
  // Values of a cell from results that follow each other: more than one where its runs do not, and all where
  // there is a run key.
  struct Segment {
    uint32_t cell;
    Key run;
    std::span<double> values;
  };
  struct Pending {
    uint32_t cell;
    std::vector<double> values;
  };
  struct CellKey {
    Key table, row, col;
    bool operator==(const CellKey&) const = default;
  };

  explicit TableBuilder(const UnitMetadata& units) : units_(units), group_(symbols_) {}
  static constexpr uint32_t kNowhere = UINT32_MAX;
  bool same_kind(const Result& result) const;
  void remember(const Result& result);
  void find_places(const Result& result);
  void place(const Result& result);
  uint32_t cell_of(const CellKey& key, Key residue);
  uint32_t pending_of(uint32_t cell);
  void add(Pending& pending, double value);
  void close_segments();
  void collapse_runs();
  void gather_values();
  struct Ranking;
  // Of each cell of a table, in their order: which of cells_ it is, and its column.
  struct Source {
    uint32_t cell, column;
  };
  using Sources = std::vector<Source>;
  Table lay_out(Key key, std::vector<uint32_t>& cells, const Ranking& all_rows, const Ranking& all_columns,
                Sources& sources);
  Sources place_cells(Table& table, const std::vector<uint32_t>& cells, const Ranking& rows,
                      const Ranking& cols);
  void make_cells(Table& table, const Sources& sources);
  std::vector<std::string> column_values(Key column) const;
  void label(Table& table, Key key, const std::vector<Key>& columns) const;
  void add_runs_to_summaries();
  void summarize_runs_beside_summaries();
  Cell make_cell(uint32_t index);

  void note_machine(const Result& result, Key column);
  Machine machine_of(Key column) const;
  prof::Warnings machine_warnings(const std::vector<Key>& columns) const;

  const UnitMetadata& units_;
  Symbols symbols_;
  ProjectionGroup group_;
  Filter filter_ = *Filter::parse("*");
  std::unique_ptr<Projection> table_by_, row_by_, col_by_, ignore_, run_by_, residue_;
  bool has_runs_ = false;       // there is a run key
  bool may_lack_runs_ = false;  // it is Layout::pairs
  prof::FlatArray<CellData> cells_;
  FlatIndex index_;  // of cells_
  // Of the last result: what decides where its values go, and where in pending_ they went, or kNowhere.
  uint64_t last_version_ = 0;
  std::string last_name_;
  std::vector<std::pair<std::string_view, std::string_view>> last_units_;
  std::vector<uint32_t> last_places_;
  std::vector<Pending> pending_;  // the first pending_size_ of them: segments that are open
  size_t pending_size_ = 0;
  bool kept_ = false;
  Key last_run_ = 0;
  std::map<uint32_t, Moments> moments_;                 // by cell: of its summaries, or of runs beside them
  std::map<uint32_t, std::vector<Key>> run_keys_;       // by cell: those of its values
  std::map<uint32_t, std::vector<double>> means_;       // by cell: those of its values that are summaries
  std::map<uint32_t, std::vector<Key>> more_residues_;  // by cell: those of its other results
  Samples samples_;
  std::vector<Segment> segments_;
  std::vector<Key> table_keys_;
  std::vector<std::string> problems_;
  LeftOut left_out_;
  std::map<std::pair<Key, std::string>, std::set<std::string>> machines_;  // by column and key
  uint64_t noted_version_ = 0;
  Key noted_column_ = 0;
  size_t results_read_ = 0;
  size_t results_kept_ = 0;
};

}  // namespace bench
