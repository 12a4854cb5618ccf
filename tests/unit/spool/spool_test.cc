#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>
#include <vector>

#include "libprof/spool/reader.h"
#include "libprof/spool/writer.h"
#include "tests/support/files.h"
#include "tests/support/spool.h"

using namespace prof::spool;
using prof::Kind;
using prof::test::SpoolFile;
using prof::test::TempDir;

namespace {

Event event(uint64_t id, uint16_t frames) {
  Event made = {};
  made.kind = Kind::k_cpu;
  made.frame_count = frames;
  made.weight = 1;
  made.id = id;
  return made;
}

bool write_event(const Writer& writer, uint64_t id, uint16_t frame_count) {
  std::vector<uint64_t> frames(frame_count, id);
  return writer.write(RecordType::kEvent, event(id, frame_count), frames.data(), frames.size() * 8);
}

Reader open(const SpoolFile& file) {
  auto reader = Reader::open(file.path());
  if (!reader) FAIL(reader.error().message());
  return std::move(*reader);
}

// Writes events until there is no room for more; how many.
uint64_t fill(SpoolFile& file) {
  const Writer writer = file.writer();
  uint64_t written = 0;
  while (write_event(writer, written, 50)) written++;
  return written;
}

}  // namespace

TEST_CASE("a program that cut its spool short killed its recorder") {
  for (const off_t size : {off_t{0}, off_t{kHeaderSize}, off_t{kHeaderSize + 4096}}) {
    INFO(size);
    SpoolFile file(8192);
    const uint64_t written = fill(file);
    Reader reader = open(file);
    REQUIRE(reader.next(false));
    CHECK_FALSE(reader.was_cut());
    REQUIRE(::truncate(file.path().c_str(), size) == 0);
    uint64_t got = 1;
    while (reader.next(false)) got++;
    CHECK(got < written);
    CHECK(reader.was_cut());
    CHECK_FALSE(reader.next(true));
    reader.header().stop_requested.store(1);
  }
}

TEST_CASE("a spool that was cut short and made longer again ended the recording without a word") {
  SpoolFile file(8192);
  fill(file);
  Reader reader = open(file);
  REQUIRE(reader.next(false));
  const auto size = static_cast<off_t>(std::filesystem::file_size(file.path()));
  REQUIRE(::truncate(file.path().c_str(), 0) == 0);
  REQUIRE(::truncate(file.path().c_str(), size) == 0);
  CHECK_FALSE(reader.next(true));
  CHECK(reader.was_cut());
}

TEST_CASE("every record type comes back as it was written, in order") {
  SpoolFile file(4096);
  const Writer writer = file.writer();
  const uint64_t frames[] = {0x10, 0x20, 0x30};
  Module module = {};
  module.start = 0x1000;
  module.end = 0x3000;
  module.path_size = 6;
  module.build_id_size = 20;
  module.build_id[19] = 7;
  Thread thread = {};
  thread.tid = 12;
  std::memcpy(thread.name, "worker", 7);
  REQUIRE(writer.write(RecordType::kModule, module, "/bin/a", 6));
  REQUIRE(writer.write(RecordType::kThread, thread));
  REQUIRE(writer.write(RecordType::kEvent, event(5, 3), frames, sizeof frames));
  REQUIRE(writer.write(RecordType::kFree, Free{99, 5}));
  REQUIRE(writer.write(RecordType::kUnload, Unload{0x1000}));
  REQUIRE(
      writer.write(RecordType::kLabels, Labels{7, 13}, "request\0/a\0x", 13));  // an odd number of strings
  REQUIRE(writer.write(RecordType::kLabels, Labels{7, 11}, "request\0/a", 11));

  Reader reader = open(file);
  const auto read_module = std::get<ModuleRecord>(reader.next(false).value());
  CHECK(read_module.path == "/bin/a");
  CHECK(read_module.module.build_id[19] == 7);
  CHECK(std::string(std::get<Thread>(reader.next(false).value()).name) == "worker");
  const auto read_event = std::get<EventRecord>(reader.next(false).value());
  CHECK(read_event.event.id == 5);
  CHECK(std::equal(read_event.frames.begin(), read_event.frames.end(), frames, frames + 3));
  CHECK(std::get<Free>(reader.next(false).value()).time_ns == 99);
  CHECK(std::get<Unload>(reader.next(false).value()).start == 0x1000);
  CHECK(std::get<LabelsRecord>(reader.next(false).value()).text == std::string_view("request\0/a\0", 11));
  CHECK_FALSE(reader.next(false));
  CHECK(reader.skipped_bytes() == 48);  // of the odd one
}

