// The field numbers of profile.proto, for its decoder and its encoder.
#pragma once

#include <cstdint>

namespace prof::schema {

// Profile. Names of fields are in kProfileFields below.
enum : uint32_t {
  kSampleType = 1,
  kSample,
  kMapping,
  kLocation,
  kFunction,
  kStringTable,
  kDropFrames,
  kKeepFrames,
  kTimeNanos,
  kDurationNanos,
  kPeriodType,
  kPeriod,
  kComment,
  kDefaultSampleType,
  kDocUrl,
  kProfileFieldEnd
};

inline constexpr const char* kProfileFields[kProfileFieldEnd] = {"",
                                                                 "sample_type",
                                                                 "sample",
                                                                 "mapping",
                                                                 "location",
                                                                 "function",
                                                                 "string_table",
                                                                 "drop_frames",
                                                                 "keep_frames",
                                                                 "time_nanos",
                                                                 "duration_nanos",
                                                                 "period_type",
                                                                 "period",
                                                                 "comment",
                                                                 "default_sample_type",
                                                                 "doc_url"};

namespace value_type {
enum : uint32_t { kType = 1, kUnit };
}
namespace sample {
enum : uint32_t { kLocationId = 1, kValue, kLabel };
}
namespace label {
enum : uint32_t { kKey = 1, kStr, kNum, kNumUnit };
}
namespace mapping {
enum : uint32_t {
  kId = 1,
  kMemoryStart,
  kMemoryLimit,
  kFileOffset,
  kFilename,
  kBuildId,
  kHasFunctions,
  kHasFilenames,
  kHasLineNumbers,
  kHasInlineFrames
};
}
namespace location {
enum : uint32_t { kId = 1, kMappingId, kAddress, kLine, kIsFolded };
}
namespace line {
enum : uint32_t { kFunctionId = 1, kLine, kColumn };
}
namespace function {
enum : uint32_t { kId = 1, kName, kSystemName, kFilename, kStartLine };
}

}  // namespace prof::schema
