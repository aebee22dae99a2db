// SPDX-License-Identifier: MIT
#pragma once

#include <iconv.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dicom/vr.hpp"

namespace dcm {

/// What Specific Character Set (0008,0005) says about the text of a data set (PS3.3 C.12.1.1.2,
/// PS3.5 6.1), ready to convert it. Holds open converters, so one object serves one thread; a copy
/// opens its own.
class CharacterSets {
 public:
  /// The default repertoire, ISO_IR 6.
  CharacterSets() = default;

  /// Reads the raw value of (0008,0005). Misspelt terms (ISO-IR 100, ISO_IR_100, iso 2022 ir 6,
  /// ...) are understood, unknown ones ignored. Where the terms say nothing about bytes above 7F,
  /// `fallback`, a value of the same form, does.
  [[nodiscard]] static CharacterSets parse(std::string_view value, std::string_view fallback = "");

  /// Whether a raw value of (0008,0005) holds nothing but terms that parse() understands, and empty
  /// ones.
  [[nodiscard]] static bool are_terms(std::string_view value);

 private:
  enum class Set : std::uint8_t {
    none,
    ascii,
    latin1,
    latin2,
    latin3,
    latin4,
    latin5,
    latin9,
    cyrillic,
    arabic,
    greek,
    hebrew,
    thai,
    katakana,
    jis_x0208,
    jis_x0212,
    ks_x1001,
    gb2312,
    utf8,
    gb18030,
    gbk,
  };
  static constexpr std::size_t kSets = static_cast<std::size_t>(Set::gbk) + 1;

  /// How iconv takes the characters of a set.
  struct Encoding {
    const char* charset;  ///< iconv's name
    std::size_t unit;     ///< bytes of a character in the data set; 1 if they vary
    char prefix;          ///< what iconv wants before each character, or 0
  };
  /// What an escape sequence designates.
  struct Escape {
    std::string_view sequence;  ///< after the ESC
    Set set;
  };

  /// An iconv handle, opened when first needed.
  class Converter {
   public:
    Converter() noexcept = default;
    Converter(const Converter&) noexcept {}
    Converter& operator=(const Converter&) noexcept { return *this; }
    ~Converter();

    /// Appends `encoded` as UTF-8. After what cannot be decoded, goes on `step` bytes further.
    void append(std::string& utf8, const char* charset, std::string_view encoded, std::size_t step);

   private:
    iconv_t handle_ = nullptr;
  };

  static const Encoding& encoding_of(Set set) noexcept;
  static Set set_of_term(std::string_view term);
  static std::span<const Escape> escapes() noexcept;
  static const Escape* find_escape(std::string_view at) noexcept;

  void convert(std::string& utf8, Set set, std::string_view run) const;
  [[nodiscard]] std::string decode_2022(std::string_view bytes, Vr vr) const;

  friend std::string to_utf8(std::string_view bytes, const CharacterSets& sets, Vr vr);
  friend class TextEncoder;

  Set whole_ = Set::none;  ///< a set that cannot be switched: UTF-8, GB18030, GBK
  Set high_ = Set::none;   ///< G1 at the beginning of each value, line and name component
  mutable std::array<Converter, kSets> converters_;
};

/// Whether text of this VR is in the declared sets: SH, LO, ST, LT, UC, UT and PN (PS3.5 6.1.2.3).
[[nodiscard]] bool has_declared_sets(Vr vr) noexcept;

/// A raw value as UTF-8, backslashes and padding as they are. Bytes that are unknown or undecodable
/// become U+FFFD; nothing fails. Text (has_declared_sets) is in the declared sets, with ISO 2022
/// escape sequences that end at line ends, tabs, `\` where it separates values, and `^` and `=` in
/// names; all other VRs are ASCII. JIS X 0201's yen sign and overline stay
/// `\` and `~`, as they are on every Japanese screen.
[[nodiscard]] std::string to_utf8(std::string_view bytes, const CharacterSets& sets, Vr vr);

/// The same, value by value. Converts first: in GB18030, GBK and ISO 2022 a 5C may be half of a
/// character. ST, LT, UT and UR have one value. No bytes are no values.
[[nodiscard]] std::vector<std::string> split_values(std::string_view bytes,
                                                    const CharacterSets& sets, Vr vr);

}  // namespace dcm
