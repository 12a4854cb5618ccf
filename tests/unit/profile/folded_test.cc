#include "libprof/profile/folded.h"

#include <catch2/catch.hpp>

#include "libprof/profile/codec.h"
#include "libprof/profile/compress.h"
#include "tests/support/files.h"

using namespace prof;
using Catch::Matchers::Contains;

namespace {

// Each sample as "leaf<caller<root=values".
std::string stacks(const Profile& p) {
  std::string all;
  for (size_t i = 0; i < p.sample_count(); i++) {
    for (const uint32_t l : p.stack(i)) {
      all.append(p.string(p.functions()[p.lines(p.locations()[l])[0].function].name)).append("<");
    }
    all.back() = '=';
    for (const int64_t value : p.values(i)) all += std::to_string(value) + " ";
    all.back() = '\n';
  }
  return all;
}

// "comm=x pid=1 ", of the first sample.
std::string labels(const Profile& profile) {
  std::string text;
  for (const Label& label : profile.labels(0)) {
    text.append(profile.string(label.key)).append("=");
    text.append(label.str != 0 ? std::string(profile.string(label.str)) : std::to_string(label.num));
    text += ' ';
  }
  return text;
}

}  // namespace

TEST_CASE("folded stacks") {
  const auto profile = decode_profile(
      std::string_view("# comment\n\nmain;parse;read_[k] 17\nmain;a b;c<int, 2> 5\r\nmain 4\n"));
  REQUIRE(profile);
  CHECK(stacks(*profile) == "read_[k]<parse<main=17\nc<int, 2><a b<main=5\nmain=4\n");
  CHECK(profile->locations().size() == 5);
  CHECK(profile->string(profile->sample_types()[0].type) == "samples");
}

TEST_CASE("folded stacks with two counts a line had functions called \"a 10\"") {
  const auto both = decode_profile(std::string_view("# difffolded.pl\nmain;a 10 20\nmain;b 2 -5 1\n"));
  REQUIRE(both);
  CHECK(stacks(*both) == "a<main=10 20\nb 2<main=-5 1\n");
  REQUIRE(both->sample_types().size() == 2);
  CHECK(both->string(both->sample_types()[0].type) == "old");
  CHECK(both->string(both->sample_types()[1].type) == "new");

  const auto one = decode_profile(std::string_view("main;port 80 5\nmain;a 1\n"));
  REQUIRE(one);
  CHECK(stacks(*one) == "port 80<main=5\na<main=1\n");
}

TEST_CASE("folded stacks of one frame each were refused") {
  const auto profile = decode_profile(std::string_view("# no callers\nmain 1\nstd::sort<int*> 22\n"));
  REQUIRE(profile);
  CHECK(stacks(*profile) == "main=1\nstd::sort<int*>=22\n");
  CHECK(decode_profile(std::string_view("a 3 4\nb 5 6\n")));  // of two recordings
  for (const char* const text : {"Content-Length: 5\nAge: 7\n", "main 1\nand words\n", "1 2\n3 4\n"}) {
    INFO(text);
    CHECK_FALSE(decode_profile(std::string_view(text)));
  }
}

TEST_CASE("a byte order mark was part of the first frame's name") {
  const auto profile = decode_profile(std::string_view("\xef\xbb\xbfmain;f 1\n"));
  REQUIRE(profile);
  CHECK(stacks(*profile) == "f<main=1\n");
}

TEST_CASE(
    "compressed folded stacks with a name in UTF-8 among the first bytes were taken for a profile.proto") {
  const std::string with_mark = "\xef\xbb\xbfmain;f 1\n";
  for (size_t before = 0; before < 260; before++) {
    const std::string text = "main;" + std::string(before, 'x') + "\u00e9\u20ac\U0001f600 10\n";
    const auto profile = decode_profile(gzip(text));
    REQUIRE(profile);
    CHECK(profile->values(0)[0] == 10);
  }
  CHECK(decode_profile(gzip(with_mark)));
  const auto prose = decode_profile(std::string_view("un caf\u00e9\n"));
  REQUIRE_FALSE(prose);
  CHECK_THAT(prose.error().message(), Contains("it is text, not a pprof profile"));
}

