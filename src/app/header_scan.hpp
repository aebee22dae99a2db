// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "base/byte_sink.hpp"
#include "dicom/attributes.hpp"
#include "dicom/element_reader.hpp"

namespace dcm::app {

/// Reads some top-level attributes from the start of a data set, given in pieces by write(), which
/// fails as ElementReader does.
class HeaderScan : public ByteSink {
 public:
  /// `wanted` ascending, at least one; they live longer than this.
  HeaderScan(Encoding encoding, std::span<const Tag> wanted) noexcept
      : reader_(encoding), wanted_(wanted) {}

  Result<void> write(Bytes bytes) override;

  /// Whether all that it looks for has passed: elements stand in the order of their tags.
  [[nodiscard]] bool complete() const noexcept { return complete_; }
  [[nodiscard]] const Attributes& found() const noexcept { return found_; }

 private:
  void take(const Event& event);

  ElementReader reader_;
  std::span<const Tag> wanted_;
  Attributes found_;
  bool complete_ = false;
  bool taking_ = false;
  Tag tag_;
  std::uint32_t length_ = 0;
  std::vector<std::byte> value_;
};

}  // namespace dcm::app
