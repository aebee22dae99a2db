// SPDX-License-Identifier: MIT
#include "dicom/element_writer.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace dcm {

std::optional<Bytes> Edits::value_after(std::size_t index, Bytes original) const noexcept {
  auto change = std::lower_bound(changes_.begin(), changes_.end(), index,
                                 [](const Change& c, std::size_t at) { return c.index < at; });
  while (change != changes_.end() && change->index == index && change->kind == Kind::insert)
    ++change;
  if (change == changes_.end() || change->index != index) return original;
  if (change->kind == Kind::remove) return std::nullopt;
  return value(*change);
}

/// How many bytes each container of defined length gains by some edits.
class Growth {
 public:
  Growth(const HeaderTape& tape, const Edits& edits) : tape_(tape) {
    for (const Edits::Change& change : edits.changes_) {
      if (change.index == tape.records().size()) break;  // behind everything: inside nothing
      enter_containers_around(change.index);
      if (open_.empty()) continue;
      gained_.resize(tape.records().size());
      const auto gained =
          static_cast<std::int64_t>(edits.value(change).size()) - bytes_replaced(change);
      for (const std::size_t container : open_)
        gained_[container] += static_cast<std::int32_t>(gained);
    }
  }

  /// The next container at `index` or after it whose length changes; as many as there are records
  /// if none.
  [[nodiscard]] std::size_t next_changed(std::size_t index) const noexcept {
    while (index < gained_.size() && gained_[index] == 0) ++index;
    return index < gained_.size() ? index : tape_.records().size();
  }

  [[nodiscard]] std::uint64_t new_length(std::size_t index) const noexcept {
    return static_cast<std::uint64_t>(std::int64_t{tape_.records()[index].length} + gained_[index]);
  }

 private:
  [[nodiscard]] std::uint32_t bytes_replaced(const Edits::Change& change) const noexcept {
    switch (change.kind) {
      case Edits::Kind::remove:
        return tape_.start(tape_.subtree_end(change.index)) - tape_.records()[change.index].offset;
      case Edits::Kind::replace:
        return tape_.records()[change.index].length;
      case Edits::Kind::insert:
        break;
    }
    return 0;
  }

  void enter_containers_around(std::size_t index) {
    for (; next_ < index; ++next_) {
      const TapeRecord& record = tape_.records()[next_];
      leave_to(record.depth);
      if (!record.holds_value() && record.length != kUndefinedLength) open_.push_back(next_);
    }
    leave_to(tape_.records()[index].depth);
  }

  void leave_to(std::uint8_t depth) {
    while (!open_.empty() && tape_.records()[open_.back()].depth >= depth) open_.pop_back();
  }

  const HeaderTape& tape_;
  std::vector<std::int32_t> gained_;  ///< by record, if any gains; a tape is far below 2 GiB
  std::vector<std::size_t> open_;     ///< those of defined length around next_, outermost first
  std::size_t next_ = 0;
};

namespace {

Result<void> write_header(const HeaderTape& tape, std::size_t index, std::uint64_t length,
                          ByteSink& output) {
  const TapeRecord& record = tape.records()[index];
  const bool item = record.tag.group == tags::kItem.group;
  const bool short_length =
      record.encoding != Encoding::implicit_le && !item && !record.long_header;
  if (length >= (short_length ? 0x10000U : kUndefinedLength))
    return fail(Errc::bad_length, {.tag = record.tag.packed(), .offset = record.offset});

  std::array<std::byte, 12> header{};
  const Bytes original = tape.header(record);
  std::copy(original.begin(), original.end(), header.begin());
  const auto order =
      record.encoding == Encoding::explicit_be ? std::endian::big : std::endian::little;
  std::byte* end = header.data() + original.size();
  if (short_length) {
    put(end - 2, static_cast<std::uint16_t>(length), order);
  } else {
    put(end - 4, static_cast<std::uint32_t>(length), order);
  }
  return output.write(Bytes(header).first(original.size()));
}

}  // namespace

Result<void> write_elements(const HeaderTape& tape, const Edits& edits, ByteSink& output) {
  const Growth growth(tape, edits);
  const std::size_t count = tape.records().size();
  auto change = edits.changes_.begin();
  std::size_t container = growth.next_changed(0);
  std::uint32_t done = 0;  // bytes of the tape dealt with
  const auto copy_until = [&](std::uint32_t end) -> Result<void> {
    const Bytes bytes = tape.bytes().subspan(done, end - done);
    done = end;
    if (bytes.empty()) return {};
    return output.write(bytes);
  };

  for (;;) {
    const std::size_t changed = change == edits.changes_.end() ? count : change->index;
    const std::size_t index = std::min(changed, container);
    DCM_CHECK(copy_until(tape.start(index)));
    if (change != edits.changes_.end() && change->index == index &&
        change->kind == Edits::Kind::insert) {
      DCM_CHECK(output.write(edits.value(*change)));
      ++change;
      continue;
    }
    if (index >= count) return {};
    const TapeRecord& record = tape.records()[index];
    if (index == container) {
      DCM_CHECK(write_header(tape, index, growth.new_length(index), output));
      done += record.header_size();
      container = growth.next_changed(index + 1);
      continue;
    }
    if (change->kind == Edits::Kind::remove) {
      done = tape.start(tape.subtree_end(index));
    } else {
      const Bytes value = edits.value(*change);
      DCM_CHECK(write_header(tape, index, value.size(), output));
      DCM_CHECK(output.write(value));
      done += record.header_size() + record.length;
    }
    ++change;
  }
}

}  // namespace dcm
