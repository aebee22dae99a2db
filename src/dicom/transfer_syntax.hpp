// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace dcm {

/// How the elements of a data set are encoded (PS3.5 section 7 and Annex A).
enum class Encoding : std::uint8_t { implicit_le, explicit_le, explicit_be };

/// A transfer syntax whose data sets can be read (PS3.6 Table A-1). The views live for ever.
struct TransferSyntax {
  std::string_view uid;
  std::string_view keyword;
  Encoding encoding = Encoding::explicit_le;
  bool deflated = false;      ///< the whole data set is one deflated stream (PS3.5 A.5)
  bool encapsulated = false;  ///< pixel data stands in fragments (PS3.5 A.4)
};

/// The transfer syntax of `uid`, without padding. nullptr if it is unknown or is not an encoding of
/// data sets (XML, MIME): such an object cannot be read, and guessing is not allowed.
[[nodiscard]] const TransferSyntax* find_transfer_syntax(std::string_view uid) noexcept;

/// The compressed syntaxes worth proposing for an image class, those most often stored first.
[[nodiscard]] std::span<const std::string_view> compressed_syntaxes() noexcept;

/// The same for a class that carries video: MPEG-2, H.264 and HEVC, H.264 first.
[[nodiscard]] std::span<const std::string_view> video_syntaxes() noexcept;

}  // namespace dcm
