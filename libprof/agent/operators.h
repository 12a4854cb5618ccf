// Operators new and delete in a program without C++ of its own, whose opened libraries bring it: while they
// bring one of each, which is nearly always, that is everyone's, and no call searches. Looked up where
// objects come and go, not where memory is asked for: a search takes the loader's lock.
#pragma once

namespace prof::agent {

// While there is one, in dlopen and dlclose, objects may come or go: no operator is everyone's, and calls
// find theirs by who calls. Looks them up at its end. Called from: threads. Takes the loader's lock for
// reading.
class ObjectsChange {
 public:
  ObjectsChange();
  ~ObjectsChange();
  ObjectsChange(const ObjectsChange&) = delete;
  ObjectsChange& operator=(const ObjectsChange&) = delete;
};

// The same for a dlopen that is jumped to, whose end shows in what its thread does next. A second begin is
// the first; an end without a begin is nothing. Called from: threads. The end as above.
void begin_objects_change();
void end_objects_change();

}  // namespace prof::agent
