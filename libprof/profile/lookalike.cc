#include "libprof/profile/lookalike.h"

#include <algorithm>
#include <iterator>

namespace prof {
namespace {

using namespace std::string_view_literals;

constexpr Lookalike kLookalikes[] = {
    {"PERFILE2"sv, "it is a perf.data file, packed, inside another, or where only pprof files can be read",
     "unpack it (`gunzip -k FILE`, `unzstd FILE`) and name the file itself"},
    {"go 1."sv, "it is an execution trace of Go, not a pprof profile",
     "make one of it: `go tool trace -pprof=TYPE FILE > profile`, TYPE is net, sync, syscall or sched"},
    {"\x7f"
     "ELF"sv,
     "it is a program or library, not a profile", "record it first: `prof record PROGRAM`"},
    {"PK\x03\x04"sv, "it is a zip archive, not a pprof profile", "unpack it first"},
    {"BZh"sv, "it is compressed with bzip2", "unpack it first: `bunzip2 -k FILE`"},
    {"\xfd"
     "7zXZ"sv,
     "it is compressed with xz", "unpack it first: `unxz -k FILE`"},
    {.magic = "ustar"sv,
     .what = "it is a tar archive",
     .remedy = "unpack it first: `tar xf FILE`",
     .at = 257},
    {"gmon"sv, "it is gprof's gmon.out",
     "`gprof PROGRAM FILE` reads it; `prof record PROGRAM` needs no build with -pg"},
    {"SQLite format 3"sv, "it is an SQLite database, as `prof export --sqlite` writes them",
     "ask it with `sqlite3 FILE`; reports read the profile that it was made of"},
    {"# callgrind format"sv, "it is the output of Valgrind's callgrind",
     "`callgrind_annotate FILE` reads it; `prof record PROGRAM` records the same program"},
    {.magic = "desc: "sv,
     .what = "it is the output of Valgrind's massif",
     .remedy =
         "`ms_print FILE` reads it; `prof record -e heap PROGRAM` records the same program's allocations",
     .mark = "snapshot="},
    {"desc: "sv, "it is the output of Valgrind's cachegrind",
     "`cg_annotate FILE` reads it; `prof record PROGRAM` records the same program"},
    {.magic = "{"sv,
     .what = "it is the output of Valgrind's DHAT",
     .remedy = "Valgrind's dh_view.html shows it; `prof record -e heap PROGRAM` records the same program's "
               "allocations",
     .mark = "\"dhatFileVersion\""},
    {"v 10"sv, "it is a recording of heaptrack",
     "make folded stacks of it: `heaptrack_print --print-flamegraph stacks.folded FILE`"},
    {.magic = "{"sv,
     .what = "it is a file of speedscope's",
     .remedy = "open it at speedscope.app; here, name the profile that it was made of",
     .mark = "speedscope.app"},
    {.magic = "{"sv,
     .what = "it is a profile of Chrome or Node.js",
     .remedy =
         "Chrome's developer tools show it; `prof record node --perf-basic-prof APP.js` records what can "
         "be read here",
     .mark = "\"callFrame\""},
    {.magic = "{"sv,
     .what = "it is a file of the Firefox Profiler",
     .remedy = "open it at profiler.firefox.com; here, name the recording that it was made of",
     .mark = "\"meta\""},
    {.magic = "{"sv,
     .what = "it is a file of trace events, as Chrome and Perfetto take them",
     .remedy = "open it at ui.perfetto.dev; here, name the recording that it was made of",
     .mark = "\"traceEvents\""},
    {"v8-version,"sv, "it is a log of V8's own profiler",
     "`node --prof-process FILE` reads it; `prof record node --perf-basic-prof APP.js` records what can be "
     "read "
     "here"},
    {"@["sv, "it is what bpftrace prints of its maps",
     "make folded stacks of it: `stackcollapse-bpftrace.pl FILE` of the FlameGraph scripts"},
    {"# To display the perf.data header"sv, "it is the text of `perf report`",
     "name the perf.data file that it is about, or print it with `perf script`"},
};

}  // namespace

const Lookalike* lookalike(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, kHead);
  const auto known = std::find_if(std::begin(kLookalikes), std::end(kLookalikes), [&](const Lookalike& one) {
    // What stands deeper may be a profile's own text. A tar begins with a name, a profile with a low byte.
    const bool is_named = one.at == 0 || (!head.empty() && static_cast<unsigned char>(head[0]) >= ' ');
    return is_named && head.size() >= one.at && head.substr(one.at).starts_with(one.magic) &&
           head.find(one.mark) != std::string_view::npos;
  });
  return known == std::end(kLookalikes) ? nullptr : &*known;
}

}  // namespace prof
