// SPDX-License-Identifier: MIT
#include "dicom/header_tape.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace dcm {
namespace {

TapeRecord::Kind record_kind(Event::Kind kind) noexcept {
  switch (kind) {
    case Event::Kind::sequence:
      return TapeRecord::Kind::sequence;
    case Event::Kind::item:
      return TapeRecord::Kind::item;
    case Event::Kind::encapsulated:
      return TapeRecord::Kind::encapsulated;
    case Event::Kind::fragment:
      return TapeRecord::Kind::fragment;
    case Event::Kind::sequence_end:
    case Event::Kind::item_end:
      return TapeRecord::Kind::end;
    default:
      return TapeRecord::Kind::element;
  }
}

bool opens_container(Event::Kind kind) noexcept {
  return kind == Event::Kind::sequence || kind == Event::Kind::item ||
         kind == Event::Kind::encapsulated;
}

/// In place: what is written piece by piece cannot be copied as a whole at once.
void fill(TapeRecord& record, const Event& event, std::size_t offset, std::size_t open) noexcept {
  record.tag = event.tag;
  record.offset = static_cast<std::uint32_t>(offset);
  record.length = event.length;
  record.vr = event.vr;
  record.depth = static_cast<std::uint8_t>(open - (opens_container(event.kind) ? 1 : 0));
  record.kind = record_kind(event.kind);
  record.encoding = event.encoding;
  record.long_header = event.bytes.size() == 12;
}

// An item's tag shows its byte order. UN holds implicit VR (PS3.5 6.2.2 note 4), as does all that
// stands in implicit VR; other VRs hold what surrounds them. Where the writer erred, try the other.
std::span<const Encoding> likely_encodings(const TapeRecord& record, Bytes items) noexcept {
  static constexpr std::array kImplicitFirst = {Encoding::implicit_le, Encoding::explicit_le};
  static constexpr std::array kExplicitFirst = {Encoding::explicit_le, Encoding::implicit_le};
  static constexpr std::array kBigEndian = {Encoding::explicit_be};
  if (load<std::uint16_t>(items.data(), std::endian::big) == tags::kItem.group) return kBigEndian;
  const bool implicit = record.vr == vr::kUN || record.encoding == Encoding::implicit_le;
  return implicit ? kImplicitFirst : kExplicitFirst;
}

/// What some writers leave behind the last item.
bool is_padding(Bytes bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{}; });
}

}  // namespace

void HeaderTape::clear() noexcept {
  bytes_.clear();
  lent_ = pending_ = {};
  records_.clear();
  value_left_ = 0;
  if (!holds_share_) return;
  bytes_.shrink_to_fit();
  records_.shrink_to_fit();
  budget_->give_back(kMaxBytes);
  holds_share_ = false;
}

Result<void> HeaderTape::reserve(std::size_t bytes, std::size_t records) {
  const std::size_t need = size() + bytes + (records_.size() + records) * sizeof(TapeRecord);
  if (need <= kSmallBytes) return {};
  if (need > kMaxBytes) return fail(Errc::header_limit, {.offset = size()});
  if (!holds_share_) {
    budget_->take(kMaxBytes);
    holds_share_ = true;
  }
  return {};
}

void HeaderTape::keep(Bytes bytes) {
  const bool lent = !lent_.empty() && !std::less<>()(bytes.data(), lent_.data()) &&
                    !std::less<>()(lent_.data() + lent_.size(), bytes.data() + bytes.size());
  if (lent && pending_.data() + pending_.size() == bytes.data()) {
    pending_ = {pending_.data(), pending_.size() + bytes.size()};
    return;
  }
  settle();
  pending_ = bytes;
  if (!lent) settle();
}

void HeaderTape::settle() {
  // Here alone: sequences in disguise are read from where the bytes are. Not resident before it is
  // used, and never copied to grow.
  if (holds_share_) bytes_.reserve(kMaxBytes);
  bytes_.insert(bytes_.end(), pending_.begin(), pending_.end());
  pending_ = {};
}

Result<void> HeaderTape::append(const Event& event, std::size_t open) {
  if (event.kind == Event::Kind::value) return append_piece(event.bytes);
  if (event.bytes.empty()) return {};
  DCM_CHECK(reserve(event.bytes.size(), 1));
  TapeRecord& record = records_.emplace_back();
  fill(record, event, size(), open);
  value_left_ = record.holds_value() ? event.length : 0;
  keep(event.bytes);
  return {};
}