TEST_CASE("text that is no folded stacks is told apart, and a bad line is named") {
  const struct {
    std::string_view text;
    const char* message;
  } cases[] = {
      {"buy milk\n", "it is text, not a pprof profile: `buy milk`"},
      {"bottles of beer 99\n", "it is text, not a pprof profile"},
      {"bottles 99\nof beer\n", "it is text, not a pprof profile"},
      {"10 20\n30 40.5\n", "it is text, not a pprof profile"},
      {"main;f 10.5\nmain;g 1\n", "cannot read x: line 1 `main;f 10.5`: counts are whole numbers"},
      {"main;f 1\nmain 2.\n", "cannot read x: line 2 `main 2.`: counts are whole numbers"},
      {"pi 3.14\n", "cannot read x: it is text"},
      {"main;f 1\nmain;g\n", "cannot read x: line 2 `main;g`: it is no folded stack"},
      {"main;f 1\nmain;g 99999999999999999999\n", "line 2"},
  };
  for (const auto& c : cases) {
    const auto profile = decode_profile(c.text, {"x", 0});
    REQUIRE_FALSE(profile);
    CHECK_THAT(profile.error().message(), Contains(c.message));
  }
}

TEST_CASE("what perf script prints") {
  const std::string text =
      "a b 10/11 [001] 5.000001:     250000 cpu-clock:pppH: \n"
      "\tffffffff81000010 do_syscall_64+0x10 ([kernel.kallsyms])\n"
      "\t    55d0 std::less<int>::f(int, int)+0x1b (/usr/bin/app)\n"
      "\t     100 [unknown] ([unknown])\n"
      "\n"
      "c 12  5.000002:          1 cpu-clock:pppH: \n"
      "\t    55d0 main+0x1 (/usr/bin/app)\n";
  const auto profile = decode_profile(std::string_view(text));
  REQUIRE(profile);
  CHECK(stacks(*profile) == "do_syscall_64<std::less<int>::f(int, int)<[unknown]=1 250000\nmain=1 1\n");
  CHECK(profile->labels(0).size() == 3);
  CHECK(profile->string(profile->sample_types()[1].type) == "cpu");

  const auto real = decode_profile(test::read(test::testdata("perf/script.txt")), {"script", 0});
  REQUIRE(real);
  CHECK_THAT(stacks(*real), Contains("leaf<"));
}

TEST_CASE("several events of perf script were added up as the first one's") {
  const auto types = [](const Profile& p) {
    std::string all;
    for (const ValueType& type : p.sample_types())
      all.append(p.string(type.type)).append("/").append(p.string(type.unit)).append(" ");
    return all;
  };
  const auto profile =
      decode_profile(std::string_view("a 1/1 1.0: 1 page-faults: \n\t10 f+0x0 (/bin/x)\n\n"
                                      "a 1/1 1.1: 250000 cpu-clock:ppp: \n\t20 g+0x0 (/bin/x)\n\n"));
  REQUIRE(profile);
  CHECK(types(*profile) ==
        "samples:page-faults/count page-faults/count samples:cpu-clock/count cpu-clock/nanoseconds ");
  CHECK(stacks(*profile) == "f=1 1 0 0\ng=0 0 1 250000\n");
  CHECK(profile->string(profile->default_sample_type) == "page-faults");

  const auto alike =
      decode_profile(std::string_view("a 1/1 1.0: 2 cycles:u: \n\n a 1/1 1.1: 3 cycles:k: \n"));
  REQUIRE(alike);
  CHECK(types(*alike) == "samples:cycles:u/count cycles:u/count samples:cycles:k/count cycles:k/count ");

  std::string many;
  for (int i = 0; i <= 32; i++) many += "a 1/1 1.0: 1 event-" + std::to_string(i) + ": \n\n";
  const auto refused = decode_profile(std::string_view(many), {"x", 0});
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message(), Contains("it has more than 32 events"));
}

