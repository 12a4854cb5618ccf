// The formats that pprof files had before profile.proto, each in a file of its own beside this one.
//
// One table: detect() looks at the first lines, read() at all. Readers are total: any bytes give a Draft or
// an Error that names the line (of text) or the offset (of CPU words).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libprof/base/error.h"
#include "libprof/profile/legacy/draft.h"
#include "libprof/profile/profile.h"

namespace prof::legacy {

struct Format {
  const char* name;  // "heap": for messages
  bool (*detect)(std::string_view bytes);
  Result<Draft> (*read)(std::string_view bytes);
  bool is_leaf_twice = false;  // see Draft::finish
};

// In the order in which they are asked. No profile.proto starts like any of them.
std::span<const Format> formats();

// Nothing where no format knows the bytes. The error says what is wrong where, not in which file.
std::optional<Result<Profile>> read(std::string_view bytes);

bool detect_cpu(std::string_view bytes);
Result<Draft> read_cpu(std::string_view bytes);
bool detect_java_cpu(std::string_view bytes);
Result<Draft> read_java_cpu(std::string_view bytes);
bool detect_heap(std::string_view bytes);
Result<Draft> read_heap(std::string_view bytes);
bool detect_jemalloc(std::string_view bytes);
Result<Draft> read_jemalloc(std::string_view bytes);
bool detect_count(std::string_view bytes);
Result<Draft> read_count(std::string_view bytes);
bool detect_thread(std::string_view bytes);
Result<Draft> read_thread(std::string_view bytes);
bool detect_contention(std::string_view bytes);
Result<Draft> read_contention(std::string_view bytes);
bool detect_java(std::string_view bytes);
Result<Draft> read_java(std::string_view bytes);

// The symbols in the text behind the samples of a Java profile: "0x1f com.example.f (File.java:12)".
void read_java_symbols(std::string_view text, Draft& draft);

}  // namespace prof::legacy
