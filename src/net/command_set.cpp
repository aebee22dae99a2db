// SPDX-License-Identifier: MIT
#include "net/command_set.hpp"

#include <algorithm>
#include <bit>

#include "dicom/text.hpp"

namespace dcm::net {
namespace {

constexpr std::size_t kHeader = 8;  // group, element, 32-bit length
constexpr std::uint16_t kNoDataSet = 0x0101;

void append(std::vector<std::byte>& to, std::uint16_t element, std::string_view value) {
  std::byte header[kHeader];
  put<std::uint16_t>(header, 0, std::endian::little);
  put<std::uint16_t>(header + 2, element, std::endian::little);
  put<std::uint32_t>(header + 4, static_cast<std::uint32_t>(value.size()), std::endian::little);
  to.insert(to.end(), header, header + kHeader);
  const auto bytes = as_bytes(value);
  to.insert(to.end(), bytes.begin(), bytes.end());
}

template <typename T>
std::string little_endian(T value) {
  std::byte bytes[sizeof value];
  put<T>(bytes, value, std::endian::little);
  return std::string(as_text(bytes));
}

}  // namespace

Result<CommandSet> CommandSet::parse(Bytes bytes) {
  CommandSet set;
  while (!bytes.empty()) {
    if (bytes.size() < kHeader) return fail(Errc::protocol);
    const auto group = load<std::uint16_t>(bytes.data(), std::endian::little);
    const auto element = load<std::uint16_t>(bytes.data() + 2, std::endian::little);
    const auto length = load<std::uint32_t>(bytes.data() + 4, std::endian::little);
    bytes = bytes.subspan(kHeader);
    if (length > bytes.size()) return fail(Errc::protocol);
    // DCMTK-based servers put what belongs into the identifier, (0008,0058), in here.
    if (group == 0) set.put(element, std::string(as_text(bytes.first(length))));
    bytes = bytes.subspan(length);
  }
  return set;
}

void CommandSet::set(std::uint16_t element, std::uint16_t value) {
  put(element, little_endian(value));
}

void CommandSet::set(std::uint16_t element, std::string_view uid) {
  std::string value(uid);
  if (value.size() % 2 != 0) value.push_back('\0');
  put(element, std::move(value));
}

void CommandSet::set_title(std::uint16_t element, std::string_view title) {
  std::string value(title);
  if (value.size() % 2 != 0) value.push_back(' ');
  put(element, std::move(value));
}

std::optional<std::uint16_t> CommandSet::number(std::uint16_t element) const noexcept {
  const auto* value = find(element);
  if (value == nullptr || value->bytes.size() != sizeof(std::uint16_t)) return std::nullopt;
  return load<std::uint16_t>(as_bytes(value->bytes).data(), std::endian::little);
}

std::string_view CommandSet::uid(std::uint16_t element) const noexcept {
  const auto* value = find(element);
  if (value == nullptr) return {};
  std::string_view text = value->bytes;
  while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

std::string_view CommandSet::title(std::uint16_t element) const noexcept {
  const auto* value = find(element);
  return value == nullptr ? std::string_view() : trim(value->bytes);
}

bool CommandSet::has_data_set() const noexcept {
  const auto type = number(element::kDataSetType);
  return type.has_value() && *type != kNoDataSet;
}

std::vector<std::byte> CommandSet::encode() const {
  std::vector<std::byte> body;
  for (const auto& value : values_) {
    if (value.element != element::kGroupLength) append(body, value.element, value.bytes);
  }
  std::vector<std::byte> bytes;
  append(bytes, element::kGroupLength, little_endian(static_cast<std::uint32_t>(body.size())));
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

const CommandSet::Value* CommandSet::find(std::uint16_t element) const noexcept {
  const auto at = std::lower_bound(
      values_.begin(), values_.end(), element,
      [](const Value& value, std::uint16_t wanted) { return value.element < wanted; });
  return at != values_.end() && at->element == element ? &*at : nullptr;
}

void CommandSet::put(std::uint16_t element, std::string bytes) {
  const auto at = std::lower_bound(
      values_.begin(), values_.end(), element,
      [](const Value& value, std::uint16_t wanted) { return value.element < wanted; });
  if (at != values_.end() && at->element == element) {
    at->bytes = std::move(bytes);
  } else {
    values_.insert(at, Value{element, std::move(bytes)});
  }
}

}  // namespace dcm::net
