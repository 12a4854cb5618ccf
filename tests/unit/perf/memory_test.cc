// No perf.data asks for more memory than the multiple of its size that all formats have: the recordings below
// are those that ask for most, byte by byte, of each kind of record.
#include <catch2/catch.hpp>

#include "libprof/profile/codec.h"
#include "tests/support/peak.h"
#include "tests/unit/perf/recording.h"

using namespace prof;
using test::Bytes;
using test::clock_with;
using test::Recording;

namespace {

constexpr size_t kSize = size_t{2} << 20;
constexpr uint64_t kFixed = uint64_t{4} << 20;  // whatever the size
constexpr uint64_t kFarApart = 0x10000;

template <typename Piece>
std::string filled(Recording made, Piece&& piece) {
  for (uint64_t i = 1; made.bytes().size() < kSize; i++) piece(made, i);
  return made.bytes();
}

// Nothing but an address a sample.
Recording bare(size_t events) {
  perf_event_attr attribute = clock_with();
  attribute.sample_type = PERF_SAMPLE_IP;
  attribute.sample_id_all = 0;
  Recording made(attribute);
  for (size_t i = 1; i < events; i++) made.event(attribute);
  return made;
}

void put(Recording& made, uint32_t type, const Bytes& body) { made.record(type, 0, body); }

}  // namespace

TEST_CASE("the memory that perf.data takes is bounded by a multiple of its size") {
  const Recording usual(clock_with());
  const struct {
    const char* what;
    std::string bytes;
  } cases[] = {
      {"samples, each apart",
       filled(bare(1), [](Recording& made,
                          uint64_t i) { put(made, PERF_RECORD_SAMPLE, Bytes().put(i * kFarApart)); })},
      {"samples of many events", filled(bare(perf::kMaxEvents),
                                        [](Recording& made, uint64_t i) {
                                          put(made, PERF_RECORD_SAMPLE, Bytes().put(i * kFarApart));
                                        })},
      {"deep stacks", filled(usual,
                             [](Recording& made, uint64_t i) {
                               std::vector<uint64_t> chain(8000);
                               for (size_t f = 0; f < chain.size(); f++)
                                 chain[f] = (i * chain.size() + f) * kFarApart;
                               made.sample(1, i, chain);
                             })},
      {"threads",
       filled(usual, [](Recording& made, uint64_t i) { made.sample(static_cast<uint32_t>(i), i, {1}); })},
      {"names of threads", filled(usual,
                                  [](Recording& made, uint64_t i) {
                                    put(made, PERF_RECORD_COMM,
                                        Bytes().put(static_cast<uint32_t>(i), static_cast<uint32_t>(i),
                                                    uint64_t{65}));
                                  })},
      {"mappings", filled(usual, [](Recording& made,
                                    uint64_t i) { made.map(1, i * kFarApart, 1, 0, std::to_string(i), i); })},
      {"mappings, each in its process",
       filled(usual, [](Recording& made,
                        uint64_t i) { made.map(static_cast<uint32_t>(i), 1, 1, 0, std::to_string(i), i); })},
      {"forks of a process with many mappings", filled(usual,
                                                       [](Recording& made, uint64_t i) {
                                                         if (i < 8000)
                                                           return made.map(1, i * kFarApart, 1, 0, "a", i);
                                                         made.fork(static_cast<uint32_t>(i), 1,
                                                                   static_cast<uint32_t>(i), 1, i);
                                                         made.map(static_cast<uint32_t>(i), 1, 1, 0, "b", i);
                                                       })},
      {"build ids", filled(usual,
                           [](Recording& made, uint64_t i) {
                             put(made, perf::kHeaderBuildId,
                                 Bytes().put(uint32_t{0}).put(i, i, i).put_text(std::to_string(i), 8));
                           })},
      {"records of no use", filled(usual, [](Recording& made, uint64_t) { put(made, 40, {}); })},
      {"features",
       filled(usual,
              [](Recording& made, uint64_t) { put(made, perf::kHeaderFeature, Bytes().put(uint64_t{3})); })},
  };
  for (const auto& c : cases) {
    const uint64_t peak = test::peak_bytes([&] {
      (void)perf::read_perf_data(c.bytes, {"made up", 0, false});
    });
    if (peak == 0) {
      WARN("skipped: memory cannot be measured here");
      return;
    }
    INFO(c.what << ": " << static_cast<double>(peak) / static_cast<double>(c.bytes.size())
                << " times its size");
    CHECK(peak < kMemoryMultiple * c.bytes.size() + kFixed);
  }
}
