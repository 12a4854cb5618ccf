#include "libprof/report/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "libprof/base/hash.h"
#include "libprof/base/scratch_file.h"
#include "libprof/base/utf8.h"
#include "libprof/profile/hash_index.h"
#include "libprof/report/nodes.h"

namespace prof::report {
namespace {

// The page cache stays small: SQLite sorts as much at a time, and 64 MiB took three times as long as the 2
// MiB that a processor's cache holds.
constexpr const char* kTables = R"(
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA locking_mode = EXCLUSIVE;
BEGIN;
CREATE TABLE meta (key TEXT PRIMARY KEY, value);
CREATE TABLE comments (comment TEXT);
CREATE TABLE sample_types (id INTEGER PRIMARY KEY, type TEXT, unit TEXT, is_default INTEGER);
CREATE TABLE modules (id INTEGER PRIMARY KEY, file TEXT, build_id TEXT, start INTEGER, "limit" INTEGER, "offset" INTEGER);
CREATE TABLE frames (id INTEGER PRIMARY KEY, function TEXT, system_name TEXT, file TEXT, line INTEGER, "column" INTEGER,
  start_line INTEGER, address INTEGER, module_id INTEGER REFERENCES modules, is_inlined INTEGER, name TEXT);
CREATE TABLE stacks (id INTEGER PRIMARY KEY, depth INTEGER);
CREATE TABLE stack_frames (stack_id INTEGER REFERENCES stacks, position INTEGER, frame_id INTEGER REFERENCES frames,
  PRIMARY KEY (stack_id, position)) WITHOUT ROWID;
CREATE TABLE labels (sample_id INTEGER REFERENCES samples, key TEXT, text TEXT, number INTEGER, unit TEXT);
)";

// Behind the data: faster, and the views need the columns of `samples`. {0}: the shown sample type's column.
constexpr const char* kViews = R"(
CREATE INDEX samples_by_stack ON samples (stack_id);
CREATE INDEX stack_frames_by_frame ON stack_frames (frame_id);
CREATE INDEX frames_by_name ON frames (name);
CREATE INDEX labels_by_sample ON labels (sample_id);
CREATE INDEX labels_by_key ON labels (key, text);
CREATE VIEW sample_frames AS
  SELECT samples.*, stack_frames.position, frames.name AS function, frames.file, frames.line, frames.address,
    frames.is_inlined, modules.file AS module
  FROM samples JOIN stack_frames USING (stack_id) JOIN frames ON frames.id = stack_frames.frame_id
    LEFT JOIN modules ON modules.id = frames.module_id;
CREATE VIEW top AS
  WITH once AS (SELECT DISTINCT function, id, {0} AS value FROM sample_frames),
    leaves AS (SELECT function, sum({0}) AS flat FROM sample_frames WHERE position = 0 GROUP BY function)
  SELECT once.function, ifnull(leaves.flat, 0) AS flat, sum(once.value) AS cum
  FROM once LEFT JOIN leaves USING (function)
  GROUP BY once.function ORDER BY flat DESC, cum DESC;
CREATE VIEW calls AS
  WITH once AS (SELECT DISTINCT caller.function AS caller, callee.function AS callee, callee.id, callee.{0} AS value
    FROM sample_frames AS callee JOIN sample_frames AS caller
      ON caller.id = callee.id AND caller.position = callee.position + 1)
  SELECT caller, callee, sum(value) AS weight FROM once GROUP BY caller, callee ORDER BY weight DESC;
CREATE VIEW folded AS
  SELECT stack, sum({0}) AS value FROM samples JOIN (
    SELECT stack_id, group_concat(name, ';') AS stack FROM (
      SELECT stack_id, name FROM stack_frames JOIN frames ON frames.id = frame_id ORDER BY stack_id, position DESC)
    GROUP BY stack_id) USING (stack_id)
  GROUP BY stack ORDER BY value DESC;
COMMIT;
)";

struct Close {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

// The first failure of a connection stays; what comes after it is not tried.
class Database {
 public:
  explicit Database(const std::string& path) {
    sqlite3* db = nullptr;
    failed_ = sqlite3_open(path.c_str(), &db) != SQLITE_OK;
    db_.reset(db);
    keep_error();
  }
  void execute(const std::string& sql) {
    if (failed_) return;
    failed_ = sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK;
    keep_error();
  }
  bool failed() const { return failed_; }
  const std::string& error() const { return error_; }

