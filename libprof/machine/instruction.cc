#include "libprof/machine/instruction.h"

#include "libprof/machine/opcodes.h"

namespace prof::machine {
namespace {

class Decoder {
 public:
  explicit Decoder(const uint8_t* bytes) : bytes_(bytes) {}

  Instruction decode() {
    take_prefixes();
    const Opcode opcode = take_opcode();
    if ((opcode.follows & kInvalid) == 0) take_operands(opcode);
    if ((opcode.follows & kInvalid) != 0 || at_ > kMaxLength) return {};
    Instruction result;
    result.length = static_cast<uint8_t>(at_);
    result.effect = Effect::kNone;
    act(opcode.does, result);
    return result;
  }

 private:
  uint8_t take() {
    if (at_ < kMaxLength) return bytes_[at_++];
    at_ = kMaxLength + 1;
    return 0;
  }

  int32_t take_signed(int size) {
    uint32_t value = 0;
    for (int i = 0; i < size; ++i) value |= uint32_t{take()} << 8 * i;
    const int unused = 32 - 8 * size;
    return static_cast<int32_t>(value << unused) >> unused;
  }

  void take_prefixes() {
    uint8_t byte = take();
    for (; byte == 0x66 || byte == 0x67 || byte == 0x2e || byte == 0x36 || byte == 0x3e || byte == 0x26 ||
           byte == 0x64 || byte == 0x65 || byte == 0xf0 || byte == 0xf2 || byte == 0xf3;
         byte = take()) {
      is_short_ |= byte == 0x66;
      is_address_short_ |= byte == 0x67;
    }
    const bool is_rex = (byte & 0xf0) == 0x40;
    if (is_rex) rex_ = byte;
    opcode_ = is_rex ? take() : byte;
  }

  // With what selects its map.
  Opcode take_opcode() {
    enum { kEvex = 0x62, kXop = 0x8f, kVex3 = 0xc4, kVex2 = 0xc5 };
    switch (opcode_) {
      case kEvex: {
        const int map = take() & 7;
        take();
        take();
        return take_vector_opcode(map);
      }
      case kVex3: {
        const int map = take() & 0x1f;
        take();
        return take_vector_opcode(map);
      }
      case kVex2:
        take();
        return take_vector_opcode(1);
      case kXop: {  // AMD's, where it is no pop
        constexpr int kFirstMap = 8;
        const int map = at_ < kMaxLength ? bytes_[at_] & 0x1f : 0;
        if (map < kFirstMap) return kOpcodes.one_byte[kXop];
        take();
        take();
        return take_vector_opcode(map);
      }
      case 0x0f:
        opcode_ = take();
        if (opcode_ != 0x38 && opcode_ != 0x3a) return kOpcodes.two_bytes[opcode_];
        take();
        return {static_cast<uint8_t>(opcode_ == 0x38 ? kModrm : kModrm | kByte)};
      default:
        return kOpcodes.one_byte[opcode_];
    }
  }

  Opcode take_vector_opcode(int map) {
    opcode_ = take();
    switch (map) {
      case 1:
        return {kOpcodes.two_bytes[opcode_].follows};
      case 2:
      case 5:  // AVX512-FP16
      case 6:
      case 9:  // XOP, and the next
        return {kModrm};
      case 3:
      case 8:
        return {kModrm | kByte};
      case 10:
        return {kModrm | kFull};
      default:
        return {kInvalid};
    }
  }

  void take_operands(const Opcode& opcode) {
    const uint8_t follows = opcode.follows;
    const int full = is_short_ ? 2 : 4;
    if ((follows & kModrm) != 0) take_modrm();
    if ((follows & kWord) != 0) immediate_ = take_signed(2);
    if ((follows & kByte) != 0) immediate_ = take_signed(1);
    if ((follows & kNear) != 0) immediate_ = take_signed(4);
    if ((follows & kFull) != 0) immediate_ = take_signed(full);
    if ((follows & kQuad) != 0) take_signed(is_wide() ? 4 : full);
    if ((follows & kQuad) != 0 && is_wide()) take_signed(4);
    if ((follows & kAddress) != 0) at_ += is_address_short_ ? 4 : 8;
    const bool is_test = operation() < 2;
    if (opcode.does == Does::kGroupF6 && is_test) take();
    if (opcode.does == Does::kGroupF7 && is_test) take_signed(full);
  }

  // Tables 2-1 to 2-3 of the manual.
  void take_modrm() {
    constexpr int kHasSib = 4, kHasNoBase = 5;
    modrm_ = take();
    if (is_register()) return;
    const int mode = modrm_ >> 6;
    int low = modrm_ & 7;
    bool has_index = false;
    is_relative_ = mode == 0 && low == kHasNoBase;
    if (low == kHasSib) {
      const uint8_t sib = take();
      has_index = (sib >> 3 & 7) != 4 || (rex_ & kRexX) != 0;
      low = sib & 7;
    }
    const bool has_base = mode != 0 || low != kHasNoBase;
    if (has_base && !has_index) base_ = extended(low, kRexB);
    if (mode == 1) displacement_ = take_signed(1);
    if (mode == 2 || !has_base) displacement_ = take_signed(4);
  }

  enum Rex : uint8_t { kRexB = 1, kRexX = 2, kRexR = 4, kRexW = 8 };
  bool is_wide() const { return (rex_ & kRexW) != 0; }
  bool is_register() const { return modrm_ >> 6 == 3; }
  int operation() const { return modrm_ >> 3 & 7; }
  uint8_t extended(int number, Rex bit) const {
    return static_cast<uint8_t>((number & 7) | ((rex_ & bit) != 0 ? 8 : 0));
  }
  uint8_t reg() const { return extended(operation(), kRexR); }
  uint8_t rm() const { return extended(modrm_, kRexB); }
  uint8_t low() const { return extended(opcode_, kRexB); }

