// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

namespace dcm {

/// A value representation as its two letters (PS3.5 6.2), so that unknown ones survive. The number
/// is the letters in big-endian order: Vr{'P' << 8 | 'N'} prints as "PN".
enum class Vr : std::uint16_t {};

[[nodiscard]] constexpr Vr make_vr(char first, char second) noexcept {
  return static_cast<Vr>(static_cast<unsigned char>(first) << 8 |
                         static_cast<unsigned char>(second));
}

/// `text` must hold two characters.
[[nodiscard]] constexpr Vr make_vr(std::string_view text) noexcept {
  return make_vr(text[0], text[1]);
}

namespace vr {
inline constexpr Vr kNone{};  ///< items and delimiters have none
inline constexpr Vr kAE = make_vr("AE"), kAS = make_vr("AS"), kAT = make_vr("AT"),
                    kCS = make_vr("CS"), kDA = make_vr("DA"), kDS = make_vr("DS"),
                    kDT = make_vr("DT"), kFD = make_vr("FD"), kFL = make_vr("FL"),
                    kIS = make_vr("IS"), kLO = make_vr("LO"), kLT = make_vr("LT"),
                    kOB = make_vr("OB"), kOD = make_vr("OD"), kOF = make_vr("OF"),
                    kOL = make_vr("OL"), kOV = make_vr("OV"), kOW = make_vr("OW"),
                    kPN = make_vr("PN"), kSH = make_vr("SH"), kSL = make_vr("SL"),
                    kSQ = make_vr("SQ"), kSS = make_vr("SS"), kST = make_vr("ST"),
                    kSV = make_vr("SV"), kTM = make_vr("TM"), kUC = make_vr("UC"),
                    kUI = make_vr("UI"), kUL = make_vr("UL"), kUN = make_vr("UN"),
                    kUR = make_vr("UR"), kUS = make_vr("US"), kUT = make_vr("UT"),
                    kUV = make_vr("UV");
}  // namespace vr

/// Whether explicit encodings give this VR a 16-bit length (PS3.5 Table 7.1-2). All others, unknown
/// ones included, have two reserved bytes and a 32-bit length (PS3.5 Table 7.1-1, 6.2 note).
[[nodiscard]] constexpr bool has_short_length(Vr value) noexcept {
  switch (value) {
    case vr::kAE:
    case vr::kAS:
    case vr::kAT:
    case vr::kCS:
    case vr::kDA:
    case vr::kDS:
    case vr::kDT:
    case vr::kFD:
    case vr::kFL:
    case vr::kIS:
    case vr::kLO:
    case vr::kLT:
    case vr::kPN:
    case vr::kSH:
    case vr::kSL:
    case vr::kSS:
    case vr::kST:
    case vr::kTM:
    case vr::kUI:
    case vr::kUL:
    case vr::kUS:
      return true;
    default:
      return false;
  }
}

/// Values that may be large and are never read as text: OB, OW, OF, OD, OL, OV, UN.
[[nodiscard]] constexpr bool is_bulk(Vr value) noexcept {
  switch (value) {
    case vr::kOB:
    case vr::kOW:
    case vr::kOF:
    case vr::kOD:
    case vr::kOL:
    case vr::kOV:
    case vr::kUN:
      return true;
    default:
      return false;
  }
}

/// Values of words that people write: AE, CS, LO, LT, PN, SH, ST, UC, UR, UT.
[[nodiscard]] constexpr bool is_text(Vr value) noexcept {
  switch (value) {
    case vr::kAE:
    case vr::kCS:
    case vr::kLO:
    case vr::kLT:
    case vr::kPN:
    case vr::kSH:
    case vr::kST:
    case vr::kUC:
    case vr::kUR:
    case vr::kUT:
      return true;
    default:
      return false;
  }
}

/// Values made of characters: text, numbers and times as text, UIDs.
[[nodiscard]] constexpr bool is_string(Vr value) noexcept {
  switch (value) {
    case vr::kAS:
    case vr::kDA:
    case vr::kDS:
    case vr::kDT:
    case vr::kIS:
    case vr::kTM:
    case vr::kUI:
      return true;
    default:
      return is_text(value);
  }
}

}  // namespace dcm