 private:
  friend class Insert;
  void keep_error() {
    if (failed_ && error_.empty()) error_ = sqlite3_errmsg(db_.get());
  }
  std::unique_ptr<sqlite3, Close> db_;
  bool failed_ = false;
  std::string error_;
};

// A prepared INSERT: one call a row.
class Insert {
 public:
  Insert(Database& db, const std::string& table, size_t columns) : db_(db) {
    std::string marks = "?";
    for (size_t i = 1; i < columns; i++) marks += ",?";
    sqlite3_stmt* statement = nullptr;
    const std::string sql = fmt::format("INSERT INTO {} VALUES ({})", table, marks);
    if (!db.failed_)
      db.failed_ = sqlite3_prepare_v2(db.db_.get(), sql.c_str(), -1, &statement, nullptr) != SQLITE_OK;
    db.keep_error();
    statement_.reset(statement);
  }
  template <typename... Values>
  void operator()(const Values&... values) {
    int column = 0;
    (bind(++column, values), ...);
    step();
  }
  void bind(int column, int64_t value) { sqlite3_bind_int64(statement_.get(), column, value); }
  // Readers may refuse what is no UTF-8 (Python's module does): names may be any bytes.
  void bind(int column, std::string_view text) {
    if (!is_utf8(text)) return bind_text(column, as_utf8(text), SQLITE_TRANSIENT);
    bind_text(column, text, SQLITE_STATIC);
  }
  void bind(int column, std::nullptr_t) { sqlite3_bind_null(statement_.get(), column); }
  void step() {
    if (db_.failed_) return;
    db_.failed_ = sqlite3_step(statement_.get()) != SQLITE_DONE;
    db_.keep_error();
    sqlite3_reset(statement_.get());
  }

 private:
  void bind_text(int column, std::string_view text, sqlite3_destructor_type owner) {
    sqlite3_bind_text(statement_.get(), column, text.data(), static_cast<int>(text.size()), owner);
  }

