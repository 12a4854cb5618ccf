// What `prof web` answers, apart from any socket: a path and its parameters in, a page out.
//
//   /                      flame graph              /flamegraph.json       its data (flamegraph/json.h)
//   /top                   table of functions       /top.json              its data
//   /download/flame.html, /download/flame.svg, /download/flame.folded      the exports of `prof flame`
//   /ui/, /ui/flamegraph, /ui/top, /ui/graph, /ui/peek?f=, /ui/source?f=, /ui/disasm?f=, /ui/download
//                          where pprof has these; the graph as its text, callers and callees
//
// Parameters are the options of every report by their URL names (libprof/report/options.h): si=alloc_space,
// f=REGEX, ...
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libprof/profile/profile.h"
#include "libprof/report/options.h"

namespace prof::flame::web {

using Parameters = std::multimap<std::string, std::string>;

struct Response {
  int status = 200;
  std::string type = "text/html; charset=utf-8";
  std::string body;
};

// Thread-safe. Holds the parsed profile and the last few answers.
class Site {
 public:
  // `name`: what the profile is called, its file's name.
  Site(Profile profile, std::string name, report::Options defaults = {});

  std::shared_ptr<const Response> get(const std::string& path, const Parameters& parameters);

 private:
  Response answer(const std::string& path, const Parameters& parameters) const;

  const Profile profile_;
  const std::string name_;
  const report::Options defaults_;
  std::mutex mutex_;  // of the next two
  std::map<std::string, std::shared_ptr<const Response>> recent_;
  std::vector<std::string> order_;  // keys of recent_, oldest first
};

}  // namespace prof::flame::web
