// Between searches of what the loader has (link_scope.h, modules.h) and fork: a child made in the middle of
// another thread's search would find the loader's lock held for ever.
#pragma once

namespace prof::agent {

// While there is one, a fork by another thread waits. Waits for a fork that is under way; both for a bounded
// time, two seconds or so, as a thread may hold what the other needs, or be suspended. Called from: threads,
// hooks.
class Search {
 public:
  Search();
  ~Search();
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;
};

// Around a fork: none begins, and those under way have ended. Called from: the fork handlers.
void hold_searches();
void resume_searches();
void forget_searches();  // in the child: others who searched stayed in the parent

}  // namespace prof::agent