TEST_CASE("forms of perf script that were refused") {
  const struct {
    const char* what;
    std::string_view text;
    const char* stacks;
  } cases[] = {
      {"a frame behind its heading (no -g)",
       "               t 22899 38495.138617: 100000 cpu-clock: ffffffff81d36bcd crng_make_state+0x6d "
       "([kernel.kallsyms])\n"
       "              dd 22899 38495.138706: 100000 cpu-clock:     7fc37cf04c1a main+0x5 (/bin/dd)\n",
       "crng_make_state=1 100000\nmain=1 100000\n"},
      {"a tracepoint with its fields",
       "t 22876 [000] 38491.318380: sched:sched_switch: prev_comm=t prev_pid=22876 ==> next_comm=perf\n"
       "\tffffffff821facd8 __schedule+0x618 ([kernel.kallsyms])\n"
       "\t           fd7f0 __getrlimit+0x10 (/lib/libc.so.6)\n\n"
       "t 22876 [000] 38491.4: sched:sched_switch: add (x)\n\t10 f+0x1 (/bin/x)\n",
       "__schedule<__getrlimit=1 1\nf=1 1\n"},
      {"no time (--per-thread)",
       "a b 22980 PERF_RECORD_COMM exec: t:22980/22980\n"
       "a b 22980 250000 cpu-clock:ppp: \n\t55d0 main+0x1 (/bin/x)\n\n"
       "a b 12/13 [001] 250000 cpu-clock:ppp: 55d0 main+0x1 (/bin/x)\n",
       "main=1 250000\nmain=1 250000\n"},
      {"neither time nor period (-F comm,pid,tid,event,ip,sym,dso)",
       "t 11641/11644 cpu-clock:ppp: \n\t55d0 main+0x1 (/bin/x)\n", "main=1 1\n"},
      {"a command that looks like an event",
       "w 2 io: 7/8 5.000001: 250000 cpu-clock:ppp: \n\t55d0 f (/bin/x)\n", "f=1 250000\n"},
      {"what is no sample (--show-mmap-events, --show-task-events)",
       "swapper     0     0.000000: PERF_RECORD_MMAP -1/0: [0xf0(0x8) @ 0xf0]: x [kernel.kallsyms]_text\n"
       "t 22643 38466.570497: PERF_RECORD_COMM exec: t:22643/22643\n"
       "t 22643 38466.570746:     250000 cpu-clock:ppp: \n\t14772 handle_amd+0x152 (/lib/ld.so)\n\n"
       "t 22643 38466.6: PERF_RECORD_MMAP2 22643/22643: [0x7f(0x2) @ 0 00:00 0 0]: r-xp [vdso]\n",
       "handle_amd=1 250000\n"},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    const auto profile = decode_profile(c.text);
    REQUIRE(profile);
    CHECK(stacks(*profile) == c.stacks);
  }
  const auto tracepoint = decode_profile(cases[1].text);
  CHECK(tracepoint->string(tracepoint->sample_types()[1].type) == "sched:sched_switch");
  const auto untimed = decode_profile(cases[2].text);
  CHECK(untimed->string(untimed->labels(0)[0].str) == "a b");
  const auto uncounted = decode_profile(cases[3].text);
  CHECK(uncounted->string(uncounted->sample_types()[1].unit) == "count");  // not nanoseconds
  const auto none =
      decode_profile(std::string_view("t 22643 38466.5: PERF_RECORD_COMM exec: t:22643/22643\n"));
  REQUIRE(none);
  CHECK(none->warnings.size() == 1);
}

