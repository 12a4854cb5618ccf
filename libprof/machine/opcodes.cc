#include "libprof/machine/opcodes.h"

#include <cstddef>

namespace prof::machine {
namespace {

struct Range {
  uint8_t first, last;
  Opcode opcode;
};

// Of one byte, from 0x40 on: what is not here has nothing behind it and does nothing.
constexpr Range kOneByte[] = {
    {0x50, 0x57, {kNo, Does::kPushes}},
    {0x58, 0x5f, {kNo, Does::kPopsLow}},
    {0x63, 0x63, {kModrm, Does::kWritesReg}},
    {0x68, 0x68, {kFull, Does::kPushes}},
    {0x69, 0x69, {kModrm | kFull, Does::kWritesReg}},
    {0x6a, 0x6a, {kByte, Does::kPushes}},
    {0x6b, 0x6b, {kModrm | kByte, Does::kWritesReg}},
    {0x70, 0x7f, {kByte, Does::kBranches}},
    {0x80, 0x80, {kModrm | kByte}},
    {0x81, 0x81, {kModrm | kFull, Does::kAdds}},
    {0x82, 0x82, {kInvalid}},
    {0x83, 0x83, {kModrm | kByte, Does::kAdds}},
    {0x84, 0x86, {kModrm}},
    {0x87, 0x87, {kModrm, Does::kExchanges}},
    {0x88, 0x88, {kModrm}},
    {0x89, 0x89, {kModrm, Does::kMoves}},
    {0x8a, 0x8a, {kModrm}},
    {0x8b, 0x8b, {kModrm, Does::kLoads}},
    {0x8c, 0x8c, {kModrm}},
    {0x8d, 0x8d, {kModrm, Does::kAddress}},
    {0x8e, 0x8e, {kModrm}},
    {0x8f, 0x8f, {kModrm, Does::kPopsRm}},
    {0x91, 0x97, {kNo, Does::kWritesLow}},
    {0x9a, 0x9a, {kInvalid}},
    {0x9c, 0x9c, {kNo, Does::kPushes}},
    {0x9d, 0x9d, {kNo, Does::kPops}},
    {0xa0, 0xa3, {kAddress}},
    {0xa8, 0xa8, {kByte}},
    {0xa9, 0xa9, {kFull}},
    {0xb0, 0xb7, {kByte}},
    {0xb8, 0xbf, {kQuad, Does::kWritesLow}},
    {0xc0, 0xc0, {kModrm | kByte}},
    {0xc1, 0xc1, {kModrm | kByte, Does::kWritesRm}},
    {0xc2, 0xc2, {kWord, Does::kReturns}},
    {0xc3, 0xc3, {kNo, Does::kReturns}},
    {0xc6, 0xc6, {kModrm | kByte}},
    {0xc7, 0xc7, {kModrm | kFull, Does::kWritesRm}},
    {0xc8, 0xc8, {kWord | kByte, Does::kStops}},
    {0xc9, 0xc9, {kNo, Does::kLeaves}},
    {0xca, 0xca, {kWord, Does::kStops}},
    {0xcb, 0xcc, {kNo, Does::kStops}},
    {0xcd, 0xcd, {kByte}},
    {0xcf, 0xcf, {kNo, Does::kStops}},
    {0xd0, 0xd0, {kModrm}},
    {0xd1, 0xd1, {kModrm, Does::kWritesRm}},
    {0xd2, 0xd2, {kModrm}},
    {0xd3, 0xd3, {kModrm, Does::kWritesRm}},
    {0xd4, 0xd6, {kInvalid}},
    {0xd8, 0xdf, {kModrm}},
    {0xe0, 0xe3, {kByte, Does::kBranches}},
    {0xe4, 0xe7, {kByte}},
    {0xe8, 0xe8, {kNear, Does::kCalls}},
    {0xe9, 0xe9, {kNear, Does::kJumps}},
    {0xea, 0xea, {kInvalid}},
    {0xeb, 0xeb, {kByte, Does::kJumps}},
    {0xf4, 0xf4, {kNo, Does::kStops}},
    {0xf6, 0xf6, {kModrm, Does::kGroupF6}},
    {0xf7, 0xf7, {kModrm, Does::kGroupF7}},
    {0xfe, 0xfe, {kModrm}},
    {0xff, 0xff, {kModrm, Does::kGroupFf}},
};

// Behind 0f: what is not here has kModrm and does nothing.
constexpr Range kTwoBytes[] = {
    {0x04, 0x04, {kInvalid}},
    {0x05, 0x06, {kNo}},
    {0x07, 0x07, {kNo, Does::kStops}},
    {0x08, 0x09, {kNo}},
    {0x0a, 0x0a, {kInvalid}},
    {0x0b, 0x0b, {kNo, Does::kStops}},
    {0x0c, 0x0c, {kInvalid}},
    {0x0e, 0x0e, {kNo}},
    {0x0f, 0x0f, {kModrm | kByte}},
    {0x24, 0x27, {kInvalid}},
    {0x30, 0x34, {kNo}},
    {0x35, 0x35, {kNo, Does::kStops}},
    {0x36, 0x37, {kNo}},
    {0x40, 0x4f, {kModrm, Does::kWritesReg}},
    {0x70, 0x73, {kModrm | kByte}},
    {0x77, 0x77, {kNo}},
    {0x80, 0x8f, {kNear, Does::kBranches}},
    {0xa0, 0xa0, {kNo, Does::kPushes}},
    {0xa1, 0xa1, {kNo, Does::kPops}},
    {0xa2, 0xa2, {kNo}},
    {0xa4, 0xa4, {kModrm | kByte}},
    {0xa8, 0xa8, {kNo, Does::kPushes}},
    {0xa9, 0xa9, {kNo, Does::kPops}},
    {0xaa, 0xaa, {kNo}},
    {0xac, 0xac, {kModrm | kByte}},
    {0xaf, 0xaf, {kModrm, Does::kWritesReg}},
    {0xb6, 0xb7, {kModrm, Does::kWritesReg}},
    {0xba, 0xba, {kModrm | kByte}},
    {0xbe, 0xbf, {kModrm, Does::kWritesReg}},
    {0xc2, 0xc2, {kModrm | kByte}},
    {0xc4, 0xc6, {kModrm | kByte}},
    {0xc8, 0xcf, {kNo}},
};

template <size_t N>
constexpr void fill(Opcode (&all)[256], const Range (&ranges)[N]) {
  for (const Range& range : ranges) {
    for (int i = range.first; i <= range.last; ++i) all[i] = range.opcode;
  }
}

constexpr OpcodeMaps make_maps() {
  OpcodeMaps maps;
  // Eight operations, the last of which compares, in eight forms: two of bytes, which do not matter.
  constexpr Opcode kForms[8] = {{kModrm},   {kModrm, Does::kWritesRm},
                                {kModrm},   {kModrm, Does::kWritesReg},
                                {kByte},    {kFull},
                                {kInvalid}, {kInvalid}};
  constexpr int kCompare = 0x38;
  for (int i = 0; i < 0x40; ++i) {
    maps.one_byte[i] = kForms[i % 8];
    if (i >= kCompare) maps.one_byte[i].does = Does::kNothing;
  }
  fill(maps.one_byte, kOneByte);
  for (Opcode& opcode : maps.two_bytes) opcode.follows = kModrm;
  fill(maps.two_bytes, kTwoBytes);
  return maps;
}

}  // namespace

constinit const OpcodeMaps kOpcodes = make_maps();

}  // namespace prof::machine