TEST_CASE("a full ring refuses, counts nothing itself, and takes records again once read") {
  SpoolFile file(4096);
  const Writer writer = file.writer();
  Reader reader = open(file);
  int written = 0;
  while (write_event(writer, static_cast<uint64_t>(written), 4)) ++written;
  CHECK(written == (4096 - 512) / (sizeof(RecordHeader) + sizeof(Event) + 4 * 8));
  CHECK_FALSE(write_event(writer, 0, 1));
  REQUIRE(reader.next(false));
  CHECK(write_event(writer, 77, 1));
  int read = 1;
  while (reader.next(false)) ++read;
  CHECK(read == written + 1);
}

TEST_CASE("frees were lost with the events, in a full ring, so that their blocks were in use for ever") {
  SpoolFile file(4096);
  const Writer writer = file.writer();
  Reader reader = open(file);
  uint64_t written = 0;
  while (write_event(writer, written, 4)) ++written;
  for (uint64_t id = 0; id < 16; ++id) REQUIRE(writer.write(RecordType::kFree, Free{1, id}));
  for (uint64_t i = 0; i < written; ++i) CHECK(std::holds_alternative<EventRecord>(*reader.next(false)));
  for (uint64_t id = 0; id < 16; ++id) CHECK(std::get<Free>(reader.next(false).value()).id == id);
}

TEST_CASE("a record that does not fit before the ring's end goes to its start, over many laps") {
  SpoolFile file(4096);
  const Writer writer = file.writer();
  Reader reader = open(file);
  for (uint64_t id = 0; id < 5000; ++id) {
    const auto frames = static_cast<uint16_t>(1 + id * 37 % 200);
    REQUIRE(write_event(writer, id, frames));
    const auto record = std::get<EventRecord>(reader.next(false).value());
    REQUIRE(record.event.id == id);
    REQUIRE(record.frames.size() == frames);
    REQUIRE(record.frames.back() == id);
  }
  CHECK(reader.skipped_bytes() == 0);
}

TEST_CASE("a record larger than the ring is refused") {
  SpoolFile file(4096);
  CHECK_FALSE(write_event(file.writer(), 1, 1000));
  CHECK(write_event(file.writer(), 1, 10));
}

TEST_CASE("an uncommitted record is waited for while the target lives and skipped once it is dead") {
  SpoolFile file(4096);
  const Writer writer = file.writer();
  REQUIRE(write_event(writer, 1, 2));
  const Reservation torn = writer.reserve(RecordType::kEvent, sizeof(Event) + 800);
  std::memset(torn.payload, 0xff, 100);
  REQUIRE(write_event(writer, 2, 2));
  Reader reader = open(file);
  CHECK(std::get<EventRecord>(reader.next(false).value()).event.id == 1);
  CHECK_FALSE(reader.next(false));
  SECTION("committed late") {
    const Event late = event(3, 100);
    std::memcpy(torn.payload, &late, sizeof late);
    Writer::commit(torn);
    CHECK(std::get<EventRecord>(reader.next(false).value()).event.id == 3);
    CHECK(std::get<EventRecord>(reader.next(false).value()).event.id == 2);
    CHECK(reader.skipped_bytes() == 0);
  }
  SECTION("dead") {
    CHECK(std::get<EventRecord>(reader.next(true).value()).event.id == 2);
    CHECK(reader.skipped_bytes() == padded(sizeof(RecordHeader) + sizeof(Event) + 800));
  }
  CHECK_FALSE(reader.next(true));
}

TEST_CASE("a reader that is told an end leaves what was written after it") {
  SpoolFile file(4096);
  const Writer writer = file.writer();
  REQUIRE(write_event(writer, 1, 2));
  Reader reader = open(file);
  const uint64_t end = reader.written();
  REQUIRE(write_event(writer, 2, 2));
  CHECK(std::get<EventRecord>(reader.next(false, end).value()).event.id == 1);
  CHECK(reader.read() == end);
  CHECK_FALSE(reader.next(false, end));
  CHECK_FALSE(reader.next(true, end - 8));
  CHECK(std::get<EventRecord>(reader.next(false).value()).event.id == 2);
}

TEST_CASE("records of an earlier lap are never read again") {
  SpoolFile file(4096);
  const Writer writer = file.writer();
  Reader reader = open(file);
  for (uint64_t id = 0; id < 40; ++id) {
    REQUIRE(write_event(writer, id, 4));
    REQUIRE(reader.next(false));
  }
  writer.reserve(RecordType::kEvent, 3000);  // covers bytes of whole records of the first lap
  CHECK_FALSE(reader.next(true));
  CHECK(reader.skipped_bytes() >= 3000);
}

TEST_CASE("a spool that cannot be written is read all the same, and stays as it was") {
  SpoolFile file(4096);
  REQUIRE(write_event(file.writer(), 8, 1));
  const std::string before = prof::test::read(file.path());
  ::chmod(file.path().c_str(), 0400);
  if (::geteuid() == 0) return;  // root writes everything
  Reader reader = open(file);
  CHECK(reader.next(true));
  CHECK(prof::test::read(file.path()) == before);
}

