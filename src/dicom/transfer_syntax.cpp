// SPDX-License-Identifier: MIT
#include "dicom/transfer_syntax.hpp"

#include <iterator>

namespace dcm {
namespace {

struct Row {
  TransferSyntax syntax;
  bool readable;
};

constexpr Row make_row(std::string_view uid, std::string_view keyword, std::string_view encoding) {
  TransferSyntax syntax{uid, keyword, Encoding::explicit_le, false, false};
  if (encoding == "implicit_le") syntax.encoding = Encoding::implicit_le;
  if (encoding == "explicit_be") syntax.encoding = Encoding::explicit_be;
  syntax.deflated = encoding == "deflated";
  syntax.encapsulated = encoding == "encapsulated";
  return {syntax, encoding != "none"};
}

#define ROW(uid, keyword, encoding, kind) make_row(uid, keyword, encoding),
constexpr Row kRows[] = {
#include "generated/transfer_syntaxes.inc"
};
#undef ROW

constexpr std::string_view kCompressed[] = {
    "1.2.840.10008.1.2.4.70",   // JPEG lossless, first-order prediction
    "1.2.840.10008.1.2.4.57",   // JPEG lossless
    "1.2.840.10008.1.2.4.80",   // JPEG-LS lossless
    "1.2.840.10008.1.2.4.81",   // JPEG-LS near-lossless
    "1.2.840.10008.1.2.4.90",   // JPEG 2000 lossless
    "1.2.840.10008.1.2.4.91",   // JPEG 2000
    "1.2.840.10008.1.2.4.50",   // JPEG baseline
    "1.2.840.10008.1.2.4.51",   // JPEG extended
    "1.2.840.10008.1.2.5",      // RLE
    "1.2.840.10008.1.2.4.201",  // HTJ2K lossless
    "1.2.840.10008.1.2.4.202",  // HTJ2K lossless, RPCL
    "1.2.840.10008.1.2.4.203",  // HTJ2K
};

constexpr std::string_view kVideo[] = {
    "1.2.840.10008.1.2.4.102",    // H.264 high profile, level 4.1
    "1.2.840.10008.1.2.4.103",    // the same, Blu-ray compatible
    "1.2.840.10008.1.2.4.104",    // H.264 level 4.2, 2D
    "1.2.840.10008.1.2.4.105",    // H.264 level 4.2, 3D
    "1.2.840.10008.1.2.4.106",    // H.264 stereo
    "1.2.840.10008.1.2.4.100",    // MPEG-2 main level
    "1.2.840.10008.1.2.4.101",    // MPEG-2 high level
    "1.2.840.10008.1.2.4.107",    // HEVC main
    "1.2.840.10008.1.2.4.108",    // HEVC main 10
    "1.2.840.10008.1.2.4.102.1",  // those that may be cut into fragments, in the same order
    "1.2.840.10008.1.2.4.103.1", "1.2.840.10008.1.2.4.104.1", "1.2.840.10008.1.2.4.105.1",
    "1.2.840.10008.1.2.4.106.1", "1.2.840.10008.1.2.4.100.1", "1.2.840.10008.1.2.4.101.1",
};

}  // namespace

const TransferSyntax* find_transfer_syntax(std::string_view uid) noexcept {
  for (const Row& row : kRows)
    if (row.syntax.uid == uid) return row.readable ? &row.syntax : nullptr;
  return nullptr;
}

std::span<const std::string_view> compressed_syntaxes() noexcept { return kCompressed; }

std::span<const std::string_view> video_syntaxes() noexcept { return kVideo; }

}  // namespace dcm
