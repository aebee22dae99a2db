// SPDX-License-Identifier: MIT
#include "dicom/element_reader.hpp"

#include <algorithm>

#include "dicom/dictionary.hpp"

namespace dcm {
namespace {

constexpr std::size_t kShortHeader = 8;
constexpr std::size_t kLongHeader = 12;

std::endian byte_order(Encoding encoding) noexcept {
  return encoding == Encoding::explicit_be ? std::endian::big : std::endian::little;
}

Tag load_tag(const std::byte* at, std::endian order) noexcept {
  return {load<std::uint16_t>(at, order), load<std::uint16_t>(at + 2, order)};
}

bool is_capital(std::byte letter) noexcept {
  return letter >= std::byte{'A'} && letter <= std::byte{'Z'};
}

Vr load_vr(const std::byte* at) noexcept {
  return make_vr(static_cast<char>(at[0]), static_cast<char>(at[1]));
}

bool has_long_header(const std::byte* header, Encoding encoding) noexcept {
  if (encoding == Encoding::implicit_le) return false;
  if (load<std::uint16_t>(header, byte_order(encoding)) == tags::kItem.group) return false;
  return !has_short_length(load_vr(header + 4));
}

/// Whether an element of undefined length holds items. Implicit encodings have nothing else; a
/// sequence of the dictionary is one under any VR.
bool is_sequence(const Event& event) noexcept {
  return event.vr == vr::kSQ || event.encoding == Encoding::implicit_le ||
         dictionary_vr(event.tag) == vr::kSQ;
}

/// Whether an element of undefined length holds fragments (PS3.5 A.4).
bool has_fragments(const Event& event) noexcept {
  const bool implicit = event.encoding == Encoding::implicit_le;
  if (event.tag == tags::kPixelData) return implicit || is_bulk(event.vr);
  return is_bulk(event.vr) && event.vr != vr::kUN && !is_sequence(event);
}

}  // namespace

ElementReader::ElementReader(Encoding encoding, std::uint32_t length, std::size_t depth) noexcept
    : ElementReader(encoding) {
  outer_depth_ = depth;
  frames_[++open_] = {length, length, Container::sequence, encoding};
}

bool ElementReader::refuse(Errc code, Tag tag) noexcept {
  failure_ = {.code = code, .tag = tag.packed(), .offset = offset_ - header_.size()};
  return false;
}

bool ElementReader::gather_header() noexcept {
  const bool in_place = partial_size_ == 0 && input_.size() >= kLongHeader;
  if (in_place) {
    const std::size_t size =
        has_long_header(input_.data(), frame().encoding) ? kLongHeader : kShortHeader;
    header_ = input_.first(size);
    input_ = input_.subspan(size);
    offset_ += size;
    return true;
  }
  const auto take_up_to = [this](std::size_t size) {
    const std::size_t count = std::min(size - partial_size_, input_.size());
    std::copy_n(input_.begin(), count,
                partial_.begin() + static_cast<std::ptrdiff_t>(partial_size_));
    input_ = input_.subspan(count);
    partial_size_ += count;
    offset_ += count;
    return partial_size_ >= size;
  };
  if (partial_size_ < kShortHeader && !take_up_to(kShortHeader)) return false;
  if (has_long_header(partial_.data(), frame().encoding) && !take_up_to(kLongHeader)) return false;
  header_ = Bytes(partial_).first(partial_size_);
  partial_size_ = 0;
  return true;
}

Result<Event> ElementReader::next() noexcept {
  Result<Event> event;  // filled in place and the only one returned: a copy would cost too much
  if (!read(*event)) event = fail(failure_);
  return event;
}

bool ElementReader::read(Event& event) noexcept {
  if (failure_.code != Errc::ok) return false;
  if (value_left_ > 0) {
    if (input_.empty()) return true;
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(value_left_, input_.size()));
    event.kind = Event::Kind::value;
    event.bytes = input_.first(count);
    input_ = input_.subspan(count);
    value_left_ -= count;
    offset_ += count;
    return true;
  }
  if (frame().end == offset_ && partial_size_ == 0) return close_frame(event, {});
  if (!gather_header()) return true;

  event.encoding = frame().encoding;
  event.tag = load_tag(header_.data(), byte_order(event.encoding));
  event.bytes = header_;
  if (offset_ > frame().limit) return refuse(Errc::bad_length, event.tag);
  return event.tag.group == tags::kItem.group ? delimiter_or_item(event) : element(event);
}