Result<void> HeaderTape::append_piece(Bytes piece) {
  DCM_CHECK(reserve(piece.size(), 0));
  keep(piece);
  value_left_ -= piece.size();
  if (value_left_ > 0 || !may_hold_items(records_.back())) return {};
  disguise_bytes_ = 0;
  return find_items();
}

void HeaderTape::drop_value() {
  settle();
  TapeRecord& last = records_.back();
  bytes_.resize(last.offset + last.header_size());
  last.length = 0;
  last.dropped = true;
  value_left_ = 0;
}

/// What can be told without settling: a value that lies in the lent bytes is looked at there.
bool HeaderTape::may_hold_items(const TapeRecord& record) const noexcept {
  if (record.kind != TapeRecord::Kind::element) return false;
  const std::size_t at = record.offset + record.header_size();
  if (at < bytes_.size()) return true;
  return starts_with_item(pending_.subspan(at - bytes_.size(), record.length));
}

Result<void> HeaderTape::find_items() {
  const std::size_t index = records_.size() - 1;
  settle();
  const Bytes content = value(records_[index]);
  if (!starts_with_item(content)) return {};
  for (const Encoding encoding : likely_encodings(records_[index], content)) {
    DCM_TRY(const bool found, tape_as_sequence(index, encoding));
    if (found) break;
  }
  return {};
}

Result<bool> HeaderTape::tape_as_sequence(std::size_t index, Encoding encoding) {
  const TapeRecord outer = records_[index];
  const std::size_t depth = outer.depth / 2U;
  disguise_bytes_ += outer.length;
  if (depth >= ElementReader::kMaxDepth || disguise_bytes_ > kMaxDisguiseBytes)
    return fail(Errc::too_deep, {.tag = outer.tag.packed()});

  const auto not_a_sequence = [&]() -> Result<bool> {
    records_.resize(index + 1);
    records_[index] = outer;
    value_left_ = 0;
    return false;
  };
  // What ends a sequence besides its length - a delimiter, padding - is not of its last item.
  const auto end_at = [&](std::size_t offset) -> Result<bool> {
    const Event end{.kind = Event::Kind::sequence_end,
                    .encoding = encoding,
                    .vr = vr::kNone,
                    .tag = tags::kSequenceDelimitation,
                    .length = 0,
                    .bytes = {}};
    DCM_CHECK(reserve(0, 1));
    fill(records_.emplace_back(), end, offset, outer.depth);
    return true;
  };
  records_[index].kind = TapeRecord::Kind::sequence;
  ElementReader reader(encoding, outer.length, depth);
  reader.feed(value(outer));
  std::size_t at = outer.offset + outer.header_size();
  const std::size_t end = at + outer.length;
  for (;;) {
    const Result<Event> event = reader.next();
    if (!event && event.error().code == Errc::too_deep) return fail(event.error());
    const std::size_t open = reader.open();
    if (!event || event->kind == Event::Kind::need_input) {
      const bool padded = open == 1 && is_padding(Bytes(bytes_).first(end).subspan(at));
      return padded ? end_at(at) : not_a_sequence();
    }
    if (event->kind == Event::Kind::sequence_end && open == 0)
      return event->bytes.empty() ? Result<bool>(true) : end_at(at);
    if (event->kind != Event::Kind::value && !event->bytes.empty()) {
      DCM_CHECK(reserve(0, 1));
      fill(records_.emplace_back(), *event, at, outer.depth + open);
    }
    at += event->bytes.size();
    const bool value = event->kind == Event::Kind::value;
    if (value && may_hold_items(records_.back())) DCM_CHECK(find_items());
  }
}

std::size_t HeaderTape::subtree_end(std::size_t index) const noexcept {
  const TapeRecord& top = records_[index];
  std::size_t next = index + 1;
  if (top.holds_value() || top.kind == TapeRecord::Kind::end) return next;
  while (next < records_.size() && records_[next].depth > top.depth) ++next;
  const bool delimited = next < records_.size() && records_[next].depth == top.depth &&
                         records_[next].kind == TapeRecord::Kind::end;
  return delimited ? next + 1 : next;
}

}  // namespace dcm
