// The samples of a profile.proto into their arrays, none copied. survey() counts what they hold, which tells
// where each one goes; decode_ahead() reads them on the caller's thread while what follows them is still
// being inflated; decode_rest() reads the others on all cores.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <string_view>
#include <vector>

#include "libprof/profile/decode_objects.h"
#include "libprof/profile/samples.h"
#include "libprof/profile/wire.h"

namespace prof {

// Thrown where a sample is malformed: `why` is Malformed or one of protozero's exceptions.
struct MalformedSample {
  size_t offset;  // of its field; of the first of up to kRunSamples where no more is known
  std::exception_ptr why;
};

class SampleDecoder {
 public:
  // Samples that follow each other, and what they hold: at most kRunSamples of them, about a megabyte.
  struct Run {
    size_t begin, end;  // bytes
    struct Counts {
      size_t samples = 0, frames = 0, labels = 0;
    } before, count;
  };
  static constexpr uint32_t kRunSamples = 8192;
  // Called when bytes [begin, end) are not needed any more.
  using Release = std::function<void(size_t begin, size_t end)>;

  explicit SampleDecoder(Samples& samples) : samples_(samples) {}

  // The next sample, whose field is bytes [begin, end).
  void survey(protozero::data_view message, size_t begin, size_t end);
  const std::vector<Run>& runs() const { return runs_; }

  // Reads whole runs of `data`, of as many values a sample as there were sample types up to now. Does not
  // throw: runs that it cannot read are left to decode_rest(), which says why.
  void decode_ahead(std::string_view data, size_t types, const Release& release);

  // After all of `data` was surveyed and `objects` knows all but samples. Throws MalformedSample for the
  // first one that is.
  void decode_rest(std::string_view data, const ObjectDecoder& objects, size_t threads,
                   const Release& release);

 private:
  void make_room(const Run::Counts& all, size_t types, size_t bytes);
  void resolve(const ObjectDecoder& objects);
  template <typename Ids>
  void decode(const Run& run, std::string_view data, size_t types, Ids& ids, size_t& offset);

  Samples& samples_;
  std::vector<Run> runs_;
  // Of what was read ahead, whose indices of locations and strings are those of the file.
  size_t ahead_ = 0;  // runs
  size_t ahead_types_ = 0;
  uint64_t last_location_ = 0;  // the highest id
  bool is_ahead_over_ = false;
};

}  // namespace prof