  void act(Does does, Instruction& result) const {
    switch (does) {
      case Does::kNothing:
      case Does::kGroupF6:
        return;
      case Does::kGroupF7:
      case Does::kWritesRm:
        return is_register() ? compute(result, rm()) : void();
      case Does::kWritesReg:
        return compute(result, reg());
      case Does::kWritesLow:
        return compute(result, low());
      case Does::kExchanges:
        compute(result, reg());
        return is_register() ? compute(result, rm()) : void();
      case Does::kMoves:
        return is_register() ? move(result, rm(), reg()) : access(result, Effect::kStore);
      case Does::kLoads:
        return is_register() ? move(result, reg(), rm()) : load(result);
      case Does::kAddress:
        return is_wide() && base_ != kNoRegister ? set(result, reg(), base_, displacement_)
                                                 : compute(result, reg());
      case Does::kAdds:
        return is_register() ? add(result) : void();
      case Does::kPushes:
        result.effect = is_short_ ? Effect::kUnknown : Effect::kPush;
        return;
      case Does::kPopsLow:
        return pop(result, low());
      case Does::kPopsRm:
        return pop(result, is_register() ? rm() : kNoRegister);
      case Does::kPops:
        return pop(result, kNoRegister);
      case Does::kBranches:
        return go(result, Effect::kBranch);
      case Does::kJumps:
        return go(result, Effect::kJump);
      case Does::kCalls:
        result.effect = Effect::kCall;
        return;
      case Does::kReturns:
        return go(result, Effect::kReturn);
      case Does::kLeaves:
        result.effect = Effect::kLeave;
        return;
      case Does::kGroupFf:
        return group_ff(result);
      case Does::kStops:
        result.effect = Effect::kUnknown;
        return;
    }
  }

  static void set(Instruction& result, uint8_t target, uint8_t base, int32_t value) {
    result.effect = Effect::kSet;
    result.target = target;
    result.base = base;
    result.value = value;
  }

  // Writes `target` in a way that is not followed.
  static void compute(Instruction& result, uint8_t target) {
    if (target == kRsp) result.effect = Effect::kUnknown;
  }

  void go(Instruction& result, Effect effect) const {
    result.effect = effect;
    result.value = immediate_;
  }

  void pop(Instruction& result, uint8_t target) const {
    result.effect = is_short_ ? Effect::kUnknown : Effect::kPop;
    result.target = target;
  }

  void move(Instruction& result, uint8_t target, uint8_t source) const {
    return is_wide() ? set(result, target, source, 0) : compute(result, target);
  }

  void load(Instruction& result) const {
    compute(result, reg());
    access(result, Effect::kLoad);
  }

  // Of a whole register, at a constant distance from another one.
  void access(Instruction& result, Effect effect) const {
    if (!is_wide() || base_ == kNoRegister) return;
    set(result, reg(), base_, displacement_);
    result.effect = effect;
  }

  void add(Instruction& result) const {
    enum { kAdd = 0, kAnd = 4, kSub = 5, kCompare = 7 };
    if (operation() == kCompare) return;
    if (!is_wide() || rm() != kRsp) return compute(result, rm());
    if (operation() == kAnd) return go(result, Effect::kAlign);
    if (operation() != kAdd && operation() != kSub) return compute(result, rm());
    const auto amount = static_cast<uint32_t>(immediate_);
    set(result, kRsp, kRsp, static_cast<int32_t>(operation() == kAdd ? amount : 0 - amount));
  }

  void group_ff(Instruction& result) const {
    switch (operation()) {
      case 0:  // inc, dec
      case 1:
        return is_register() ? compute(result, rm()) : void();
      case 4:  // jmp
        result.effect = is_relative_ ? Effect::kLeap : Effect::kUnknown;
        return;
      case 5:  // far
      case 7:  // none
        result.effect = Effect::kUnknown;
        return;
      case 6:
        result.effect = is_short_ ? Effect::kUnknown : Effect::kPush;
        return;
      default:
        result.effect = Effect::kCall;
        return;
    }
  }

  const uint8_t* bytes_;
  size_t at_ = 0;
  uint8_t rex_ = 0;
  uint8_t opcode_ = 0;
  uint8_t modrm_ = 0;
  bool is_short_ = false;          // operands of 16 bits
  bool is_address_short_ = false;  // addresses of 32
  bool is_relative_ = false;       // memory at rip + displacement
  uint8_t base_ = kNoRegister;     // of memory at base + displacement
  int32_t displacement_ = 0;
  int32_t immediate_ = 0;
};

}  // namespace

Instruction decode(const Bytes& bytes) { return Decoder(bytes).decode(); }

// e8 and a distance, or ff with a register or memory, of six lengths, and 2 as its operation.
bool ends_in_call(uint64_t bytes) {
  const auto at = [=](int back) { return static_cast<uint8_t>(bytes >> 8 * (8 - back)); };
  if (at(5) == 0xe8) return true;
  for (int back = 2; back <= 7; ++back) {
    const uint8_t modrm = at(back - 1);
    if (at(back) != 0xff || (modrm >> 3 & 7) != 2) continue;
    const int mode = modrm >> 6;
    const bool has_sib = mode != 3 && (modrm & 7) == 4;
    if (has_sib && back == 2) continue;
    const bool is_absolute = mode == 0 && ((has_sib ? at(back - 2) : modrm) & 7) == 5;
    const int displacement = mode == 1 ? 1 : mode == 2 || is_absolute ? 4 : 0;
    if (2 + (has_sib ? 1 : 0) + displacement == back) return true;
  }
  return false;
}

}  // namespace prof::machine
