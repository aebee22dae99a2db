// SPDX-License-Identifier: MIT
#include "net/query.hpp"

#include <algorithm>
#include <bit>

#include "base/bytes.hpp"
#include "net/identifier.hpp"

namespace dcm::net {
namespace {

template <typename T>
void append(std::vector<std::byte>& to, T value) {
  std::byte bytes[sizeof value];
  put<T>(bytes, value, std::endian::little);
  to.insert(to.end(), bytes, bytes + sizeof value);
}

constexpr std::size_t kMaxShortValue = 0xFFFE;

/// Tag, VR and length (PS3.5 7.1.2, 7.1.3).
void append_header(std::vector<std::byte>& to, const QueryKey& key, std::size_t length,
                   Encoding encoding) {
  append(to, key.tag.group);
  append(to, key.tag.element);
  if (encoding == Encoding::implicit_le) {
    append(to, static_cast<std::uint32_t>(length));
    return;
  }
  const auto letters = static_cast<std::uint16_t>(key.vr);
  to.push_back(static_cast<std::byte>(letters >> 8));
  to.push_back(static_cast<std::byte>(letters & 0xFF));
  if (has_short_length(key.vr)) {
    append(to, static_cast<std::uint16_t>(length));
  } else {
    append(to, std::uint16_t{0});
    append(to, static_cast<std::uint32_t>(length));
  }
}

}  // namespace

std::string_view level_name(QueryLevel level) noexcept {
  switch (level) {
    case QueryLevel::patient:
      return "PATIENT";
    case QueryLevel::study:
      return "STUDY";
    case QueryLevel::series:
      return "SERIES";
    case QueryLevel::image:
      return "IMAGE";
  }
  return {};
}

Result<std::vector<std::byte>> encode_identifier(const Query& query, Encoding encoding) {
  auto keys = query.keys;
  std::erase_if(keys, [](const auto& key) { return key.tag == tags::kQueryRetrieveLevel; });
  keys.push_back({tags::kQueryRetrieveLevel, vr::kCS, std::string(level_name(query.level))});
  std::sort(keys.begin(), keys.end(),
            [](const auto& left, const auto& right) { return left.tag < right.tag; });

  std::vector<std::byte> bytes;
  for (auto& key : keys) {
    if (key.value.size() % 2 != 0) key.value.push_back(key.vr == vr::kUI ? '\0' : ' ');
    if (has_short_length(key.vr) && key.value.size() > kMaxShortValue) return fail(Errc::internal);
    append_header(bytes, key, key.value.size(), encoding);
    const auto value = as_bytes(key.value);
    bytes.insert(bytes.end(), value.begin(), value.end());
  }
  return bytes;
}

std::string_view sop_class_of(QueryModel model, QueryService service) noexcept {
  const bool patient_root = model == QueryModel::patient_root;
  switch (service) {
    case QueryService::find:
      return patient_root ? "1.2.840.10008.5.1.4.1.2.1.1" : "1.2.840.10008.5.1.4.1.2.2.1";
    case QueryService::move:
      return patient_root ? "1.2.840.10008.5.1.4.1.2.1.2" : "1.2.840.10008.5.1.4.1.2.2.2";
    case QueryService::get:
      return patient_root ? "1.2.840.10008.5.1.4.1.2.1.3" : "1.2.840.10008.5.1.4.1.2.2.3";
  }
  return {};
}

}  // namespace dcm::net