TEST_CASE("concurrent writers and one reader: every record once, none torn") {
  SpoolFile file(1 << 16);
  // Writers go through the reader's own mapping: the thread sanitizer cannot follow one file through two.
  Reader reader = open(file);
  const Writer writer(&reader.header(), 1 << 16);
  constexpr int kThreads = 4;
  constexpr uint64_t kEach = 20000;
  std::atomic<int> running = kThreads;
  std::vector<std::thread> threads;
  std::vector<uint64_t> dropped(kThreads, 0);
  for (uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (uint64_t i = 0; i < kEach; ++i) {
        const uint64_t id = t * kEach + i;
        if (!write_event(writer, id, static_cast<uint16_t>(1 + id % 60))) ++dropped[t];
      }
      running.fetch_sub(1);
    });
  }
  uint64_t read = 0;
  uint64_t bad = 0;
  uint64_t last[kThreads] = {};
  for (bool done = false; !done;) {
    done = running.load() == 0;
    while (const auto record = reader.next(false)) {
      const auto& got = std::get<EventRecord>(*record);
      ++read;
      bad += got.frames.size() != 1 + got.event.id % 60;
      for (const uint64_t frame : got.frames) bad += frame != got.event.id;
      uint64_t& previous = last[got.event.id / kEach];
      bad += got.event.id + 1 <= previous;  // a thread's own records keep their order
      previous = got.event.id + 1;
    }
  }
  for (auto& thread : threads) thread.join();
  uint64_t total_dropped = 0;
  for (const uint64_t count : dropped) total_dropped += count;
  CHECK(bad == 0);
  CHECK(read + total_dropped == kThreads * kEach);
  CHECK(reader.skipped_bytes() == 0);
}

TEST_CASE("a file that is no spool is refused with the reason") {
  struct Case {
    const char* what;
    void (*spoil)(Header&);
    const char* reason;
  };
  const Case cases[] = {
      {"magic", [](Header& h) { h.magic = 1; }, "magic number"},
      {"version", [](Header& h) { h.version = 9; }, "its version is 9, this prof reads 2"},
      {"ring too large", [](Header& h) { h.ring_size = 1 << 20; }, "does not fit"},
      {"ring no power of two", [](Header& h) { h.ring_size = 5000; }, "does not fit"},
      {"ring zero", [](Header& h) { h.ring_size = 0; }, "does not fit"},
      {"not started", [](Header& h) { h.state = 0; }, "never finished starting"},
      {"tail past head", [](Header& h) { h.tail = 64; }, "cannot be"},
      {"head too far", [](Header& h) { h.head = 1 << 30; }, "cannot be"},
      {"tail unaligned", [](Header& h) { h.head = 16, h.tail = 8; }, "cannot be"},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    SpoolFile file(4096);
    c.spoil(*file.writer().header());
    const auto reader = Reader::open(file.path());
    REQUIRE_FALSE(reader);
    CHECK_THAT(reader.error().message(), Catch::Contains(file.path()) && Catch::Contains(c.reason));
  }
  TempDir directory;
  CHECK_FALSE(Reader::open(directory.file("none")));
  CHECK_FALSE(Reader::open(directory.path()));
  CHECK_FALSE(Reader::open("/dev/zero"));
  prof::test::write(directory.file("short"), std::string(5000, '\0'));
  CHECK_FALSE(Reader::open(directory.file("short")));
}

TEST_CASE("a committed record with impossible contents is skipped, the next one is read") {
  struct Case {
    const char* what;
    void (*spoil)(RecordHeader&, Event&);
  };
  const Case cases[] = {
      {"size 0", [](RecordHeader& r, Event&) { r.size = 0; }},
      {"size unaligned", [](RecordHeader& r, Event&) { r.size = 17; }},
      {"size past the head", [](RecordHeader& r, Event&) { r.size = 4096; }},
      {"unknown type", [](RecordHeader& r, Event&) { r.type = static_cast<RecordType>(77); }},
      {"unknown kind", [](RecordHeader&, Event& e) { e.kind = static_cast<Kind>(200); }},
      {"no frames", [](RecordHeader&, Event& e) { e.frame_count = 0; }},
      {"too many frames", [](RecordHeader&, Event& e) { e.frame_count = 60000; }},
      {"module too small", [](RecordHeader& r, Event&) { r.type = RecordType::kModule; }},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    SpoolFile file(4096);
    REQUIRE(write_event(file.writer(), 1, 1));
    REQUIRE(write_event(file.writer(), 2, 1));
    auto* record =
        reinterpret_cast<RecordHeader*>(reinterpret_cast<char*>(file.writer().header()) + kHeaderSize);
    c.spoil(*record, *reinterpret_cast<Event*>(record + 1));
    Reader reader = open(file);
    CHECK(std::get<EventRecord>(reader.next(true).value()).event.id == 2);
    CHECK(reader.skipped_bytes() > 0);
    CHECK_FALSE(reader.next(true));
  }
}
