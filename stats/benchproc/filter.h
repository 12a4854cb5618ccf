// Which results, and which of their measurements, an expression selects.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stats/benchproc/extract.h"
#include "stats/benchproc/filter_parse.h"

namespace bench {

// Which values of one result match. Filters on anything but .unit decide for the result as a whole.
class Match {
 public:
  static Match whole(bool all) { return Match(all); }
  static Match none_of(size_t values) { return Match(values); }

  bool is_whole() const { return whole_; }
  bool all() const { return all_; }  // meaningful where is_whole()
  bool test(size_t value) const { return whole_ ? all_ : mask_[value]; }
  bool any() const;
  void set(size_t value) { mask_[value] = true; }
  void invert();
  void intersect(const Match& other);  // neither is whole
  void unite(const Match& other);

 private:
  explicit Match(bool all) : whole_(true), all_(all) {}
  explicit Match(size_t values) : whole_(false), mask_(values) {}
  bool whole_;
  bool all_ = false;
  std::vector<bool> mask_;
};

class Filter {
 public:
  // The error is describe()d: what, the query, and a caret.
  static tl::expected<Filter, std::string> parse(std::string_view query);
  // From now on, only results whose value of `key` is one of `values`; see fixed orders in projection.h.
  void require(Extractor key, std::vector<std::string> values);

  Match match(const Result& result);
  // Keys of the expression that no result had so far.
  std::vector<std::string> unseen_keys() const;

 private:
  struct Node {
    FilterNode::Kind kind = FilterNode::Kind::kAnd;
    std::vector<Node> children;
    FilterNode leaf;
    bool is_unit = false;
    Extractor extractor = Extractor::full_name_without({});
    bool seen = false;
  };
  struct Requirement {
    Extractor key;
    std::vector<std::string> values;
  };

  static tl::expected<Node, SyntaxError> compile(const FilterNode& node);
  Match evaluate(Node& node, const Result& result);
  static void collect_unseen(const Node& node, std::vector<std::string>& keys);

  Node root_;
  std::vector<Requirement> requirements_;
  std::string scratch_;
};

}  // namespace bench