TEST_CASE("perf script: inlined frames were of a file called inlined, and source lines were refused") {
  const char* const forms[] = {
      "t 1 1.0: 5 cpu-clock: \n"
      "\t161c6 dl_init_cacheinfo+0xb36 (inlined)\n"
      "\t161c6 init_cpu_features+0xb36 (inlined)\n"
      "\t161c6 _dl_sysdep_start+0x33 (/lib/ld.so)\n"
      "\t1ab77 _start+0x7 (/lib/ld.so)\n",
      "t 1 1.0: 5 cpu-clock: \n"
      "\t161c6 dl_init_cacheinfo+0xb36\n  dl-cacheinfo.h:781 (inlined)\n"
      "\t161c6 init_cpu_features+0xb36\n  cpu-features.c:703 (inlined)\n"
      "\t161c6 _dl_sysdep_start+0x33 (/lib/ld.so)\n  dl-sysdep.c:118\n"
      "\t1ab77 _start+0x7 (/lib/ld.so)\n  ld.so[1ab77]\n"};
  for (const bool has_source : {false, true}) {
    const auto profile = decode_profile(std::string_view(forms[has_source]));
    REQUIRE(profile);
    REQUIRE(profile->mappings().size() == 1);
    CHECK(profile->string(profile->mappings()[0].file) == "/lib/ld.so");
    CHECK(profile->mappings()[0].has_inline_frames);
    CHECK(profile->mappings()[0].has_line_numbers == has_source);
    REQUIRE(profile->stack(0).size() == 2);
    const auto lines = profile->lines(profile->locations()[profile->stack(0)[0]]);
    REQUIRE(lines.size() == 3);
    const Function& function = profile->functions()[lines[1].function];
    CHECK(profile->string(function.name) == "init_cpu_features");
    CHECK(profile->string(function.filename) == (has_source ? "cpu-features.c" : ""));
    CHECK(lines[2].line == (has_source ? 118 : 0));
    CHECK(profile->lines(profile->locations()[profile->stack(0)[1]])[0].line == 0);
  }
}

TEST_CASE("perf script: the file of the profile was the first one seen") {
  const auto profile =
      decode_profile(std::string_view("python3 1 1.0: 5 cpu-clock: 10 _start+0x1 (/lib/ld.so)\n"
                                      "python3 1 1.1: 5 cpu-clock: 10 f+0x1 (/usr/lib/python3.11/_json.so)\n"
                                      "python3 1 1.2: 5 cpu-clock: 10 main+0x1 (/usr/bin/python3.11)\n"
                                      "python3 1 1.3: 5 cpu-clock: 10 _start+0x1 (/lib/ld.so)\n"));
  REQUIRE(profile);
  const auto file_of = [&](size_t sample) {
    return profile->string(profile->mappings()[profile->locations()[profile->stack(sample)[0]].mapping].file);
  };
  CHECK(profile->string(profile->mappings()[0].file) == "/usr/bin/python3.11");
  CHECK(profile->mappings()[0].id == 1);
  CHECK(file_of(0) == "/lib/ld.so");
  CHECK(file_of(1) == "/usr/lib/python3.11/_json.so");
  CHECK(file_of(2) == "/usr/bin/python3.11");
}

TEST_CASE("perf script: paths have parentheses, too") {
  const auto profile =
      decode_profile(std::string_view("t 1 1.0: 5 cpu-clock: \n"
                                      "\t55d0 [unknown] (/memfd:doublemapper (deleted))\n"
                                      "\t56d0 foo(int (*)(int))+0x1b (/opt/Program Files (x86)/app)\n"));
  REQUIRE(profile);
  const auto stack = profile->stack(0);
  REQUIRE(stack.size() == 2);
  const std::pair<const char*, const char*> expected[] = {
      {"[unknown]", "/memfd:doublemapper (deleted)"}, {"foo(int (*)(int))", "/opt/Program Files (x86)/app"}};
  for (size_t i = 0; i < 2; i++) {
    const Location& location = profile->locations()[stack[i]];
    CHECK(profile->string(profile->functions()[profile->lines(location)[0].function].name) ==
          expected[i].first);
    CHECK(profile->string(profile->mappings()[location.mapping].file) == expected[i].second);
  }
}

