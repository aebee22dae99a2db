// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
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
    changes_.push_back({static_cast<std::uint32_t>(index), 0, Kind::remove});
  }

  /// Gives the element at `index` another value, padded to even length by the caller.
  void replace(std::size_t index, std::vector<std::byte> value) {
    changes_.push_back({static_cast<std::uint32_t>(index),
                        static_cast<std::uint32_t>(values_.size()), Kind::replace});
    values_.push_back(std::move(value));
  }

  /// Puts whole encoded elements in front of record `index`, or at the end for records().size().
  /// Comes before remove() or replace() of the same index.
  void insert(std::size_t index, std::vector<std::byte> elements) {
    changes_.push_back({static_cast<std::uint32_t>(index),
                        static_cast<std::uint32_t>(values_.size()), Kind::insert});
    values_.push_back(std::move(elements));
  }

  [[nodiscard]] bool empty() const noexcept { return changes_.empty(); }

  /// The value that the element at `index` will have; `original` if it stays, none if it goes (not
  /// seen for what stands inside of something removed). Lives as long as both.
  [[nodiscard]] std::optional<Bytes> value_after(std::size_t index, Bytes original) const noexcept;

 private:
  friend Result<void> write_elements(const HeaderTape& tape, const Edits& edits, ByteSink& output);
  friend class Growth;
  enum class Kind : std::uint32_t { remove, replace, insert };

  /// 12 bytes: a hostile header can hold a million elements to remove.
  struct Change {
    std::uint32_t index;
    std::uint32_t value;  ///< index into values_, where there is one
    Kind kind;
  };
  [[nodiscard]] Bytes value(const Change& change) const noexcept {
    return change.kind == Kind::remove ? Bytes{} : Bytes(values_[change.value]);
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
