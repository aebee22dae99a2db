// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/budget.hpp"
#include "base/result.hpp"
#include "dicom/element_reader.hpp"

namespace dcm {

/// One header on the tape, 16 bytes. What a container holds follows it with a greater depth.
struct TapeRecord {
  enum class Kind : std::uint8_t {
    element,
    sequence,
    item,
    encapsulated,
    fragment,
    end,  ///< a delimiter; what a length ends has none
  };
  Tag tag;
  std::uint32_t offset;  ///< of the header in HeaderTape::bytes()
  std::uint32_t length;  ///< as sent; kUndefinedLength if undefined
  Vr vr;
  std::uint8_t depth;  ///< sequences and items around it
  Kind kind : 3;
  Encoding encoding : 2;  ///< of this header and, for an element, of its value
  bool long_header : 1;   ///< 12 bytes instead of 8 (PS3.5 7.1.2)
  bool dropped : 1;       ///< its value was not kept (drop_value), `length` is 0

  [[nodiscard]] std::uint32_t header_size() const noexcept { return long_header ? 12 : 8; }
  [[nodiscard]] bool holds_value() const noexcept {
    return kind == Kind::element || kind == Kind::fragment;
  }
};
static_assert(sizeof(TapeRecord) == 16);

/// The header of one object, kept while rules are applied to it: its bytes as they came, and one
/// flat record for each element, item, fragment and delimiter. A value that turns out to be a
/// sequence in disguise - UN of defined length, or any other VR around nothing but whole items - is
/// taped as the sequence it is, so that rules reach what is nested in it. A record's views live
/// until the next append() or clear().
class HeaderTape {
 public:
  /// Bytes and records of one object together. Above that the object is refused.
  static constexpr std::size_t kMaxBytes = std::size_t{16} << 20;
  /// What every object may have without asking the shared budget.
  static constexpr std::size_t kSmallBytes = std::size_t{1} << 20;

  /// What may be read again to find sequences inside one value; each guess that fails at its end
  /// costs its length, and guesses nest.
  static constexpr std::uint64_t kMaxDisguiseBytes = 8 * kMaxBytes;

  /// `budget` is shared by all objects in flight and must outlive the tape.
  explicit HeaderTape(Budget& budget) noexcept : budget_(&budget) {}
  HeaderTape(const HeaderTape&) = delete;
  HeaderTape& operator=(const HeaderTape&) = delete;
  ~HeaderTape() { clear(); }

  /// Forgets everything and gives the budget back.
  void clear() noexcept;

  /// Says that events to come may have bytes in `chunk`, which lives until settle(): these are
  /// copied together, which is what makes a tape fast. Bytes from elsewhere are copied at once.
  void lend(Bytes chunk) noexcept { lent_ = chunk; }

  /// Copies what was lent: to be called before the chunk dies, and before anything of the tape is
  /// read.
  void settle();

  /// Appends an event other than need_input, in wire order; `open` is ElementReader::open() after
  /// the event was read. May wait for the budget. Fails with header_limit, or too_deep for
  /// sequences in disguise.
  Result<void> append(const Event& event, std::size_t open);

  /// Forgets the value of the last record, an incomplete element at depth zero that is not to be
  /// written; the rest of that value is not appended.
  void drop_value();

  [[nodiscard]] std::span<const TapeRecord> records() const noexcept { return records_; }
  [[nodiscard]] bool empty() const noexcept { return records_.empty(); }

  /// All bytes, exactly as they came.
  [[nodiscard]] Bytes bytes() const noexcept { return bytes_; }
  [[nodiscard]] Bytes header(const TapeRecord& record) const noexcept {
    return Bytes(bytes_).subspan(record.offset, record.header_size());
  }
  /// The value of an element or fragment; nothing as long as it is incomplete.
  [[nodiscard]] Bytes value(const TapeRecord& record) const noexcept {
    if (value_left_ > 0 && record.offset == records_.back().offset) return {};
    return Bytes(bytes_).subspan(record.offset + record.header_size(), record.length);
  }

  /// The index after everything that record `index` contains, its delimiter included.
  [[nodiscard]] std::size_t subtree_end(std::size_t index) const noexcept;
  /// Where record `index` starts in bytes(); for records().size() the end of the bytes.
  [[nodiscard]] std::uint32_t start(std::size_t index) const noexcept {
    return index < records_.size() ? records_[index].offset
                                   : static_cast<std::uint32_t>(bytes_.size());
  }

  /// Whether the last record is an element whose value is not complete yet.
  [[nodiscard]] bool value_incomplete() const noexcept { return value_left_ > 0; }

 private:
  Result<void> reserve(std::size_t bytes, std::size_t records);
  void keep(Bytes bytes);
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() + pending_.size(); }
  [[nodiscard]] bool may_hold_items(const TapeRecord& record) const noexcept;
  Result<void> append_piece(Bytes piece);
  /// Tapes the last value, which is complete, as a sequence if it is one.
  Result<void> find_items();
  Result<bool> tape_as_sequence(std::size_t index, Encoding encoding);

  Budget* budget_;
  std::vector<std::byte> bytes_;
  Bytes lent_;
  Bytes pending_;  ///< the end of the tape, still in lent_
  std::vector<TapeRecord> records_;
  std::uint64_t value_left_ = 0;
  std::uint64_t disguise_bytes_ = 0;  ///< read again as sequences, for the outermost value
  bool holds_share_ = false;
};

/// Whether `value` starts as the value of a sequence does, in either byte order.
[[nodiscard]] inline bool starts_with_item(Bytes value) noexcept {
  if (value.size() < 8) return false;
  const auto little = load<std::uint32_t>(value.data(), std::endian::little);
  return little == 0xE000FFFE || little == 0x00E0FEFF;
}

}  // namespace dcm