TEST_CASE("perf script with other fields: periods were thread ids, times parts of names, and each sample 1") {
  const struct {
    const char* fields;
    std::string_view heading;
    const char* labels;
  } cases[] = {
      {"+misc", "worker K 7 K     1000.5:  2000000 cpu-clock:ppp: ", "thread=worker K tid=7 "},
      {"+misc,+cpu", "m 6/7 [001] U     1000.5:  2000000 cpu-clock:ppp: ", "thread=m tid=7 pid=6 "},
      {"+misc,-tid", "worker K     1000.5:  2000000 cpu-clock:ppp: ", "thread=worker "},
      {"-tid", "my app 1000.5:  2000000 cpu-clock:ppp: ", "thread=my app "},
      {"-comm", "7 1000.5:  2000000 cpu-clock:ppp: ", "tid=7 "},
      {"-comm,+pid", "6/7 [001] 1000.5:  2000000 cpu-clock:ppp: ", "tid=7 pid=6 "},
      {"a name with a colon", "pool 2: 7 1000.5:  2000000 cpu-clock:ppp: ", "thread=pool 2: tid=7 "},
  };
  for (const auto& c : cases) {
    INFO(c.fields);
    const std::string text = std::string(c.heading) + "\n\t55d0 main+0x1 (/bin/x)\n\n";
    const auto profile = decode_profile(std::string_view(text));
    REQUIRE(profile);
    CHECK(stacks(*profile) == "main=1 2000000\n");
    CHECK(labels(*profile) == c.labels);
  }
}

TEST_CASE("perf script without events names the fields that are needed: it was no folded stack") {
  for (const std::string_view text :
       {"1000.5: 2000000 cpu-clock: \n\t1469e main (/bin/x)\n",
        "t  9787 \n\t1469e main (/bin/x)\n\t 0 [unknown] ([unknown])\n\n", "t \n\t1469e main\n"}) {
    INFO(text);
    const auto profile = decode_profile(text);
    REQUIRE_FALSE(profile);
    CHECK_THAT(profile.error().message(),
               Contains("text of `perf script`") && Contains("-F comm,pid,tid,time,period,event"));
  }
}

TEST_CASE("perf script with a choice of few fields (-F comm,ip,sym) was refused") {
  const std::string frames =
      "\t            55d0 main+0x1 (/bin/x)\n\t           155d0 _start+0x1 (/bin/x)\n\n";
  const struct {
    const char* fields;
    std::string heading;
    const char* labels;
    const char* stacks;
  } cases[] = {
      {"ip,sym", "", "", "main<_start=1\n"},
      {"comm", "            my app \n", "thread=my app ", "main<_start=1\n"},
      {"comm,pid,tid", "            my app     6/7     \n", "thread=my app tid=7 pid=6 ", "main<_start=1\n"},
      {"comm,tid or comm,period", "   app   12 \n", "thread=app ", "main<_start=1\n"},
      {"comm,tid,cpu", "   app   12 [001] \n", "thread=app tid=12 ", "main<_start=1\n"},
      {"comm,tid,time", "   app   12 1000.5: \n", "thread=app tid=12 ", "main<_start=1\n"},
      {"time,period", " 1000.5:     250000 \n", "", "main<_start=1 250000\n"},
      {"comm,event", "   app cpu-clock:pppH: \n", "thread=app ", "main<_start=1 1\n"},
      {"time,period,event", " 1000.5:     250000 cpu-clock:pppH: \n", "", "main<_start=1 250000\n"},
  };
  for (const auto& c : cases) {
    INFO(c.fields);
    const std::string once = c.heading + frames;
    const auto profile = decode_profile(std::string_view(once));
    REQUIRE(profile);
    CHECK(stacks(*profile) == c.stacks);
    CHECK(labels(*profile) == c.labels);
    const std::string text = once + once;
    const auto twice = decode_profile(std::string_view(text));
    REQUIRE(twice);
    CHECK(twice->sample_count() == 2);
  }
  const auto files =
      decode_profile(std::string_view("app \n\t            55d0 (/bin/x)\n\n"));  // -F comm,ip,dso
  REQUIRE(files);
  CHECK(stacks(*files) == "[unknown]=1\n");
  CHECK(files->string(files->mappings()[0].file) == "/bin/x");
}

TEST_CASE("text that is no perf script is refused") {
  for (const std::string_view text :
       {"release 12 3 items:\n- one\n", "Nov 28 12:00:00 host sshd[12]: session opened\n", "a 1 b 2: c 3:\n",
        "app 12.5: 3 items: done\n", "t 1 1.0: 5 cpu-clock: \n\tno frame\n",
        "t 1 1.0: 5 cpu-clock: \nno heading\n", "t 1 1.0: 5 cpu-clock: \n  no source line of a frame:1\n"}) {
    INFO(text);
    CHECK_FALSE(decode_profile(text));
  }
}
