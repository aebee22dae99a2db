// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "dicom/tag.hpp"
#include "dicom/transfer_syntax.hpp"
#include "dicom/vr.hpp"

namespace dcm {

/// The byte that makes a value of this VR even (PS3.5 6.2): NUL for UI and binary VRs, else a
/// space.
[[nodiscard]] std::byte padding_of(Vr vr) noexcept;

/// Makes elements of our own, one after another in the order of the caller.
class ElementEncoder {
 public:
  explicit ElementEncoder(Encoding encoding) noexcept : encoding_(encoding) {}

  /// Appends an element; the value is padded to even length. `value` must fit the VR's length
  /// field (PS3.5 7.1.2) and is in this encoding's byte order already.
  void add(Tag tag, Vr vr, Bytes value);
  void add(Tag tag, Vr vr, std::string_view text) { add(tag, vr, as_bytes(text)); }

  /// Appends a sequence of defined length; each of `items` holds the elements of one item.
  void add_sequence(Tag tag, const std::vector<std::vector<std::byte>>& items);

  [[nodiscard]] const std::vector<std::byte>& bytes() const noexcept { return bytes_; }
  /// Gives the bytes away; the encoder is empty after that.
  [[nodiscard]] std::vector<std::byte> take() noexcept { return std::move(bytes_); }

 private:
  template <typename T>
  void append(T number);
  void append_header(Tag tag, Vr vr, std::size_t length);

  Encoding encoding_;
  std::vector<std::byte> bytes_;
};

}  // namespace dcm