  Database& db_;
  std::unique_ptr<sqlite3_stmt, Close> statement_;
};

std::string identifier(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

// As SQLite compares names.
std::string lower_ascii(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

// A column for each sample type, by its name; a second one of a name gets its number.
std::vector<std::string> value_columns(const Profile& p) {
  std::vector<std::string> columns;
  std::set<std::string> taken = {"", "id", "stack_id"};
  for (const ValueType type : p.sample_types()) {
    const std::string name(p.string(type.type));
    std::string column = name;
    for (size_t number = columns.size(); !taken.insert(lower_ascii(column)).second; number++) {
      column = fmt::format("{}_{}", name, number);
    }
    columns.push_back(identifier(column));
  }
  return columns;
}

void write_meta(Database& db, const View& view) {
  const Profile& p = view.profile();
  Insert meta(db, "meta", 2), comments(db, "comments", 1), types(db, "sample_types", 4),
      modules(db, "modules", 6);
  meta(std::string_view("schema_version"), int64_t{1});
  meta(std::string_view("time_ns"), p.time_ns);
  meta(std::string_view("duration_ns"), p.duration_ns);
  meta(std::string_view("period"), p.period);
  meta(std::string_view("period_type"), p.string(p.period_type.type));
  meta(std::string_view("period_unit"), p.string(p.period_type.unit));
  for (const StringId comment : p.comments) comments(p.string(comment));
  for (size_t t = 0; t < p.sample_types().size(); t++) {
    types(static_cast<int64_t>(t), p.string(p.sample_types()[t].type), p.string(p.sample_types()[t].unit),
          int64_t{t == view.value().index});
  }
  for (size_t m = 0; m < p.mappings().size(); m++) {
    const Mapping& mapping = p.mappings()[m];
    modules(static_cast<int64_t>(m), p.string(mapping.file), p.string(mapping.build_id),
            static_cast<int64_t>(mapping.start), static_cast<int64_t>(mapping.limit),
            static_cast<int64_t>(mapping.offset));
  }
}

// What reports call a frame.
std::string name_of(const Profile& p, const Function* function, uint32_t mapping) {
  if (function != nullptr && function->name != 0) return std::string(p.string(function->name));
  const std::string_view file = mapping == kNoIndex ? "" : p.string(p.mappings()[mapping].file);
  return file.empty() ? "<unknown>" : fmt::format("[{}]", base_name(file));
}

// Writes a row for each visible line of each location; the first row of each, and behind the last.
std::vector<uint32_t> write_frames(Database& db, const View& view) {
  const Profile& p = view.profile();
  Insert insert(db, "frames", 11);
  std::vector<uint32_t> first = {0};
  uint32_t id = 0;
  for (uint32_t l = 0; l < p.locations().size(); l++) {
    const Location& location = p.locations()[l];
    if (view.visible(l)) {
      const auto write = [&](const Line* line, bool is_inlined) {
        const Function* f = line == nullptr ? nullptr : &p.functions()[line->function];
        insert.bind(1, int64_t{id++});
        for (int c = 2; c <= 7; c++) insert.bind(c, nullptr);
        if (f != nullptr) {
          insert.bind(2, p.string(f->name));
          insert.bind(3, p.string(f->system_name));
          insert.bind(4, p.string(f->filename));
          insert.bind(5, line->line);
          insert.bind(6, line->column);
          insert.bind(7, f->start_line);
        }
        insert.bind(8, static_cast<int64_t>(location.address));
        if (location.mapping == kNoIndex) {
          insert.bind(9, nullptr);
        } else {
          insert.bind(9, int64_t{location.mapping});
        }
        insert.bind(10, int64_t{is_inlined});
        const std::string name = name_of(p, f, location.mapping);
        insert.bind(11, name);
        insert.step();
      };
      const auto lines = view.lines(l);
      for (size_t i = 0; i < lines.size(); i++) write(&lines[i], i + 1 < lines.size());
      if (lines.empty()) write(nullptr, false);
    }
    first.push_back(id);
  }
  return first;
}

// Stacks that were there, by the first sample that had each.
class KnownStacks {
 public:
  size_t size() const { return samples_.size(); }
  // Counting from 0: size() where it is new.
  int64_t id(size_t sample, const View& view) {
    const auto stack = view.stack(sample);
    const std::string_view bytes(reinterpret_cast<const char*>(stack.data()), stack.size_bytes());
    return index_.find_or_add(
        hash_of(bytes), [&](uint32_t id) { return std::ranges::equal(view.stack(samples_[id]), stack); },
        [&] {
          samples_.push_back(sample);
          return static_cast<uint32_t>(samples_.size() - 1);
        });
  }

 private:
  HashIndex index_;
  std::vector<size_t> samples_;
};

void write_samples(Database& db, const View& view, size_t columns) {
  const Profile& p = view.profile();
  const std::vector<uint32_t> first = write_frames(db, view);
  Insert samples(db, "samples", columns + 2), stacks(db, "stacks", 2), frames(db, "stack_frames", 3),
      labels(db, "labels", 5);
  KnownStacks known;
  for (size_t i = 0; i < p.sample_count() && !db.failed(); i++) {
    if (!view.keeps(i)) continue;
    const auto stack = view.stack(i);
    const auto before = static_cast<int64_t>(known.size());
    const int64_t stack_id = known.id(i, view);
    if (stack_id == before) {
      int64_t position = 0;
      for (const uint32_t l : stack) {
        for (uint32_t frame = first[l]; frame < first[l + 1]; frame++) {
          frames(stack_id, position++, int64_t{frame});
        }
      }
      stacks(stack_id, position);
    }
    const auto id = static_cast<int64_t>(i);
    samples.bind(1, id);
    samples.bind(2, stack_id);
    for (size_t t = 0; t < columns; t++) samples.bind(static_cast<int>(t) + 3, p.values(i)[t]);
    samples.step();
    for (const Label& label : p.labels(i)) {
      if (!view.shows_tag(label)) continue;
      if (is_text(label)) labels(id, p.string(label.key), p.string(label.str), nullptr, nullptr);
      if (is_number(label)) labels(id, p.string(label.key), nullptr, label.num, view.units().of(label.key));
    }
  }
}

}  // namespace

Result<void> write_sqlite(const View& view, const Put& put) {
  auto file = ScratchFile::make();
  if (!file) return tl::unexpected(file.error());
  const auto columns = value_columns(view.profile());
  std::string error;
  {
    Database db(file->path());
    file->drop_name();
    db.execute(kTables);
    std::string definitions;
    for (const std::string& column : columns) definitions += fmt::format(", {} INTEGER", column);
    db.execute(fmt::format(
        "CREATE TABLE samples (id INTEGER PRIMARY KEY, stack_id INTEGER REFERENCES stacks{})", definitions));
    write_meta(db, view);
    write_samples(db, view, columns.size());
    db.execute(fmt::format(kViews, columns[view.value().index]));
    error = db.error();
  }
  if (!error.empty()) {
    return fail("cannot make the database: " + error,
                "name a directory with more space in TMPDIR; see ulimit -f, too");
  }
  return file->read_parts(put);
}

}  // namespace prof::report
