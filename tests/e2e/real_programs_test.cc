// Programs from Debian packages, recorded with all kinds: they do what they do alone, and the profile names
// functions that they are known to spend their time in.
#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include "tests/e2e/profiles.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

using prof::test::comment;
using prof::test::load;
using prof::test::Outcome;
using prof::test::Run;
using prof::test::run;
using prof::test::TempDir;
using prof::test::tool;
using prof::test::total;

namespace {

void check_truncated(const TempDir& directory) {
  for (const char* name : {"cpu.prof", "heap.prof", "mutex.prof"}) {
    const std::string text = comment(load(directory.file(name)), "truncated stacks: ");
    INFO(name << ": " << text);
    REQUIRE_FALSE(text.empty());
    CHECK(std::stod(text.substr(text.find(": ") + 2)) <= 0.5);
  }
}

// Runs `command` alone and recorded, in `directory`; both must do the same.
void check_unchanged(const TempDir& directory, const std::vector<std::string>& command,
                     const std::string& input = "") {
  Run options;
  options.directory = directory.path();
  options.input = input;
  const Outcome alone = run(command, options);
  std::vector<std::string> recorded = {tool("prof"), "record", "-q", "-F", "500", "-e", "cpu,heap,mutex"};
  recorded.insert(recorded.end(), command.begin(), command.end());
  const Outcome outcome = run(recorded, options);
  INFO(command[0] << ": " << outcome.err);
  CHECK(alone.code == outcome.code);
  CHECK((alone.out == outcome.out));
  CHECK(alone.err == outcome.err);
  check_truncated(directory);
}

}  // namespace

TEST_CASE("sqlite3", "[programs]") {
  TempDir directory;
  const std::string sql =
      "create table t(a integer, b text);\n"
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < 300000)\n"
      "insert into t select i * 7919 % 300007, printf('%08d', i) from n;\n"
      "create index t_b on t(b); select count(*), sum(a), max(b) from t where b like '%7%';\n"
      "select * from no_such_table;\n";
  check_unchanged(directory, {"sqlite3", ":memory:"}, sql);
  const auto cpu = load(directory.file("cpu.prof"));
  CHECK(total(cpu, "cpu", "sqlite3_step") > 0.7 * total(cpu, "cpu"));
  CHECK(total(load(directory.file("heap.prof")), "alloc_space", "sqlite3_") > 0);
}

TEST_CASE("zstd -T2", "[programs]") {
  TempDir directory;
  std::string data;
  uint64_t state = 1;
  while (data.size() < 24'000'000) {
    state = state * 6364136223846793005 + 1442695040888963407;
    data += "line " + std::to_string(state >> 44) + "\n";
  }
  prof::test::write(directory.file("data"), data);
  check_unchanged(directory, {"zstd", "-T2", "-9", "-f", "-q", "data", "-o", "data.zst"});
  Run options;
  options.directory = directory.path();
  REQUIRE(run({tool("prof"), "record", "-q", "-F", "1000", "-o", "inflated.prof", "zstd", "-d", "-q", "-c",
               "data.zst"},
              options)
              .out == data);
  const std::string cut = comment(load(directory.file("inflated.prof")), "truncated stacks: ");
  CHECK(std::stod(cut.substr(cut.find(": ") + 2)) <= 0.5);  // in assembly that nothing describes, mostly
  const auto cpu = load(directory.file("cpu.prof"));
  // Debian's zstd exports nothing: its functions are told apart by where they start.
  CHECK(total(cpu, "cpu", "zstd+0x") > 0.7 * total(cpu, "cpu"));
  CHECK(total(cpu, "cpu", "start_thread") > 0.5 * total(cpu, "cpu"));
}

