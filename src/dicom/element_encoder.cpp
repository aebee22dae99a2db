// SPDX-License-Identifier: MIT
#include "dicom/element_encoder.hpp"

#include <array>
#include <cstdint>

namespace dcm {

std::byte padding_of(Vr vr) noexcept {
  return is_string(vr) && vr != vr::kUI ? std::byte{' '} : std::byte{0};
}

template <typename T>
void ElementEncoder::append(T number) {
  std::array<std::byte, sizeof(T)> bytes;
  put(bytes.data(), number,
      encoding_ == Encoding::explicit_be ? std::endian::big : std::endian::little);
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void ElementEncoder::append_header(Tag tag, Vr vr, std::size_t length) {
  append(tag.group);
  append(tag.element);
  if (encoding_ == Encoding::implicit_le || vr == vr::kNone)
    return append(static_cast<std::uint32_t>(length));
  const auto letters = static_cast<std::uint16_t>(vr);
  bytes_.push_back(static_cast<std::byte>(letters >> 8U));
  bytes_.push_back(static_cast<std::byte>(letters));
  if (has_short_length(vr)) return append(static_cast<std::uint16_t>(length));
  append(std::uint16_t{0});
  append(static_cast<std::uint32_t>(length));
}

void ElementEncoder::add(Tag tag, Vr vr, Bytes value) {
  append_header(tag, vr, value.size() + value.size() % 2);
  bytes_.insert(bytes_.end(), value.begin(), value.end());
  if (value.size() % 2 != 0) bytes_.push_back(padding_of(vr));
}

void ElementEncoder::add_sequence(Tag tag, const std::vector<std::vector<std::byte>>& items) {
  constexpr std::size_t kItemHeader = 8;
  std::size_t length = 0;
  for (const std::vector<std::byte>& item : items) length += kItemHeader + item.size();
  append_header(tag, vr::kSQ, length);
  for (const std::vector<std::byte>& item : items) {
    append_header(tags::kItem, vr::kNone, item.size());
    bytes_.insert(bytes_.end(), item.begin(), item.end());
  }
}

}  // namespace dcm
