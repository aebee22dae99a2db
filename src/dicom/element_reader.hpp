// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "dicom/tag.hpp"
#include "dicom/transfer_syntax.hpp"
#include "dicom/vr.hpp"

namespace dcm {

/// The length of what only a delimiter ends (PS3.5 7.1.3).
inline constexpr std::uint32_t kUndefinedLength = 0xFFFFFFFF;

/// One step through a data set, in wire order.
struct Event {
  enum class Kind : std::uint8_t {
    need_input,    ///< every byte fed so far is used: call feed() or finish()
    element,       ///< a header; `value` events follow, adding up to `length` bytes
    value,         ///< the next piece of the current element or fragment
    sequence,      ///< the header of a sequence: SQ, or UN of undefined length (CP-246)
    sequence_end,  ///< of a sequence or an encapsulated value; `bytes` is its delimiter or empty
    item,
    item_end,      ///< `bytes` is its delimiter, or empty when the item's length ended it
    encapsulated,  ///< the header of a value made of fragments (PS3.5 A.4)
    fragment,      ///< a fragment's item header; `value` events follow as for an element
  };
  Kind kind = Kind::need_input;
  Encoding encoding = Encoding::explicit_le;  ///< of this header; inside UN it is implicit
  Vr vr = vr::kNone;  ///< as sent, or from the dictionary where the encoding has none
  Tag tag{};
  std::uint32_t length = 0;  ///< as sent; kUndefinedLength if undefined
  Bytes bytes;               ///< as sent, so copying them all through loses nothing
};

/// Splits a data set into events while its bytes arrive, wherever they are cut. Does no I/O, never
/// seeks, allocates nothing, and keeps at most one header between calls. Values are not decoded.
/// Reads what PS3.5 section 7 describes, odd lengths too; where it had to guess how far an element
/// reaches or what it contains, it fails instead.
class ElementReader {
 public:
  /// Sequences inside one another. Above that the object is refused.
  static constexpr std::size_t kMaxDepth = 64;

  /// Reads a data set.
  explicit ElementReader(Encoding encoding) noexcept {
    frames_[0] = {kNoEnd, kNoEnd, Container::data_set, encoding};
  }

  /// Reads the value of a sequence, `length` bytes of items, at `depth` sequences inside the data
  /// set. It ends with the sequence_end event.
  ElementReader(Encoding encoding, std::uint32_t length, std::size_t depth) noexcept;

  /// Lends the next bytes; they must live until next() returns need_input.
  void feed(Bytes chunk) noexcept { input_ = chunk; }

  /// The next event; its `bytes` are valid until the next call on this reader. Fails with bad_vr,
  /// bad_length, too_deep or misplaced_item at the offset of the header at fault, and stays failed.
  Result<Event> next() noexcept;

  /// Bytes of the current value that were not fed yet; 0 while fed bytes are unread.
  [[nodiscard]] std::uint64_t value_ahead() const noexcept {
    return input_.empty() ? value_left_ : 0;
  }

  /// The next `count` bytes, at most value_ahead(), went another way and will not be fed.
  void pass(std::uint64_t count) noexcept {
    value_left_ -= count;
    offset_ += count;
  }

  /// Ends the input. Fails with truncated unless it ends between two elements at depth zero. A cut
  /// right there is invisible from here: call this on the transport's word, not on silence.
  Result<void> finish() const noexcept;

  /// How many sequences and items are open around the next event.
  [[nodiscard]] std::size_t open() const noexcept { return open_; }

  /// Bytes used so far.
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }

 private:
  enum class Container : std::uint8_t { data_set, sequence, item, encapsulated };
  struct Frame {
    std::uint64_t end;    ///< where its length ends it, or kNoEnd
    std::uint64_t limit;  ///< the nearest end of itself and of what encloses it
    Container container;
    Encoding encoding;  ///< of what stands inside
  };
  static constexpr std::uint64_t kNoEnd = ~std::uint64_t{0};

  [[nodiscard]] const Frame& frame() const noexcept { return frames_[open_]; }
  [[nodiscard]] bool gather_header() noexcept;

  // Each completes `event`, or sets failure_ and returns false.
  bool read(Event& event) noexcept;
  bool close_frame(Event& event, Bytes delimiter) noexcept;
  bool delimiter_or_item(Event& event) noexcept;
  bool element(Event& event) noexcept;
  bool enter(Event& event, Container container, Encoding inside) noexcept;
  bool begin_value(Event& event) noexcept;
  bool refuse(Errc code, Tag tag) noexcept;

  Error failure_{};
  Bytes input_;
  std::uint64_t offset_ = 0;
  std::uint64_t value_left_ = 0;
  std::array<std::byte, 12> partial_{};  ///< a header that two chunks cut in half
  std::size_t partial_size_ = 0;
  Bytes header_;                                 ///< the header that gather_header() completed
  std::array<Frame, 2 * kMaxDepth + 3> frames_;  ///< the first is the data set
  std::size_t open_ = 0;
  std::size_t outer_depth_ = 0;  ///< sequences around the value this reader was made for
};

}  // namespace dcm
