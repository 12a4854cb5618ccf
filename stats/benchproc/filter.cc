#include "stats/benchproc/filter.h"

#include <re2/re2.h>

#include <algorithm>

namespace bench {
namespace {

bool matches(const FilterNode& leaf, std::string_view value) {
  return leaf.regexp ? re2::RE2::PartialMatch(re2::StringPiece(value.data(), value.size()), *leaf.regexp)
                     : leaf.literal == value;
}

}  // namespace

bool Match::any() const { return whole_ ? all_ : std::find(mask_.begin(), mask_.end(), true) != mask_.end(); }

void Match::invert() {
  all_ = !all_;
  mask_.flip();
}

void Match::intersect(const Match& other) {
  for (size_t i = 0; i < mask_.size(); i++) mask_[i] = mask_[i] && other.mask_[i];
}

void Match::unite(const Match& other) {
  for (size_t i = 0; i < mask_.size(); i++) mask_[i] = mask_[i] || other.mask_[i];
}

tl::expected<Filter, std::string> Filter::parse(std::string_view query) {
  const auto tree = parse_filter(query);
  if (!tree) return tl::unexpected(describe(tree.error(), query));
  auto root = compile(*tree);
  if (!root) return tl::unexpected(describe(root.error(), query));
  Filter filter;
  filter.root_ = std::move(*root);
  return filter;
}

tl::expected<Filter::Node, SyntaxError> Filter::compile(const FilterNode& tree) {
  Node node;
  node.kind = tree.kind;
  if (tree.kind == FilterNode::Kind::kMatch) {
    node.leaf = tree;
    node.is_unit = tree.key == ".unit";
    if (tree.key == ".config") {
      return tl::unexpected(SyntaxError{tree.offset, ".config is only allowed in projections"});
    }
    if (!node.is_unit) {
      auto extractor = Extractor::make(tree.key);
      if (!extractor) return tl::unexpected(SyntaxError{tree.offset, extractor.error()});
      node.extractor = *extractor;
    }
  }
  for (const FilterNode& child : tree.children) {
    auto compiled = compile(child);
    if (!compiled) return compiled;
    node.children.push_back(std::move(*compiled));
  }
  return node;
}

void Filter::require(Extractor key, std::vector<std::string> values) {
  requirements_.push_back({std::move(key), std::move(values)});
}

Match Filter::match(const Result& result) {
  for (const Requirement& requirement : requirements_) {
    const std::string_view value = requirement.key(result, scratch_);
    const auto& allowed = requirement.values;
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) return Match::whole(false);
  }
  return evaluate(root_, result);
}

Match Filter::evaluate(Node& node, const Result& result) {
  using Kind = FilterNode::Kind;
  if (node.kind == Kind::kMatch) {
    if (!node.is_unit) {
      const std::string_view value = node.extractor(result, scratch_);
      node.seen |= !value.empty();
      return Match::whole(matches(node.leaf, value));
    }
    Match mask = Match::none_of(result.values.size());
    for (size_t i = 0; i < result.values.size(); i++) {
      const Value& value = result.values[i];
      if (matches(node.leaf, value.unit) ||
          (value.original_unit != value.unit && matches(node.leaf, value.original_unit))) {
        mask.set(i);
      }
    }
    return mask;
  }
  if (node.kind == Kind::kNot) {
    Match match = evaluate(node.children[0], result);
    match.invert();
    return match;
  }
  // A whole result decides alone: a false one an AND, a true one an OR. Else the masks are combined.
  const bool is_and = node.kind == Kind::kAnd;
  Match combined = Match::whole(is_and);
  for (Node& child : node.children) {
    const Match match = evaluate(child, result);
    if (match.is_whole()) {
      if (match.all() != is_and) return match;
    } else if (combined.is_whole()) {
      combined = match;
    } else if (is_and) {
      combined.intersect(match);
    } else {
      combined.unite(match);
    }
  }
  return combined;
}

std::vector<std::string> Filter::unseen_keys() const {
  std::vector<std::string> keys;
  collect_unseen(root_, keys);
  return keys;
}

void Filter::collect_unseen(const Node& node, std::vector<std::string>& keys) {
  if (node.kind == FilterNode::Kind::kMatch && !node.is_unit && !node.seen) keys.push_back(node.leaf.key);
  for (const Node& child : node.children) collect_unseen(child, keys);
}

}  // namespace bench
