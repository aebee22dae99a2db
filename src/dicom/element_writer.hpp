// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "base/byte_sink.hpp"
#include "base/result.hpp"
#include "dicom/header_tape.hpp"

namespace dcm {

/// What is to become of the records of one tape; those not mentioned stay as they are.
class Edits {
 public:
  /// Takes out record `index` with everything it contains. Indexes must ascend from call to call,
  /// and none may lie inside what was removed.
  void remove(std::size_t index) {
    changes_.push_back({static_cast<std::uint32_t>(index), kRemoved});
  }

  /// Gives the element at `index` another value, padded to even length by the caller.
  void replace(std::size_t index, std::vector<std::byte> value) {
    changes_.push_back(
        {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(values_.size())});
    values_.push_back(std::move(value));
  }

  [[nodiscard]] bool empty() const noexcept { return changes_.empty(); }

 private:
  friend Result<void> write_elements(const HeaderTape& tape, const Edits& edits, ByteSink& output);
  friend class Growth;
  static constexpr std::uint32_t kRemoved = 0xFFFFFFFF;

  /// 8 bytes: a hostile header can hold a million elements to remove.
  struct Change {
    std::uint32_t index;
    std::uint32_t value;  ///< index into values_, or kRemoved
  };
  [[nodiscard]] Bytes value(const Change& change) const noexcept {
    return change.value == kRemoved ? Bytes{} : Bytes(values_[change.value]);
  }

  std::deque<Change> changes_;
  std::vector<std::vector<std::byte>> values_;
};

/// Writes an edited tape: every untouched byte as it came, and the defined lengths of the sequences
/// and items around each change corrected, so that each container keeps its form. A last element
/// whose value is still incomplete is written as far as it has come. Fails with bad_length when a
/// value does not fit its VR's length field (PS3.5 7.1.2), or as the output does.
Result<void> write_elements(const HeaderTape& tape, const Edits& edits, ByteSink& output);

}  // namespace dcm
