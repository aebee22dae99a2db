// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstdint>

namespace dcm {

/// A data element tag (PS3.5 7.1.1), ordered as elements stand in a data set.
struct Tag {
  std::uint16_t group = 0;
  std::uint16_t element = 0;

  [[nodiscard]] static constexpr Tag from(std::uint32_t packed) noexcept {
    return {static_cast<std::uint16_t>(packed >> 16), static_cast<std::uint16_t>(packed)};
  }
  [[nodiscard]] constexpr std::uint32_t packed() const noexcept {
    return static_cast<std::uint32_t>(group) << 16 | element;
  }
  [[nodiscard]] constexpr bool is_private() const noexcept { return (group & 1U) != 0; }
  [[nodiscard]] constexpr bool is_group_length() const noexcept { return element == 0; }

  friend constexpr auto operator<=>(const Tag&, const Tag&) = default;
};

namespace tags {
inline constexpr Tag kTransferSyntaxUid{0x0002, 0x0010};
inline constexpr Tag kSpecificCharacterSet{0x0008, 0x0005};
inline constexpr Tag kSopClassUid{0x0008, 0x0016};
inline constexpr Tag kSopInstanceUid{0x0008, 0x0018};
inline constexpr Tag kStudyDate{0x0008, 0x0020};
inline constexpr Tag kSeriesDate{0x0008, 0x0021};
inline constexpr Tag kAccessionNumber{0x0008, 0x0050};
inline constexpr Tag kQueryRetrieveLevel{0x0008, 0x0052};
inline constexpr Tag kModality{0x0008, 0x0060};
inline constexpr Tag kModalitiesInStudy{0x0008, 0x0061};
inline constexpr Tag kSopClassesInStudy{0x0008, 0x0062};
inline constexpr Tag kStudyDescription{0x0008, 0x1030};
inline constexpr Tag kSeriesDescription{0x0008, 0x103E};
inline constexpr Tag kAvailableTransferSyntaxUid{0x0008, 0x3002};
inline constexpr Tag kPatientName{0x0010, 0x0010};
inline constexpr Tag kPatientId{0x0010, 0x0020};
inline constexpr Tag kPatientBirthDate{0x0010, 0x0030};
inline constexpr Tag kStudyInstanceUid{0x0020, 0x000D};
inline constexpr Tag kSeriesInstanceUid{0x0020, 0x000E};
inline constexpr Tag kStudyId{0x0020, 0x0010};
inline constexpr Tag kSeriesNumber{0x0020, 0x0011};
inline constexpr Tag kInstanceNumber{0x0020, 0x0013};
inline constexpr Tag kStudyRelatedSeries{0x0020, 0x1206};
inline constexpr Tag kStudyRelatedInstances{0x0020, 0x1208};
inline constexpr Tag kSeriesRelatedInstances{0x0020, 0x1209};
inline constexpr Tag kBurnedInAnnotation{0x0028, 0x0301};
inline constexpr Tag kPixelData{0x7FE0, 0x0010};
inline constexpr Tag kItem{0xFFFE, 0xE000};
inline constexpr Tag kItemDelimitation{0xFFFE, 0xE00D};
inline constexpr Tag kSequenceDelimitation{0xFFFE, 0xE0DD};
}  // namespace tags

}  // namespace dcm
