// SPDX-License-Identifier: MIT
#include "dicom/element_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace {

using dcm::Bytes;
using dcm::ElementReader;
using dcm::Event;

/// What a reading of some bytes came to.
struct Outcome {
  std::size_t events = 0;  ///< pieces of one value count once
  std::uint64_t bytes = 0;
  dcm::Error error;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(Bytes bytes, dcm::Encoding encoding, std::size_t step) {
  ElementReader reader(encoding);
  Outcome outcome;
  bool in_value = false;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    reader.feed(bytes.subspan(at, std::min(step, bytes.size() - at)));
    for (;;) {
      const dcm::Result<Event> event = reader.next();
      if (!event) {
        outcome.error = event.error();
        return outcome;
      }
      if (event->kind == Event::Kind::need_input) break;
      const bool value = event->kind == Event::Kind::value;
      if (!value || !in_value) ++outcome.events;
      in_value = value;
      outcome.bytes += event->bytes.size();
    }
  }
  if (const dcm::Result<void> whole = reader.finish(); !whole) outcome.error = whole.error();
  return outcome;
}

}  // namespace

/// The first byte chooses encoding and step. However the rest is cut, it reads the same, and what
/// is read without an error is all of it.
// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto encoding = static_cast<dcm::Encoding>(data[0] % 3);
  const std::size_t step = 1 + data[0] / 3 % 16;
  const Bytes bytes = std::as_bytes(std::span(data, size)).subspan(1);
  const Outcome whole = read(bytes, encoding, bytes.size() + 1);
  if (whole != read(bytes, encoding, step)) std::abort();
  if (whole.error.code == dcm::Errc::ok && whole.bytes != bytes.size()) std::abort();
  return 0;
}