bool ElementReader::close_frame(Event& event, Bytes delimiter) noexcept {
  const bool item = frame().container == Container::item;
  --open_;
  event.kind = item ? Event::Kind::item_end : Event::Kind::sequence_end;
  event.encoding = frame().encoding;
  event.tag = item ? tags::kItemDelimitation : tags::kSequenceDelimitation;
  event.bytes = delimiter;
  return true;
}

bool ElementReader::delimiter_or_item(Event& event) noexcept {
  event.length = load<std::uint32_t>(header_.data() + 4, byte_order(event.encoding));
  const Frame& around = frame();
  if (around.container == Container::data_set) return refuse(Errc::misplaced_item, event.tag);

  if (event.tag == tags::kItem) {
    if (around.container == Container::item) return refuse(Errc::misplaced_item, event.tag);
    if (around.container == Container::sequence)
      return enter(event, Container::item, around.encoding);
    event.kind = Event::Kind::fragment;
    return begin_value(event);
  }
  const Tag closing =
      around.container == Container::item ? tags::kItemDelimitation : tags::kSequenceDelimitation;
  // Some writers delimit what a length ends as well; harmless where both agree.
  const bool ends_here = around.end == kNoEnd || around.end == offset_;
  if (event.tag != closing || !ends_here) return refuse(Errc::misplaced_item, event.tag);
  if (event.length != 0) return refuse(Errc::bad_length, event.tag);
  return close_frame(event, header_);
}

bool ElementReader::element(Event& event) noexcept {
  const Container around = frame().container;
  if (around != Container::item && around != Container::data_set)
    return refuse(Errc::misplaced_item, event.tag);

  const std::endian order = byte_order(event.encoding);
  if (event.encoding == Encoding::implicit_le) {
    event.vr = dictionary_vr(event.tag);
    event.length = load<std::uint32_t>(header_.data() + 4, order);
  } else {
    if (!is_capital(header_[4]) || !is_capital(header_[5])) return refuse(Errc::bad_vr, event.tag);
    event.vr = load_vr(header_.data() + 4);
    event.length = header_.size() == kLongHeader ? load<std::uint32_t>(header_.data() + 8, order)
                                                 : load<std::uint16_t>(header_.data() + 6, order);
  }

  if (event.length == kUndefinedLength) {
    if (has_fragments(event)) return enter(event, Container::encapsulated, event.encoding);
    // What stands inside UN is always implicit little endian (PS3.5 6.2.2 note 4, CP-246).
    if (event.vr == vr::kUN) return enter(event, Container::sequence, Encoding::implicit_le);
    if (!is_sequence(event)) return refuse(Errc::bad_length, event.tag);
    return enter(event, Container::sequence, event.encoding);
  }
  if (event.vr == vr::kSQ) return enter(event, Container::sequence, event.encoding);
  event.kind = Event::Kind::element;
  return begin_value(event);
}

bool ElementReader::enter(Event& event, Container container, Encoding inside) noexcept {
  const std::size_t depth = outer_depth_ + (open_ + 1) / 2;
  if (container != Container::item && depth >= kMaxDepth) return refuse(Errc::too_deep, event.tag);

  const std::uint64_t end = event.length == kUndefinedLength ? kNoEnd : offset_ + event.length;
  const std::uint64_t limit = frame().limit;
  if (end != kNoEnd && end > limit) return refuse(Errc::bad_length, event.tag);
  frames_[++open_] = {end, std::min(end, limit), container, inside};
  switch (container) {
    case Container::sequence:
      event.kind = Event::Kind::sequence;
      break;
    case Container::item:
      event.kind = Event::Kind::item;
      break;
    case Container::encapsulated:
      event.kind = Event::Kind::encapsulated;
      break;
    case Container::data_set:  // never entered
      break;
  }
  return true;
}

bool ElementReader::begin_value(Event& event) noexcept {
  const bool too_long = event.length == kUndefinedLength || offset_ + event.length > frame().limit;
  if (too_long) return refuse(Errc::bad_length, event.tag);
  value_left_ = event.length;
  return true;
}

Result<void> ElementReader::finish() const noexcept {
  if (failure_.code != Errc::ok) return fail(failure_);
  const bool whole = open_ == 0 && value_left_ == 0 && partial_size_ == 0 && input_.empty();
  if (!whole) return fail(Errc::truncated, {.offset = offset_});
  return {};
}

}  // namespace dcm