TEST_CASE("python3", "[programs]") {
  TempDir directory;
  check_unchanged(directory, {"/usr/bin/python3", "-c",
                              "import json, sys\n"
                              "d = [{'k%d' % i: list(range(i % 50))} for i in range(20000)]\n"
                              "print(sum(len(json.dumps(json.loads(json.dumps(d)))) for _ in range(3)))\n"
                              "sys.exit(3)"});
  const auto cpu = load(directory.file("cpu.prof"));
  CHECK(total(cpu, "cpu", "PyEval_EvalCode") > 0.7 * total(cpu, "cpu"));
  CHECK(total(load(directory.file("heap.prof")), "alloc_space", "Py") > 0);
}

TEST_CASE("redis-server under load", "[programs]") {
  TempDir directory;
  Run options;
  options.directory = directory.path();
  const std::string port = std::to_string(20000 + ::getpid() % 20000);
  const std::string script = "'" + tool("prof") +
                             "' record -q -F 500 -e cpu,heap,mutex redis-server --port " + port +
                             " --bind 127.0.0.1 --save '' --daemonize no > server.log 2>&1 & server=$!\n"
                             "for i in $(seq 100); do redis-cli -p " +
                             port +
                             " ping > /dev/null 2>&1 && break; sleep 0.1; done\n"
                             "redis-benchmark -p " +
                             port +
                             " -n 60000 -c 20 -t set,get,lpush -q > bench.log 2>&1; echo bench $?\n"
                             "redis-cli -p " +
                             port +
                             " set key value\n"
                             "redis-cli -p " +
                             port +
                             " get key\n"
                             "redis-cli -p " +
                             port +
                             " shutdown nosave\n"
                             "wait $server; echo server $?\n";
  const Outcome outcome = run({"sh", "-c", script}, options);
  INFO(prof::test::read(directory.file("server.log")));
  CHECK(outcome.out == "bench 0\nOK\nvalue\nserver 0\n");
  const auto cpu = load(directory.file("cpu.prof"));
  CHECK(total(cpu, "cpu", "aeMain") > 0.7 * total(cpu, "cpu"));
  CHECK(total(cpu, "cpu", "processCommand") > 0);
  check_truncated(directory);
}

TEST_CASE("openssl speed: hand-written assembly", "[programs]") {
  TempDir directory;
  Run options;
  options.directory = directory.path();
  const Outcome outcome =
      run({tool("prof"), "record", "-q", "-F", "500", "-e", "cpu,heap,mutex", "openssl", "speed", "-seconds",
           "1", "-bytes", "1024", "sha256", "aes-128-cbc", "ecdsap256"},
          options);
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  check_truncated(directory);
  // It is of the registers of its callees that this one's frame depends.
  CHECK(run({tool("prof"), "record", "-q", "-F", "500", "openssl", "speed", "-seconds", "1", "-bytes", "8192",
             "-evp", "aes-128-gcm"},
            options)
            .code == 0);
  check_truncated(directory);
  const auto cpu = load(directory.file("cpu.prof"));
  // Debian's openssl exports nothing: main is told by where it starts.
  CHECK(total(cpu, "cpu", "openssl+0x") > 0.9 * total(cpu, "cpu"));
}

TEST_CASE("g++ -O2: a compiler in a child process", "[programs]") {
  TempDir directory;
  std::string source = "#include <functional>\n#include <map>\n#include <string>\n";
  for (int i = 0; i < 12; ++i) {
    source += "int f" + std::to_string(i) +
              "(const std::string& s) { std::map<std::string, std::function<int(int)>> m;"
              " m[s] = [&](int x) { return x + int(s.size()); }; return m[s](1); }\n";
  }
  prof::test::write(directory.file("many.cc"), source);
  check_unchanged(directory, {"g++", "-O2", "-c", "many.cc", "-o", "many.o"});
  const auto cpu = load(directory.file("cpu.prof"));
  CHECK(total(cpu, "cpu", "cc1plus+0x") + total(cpu, "cpu", "toplev::main") > 0.7 * total(cpu, "cpu"));
}
