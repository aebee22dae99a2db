// SPDX-License-Identifier: MIT
#include "dicom/uid.hpp"

#include <algorithm>

#include "dicom/text.hpp"

namespace dcm {

bool is_standard_uid(std::string_view uid) noexcept {
  constexpr std::string_view kRoot = "1.2.840.10008.";
  constexpr std::size_t kMaxDigits = 4;
  constexpr std::size_t kMaxSize = 32;
  uid = trim(uid);
  if (!uid.starts_with(kRoot) || uid.size() > kMaxSize) return false;
  uid.remove_prefix(kRoot.size());
  while (!uid.empty()) {
    const std::size_t end = std::min(uid.find('.'), uid.size());
    if (end == 0 || end > kMaxDigits) return false;
    uid.remove_prefix(std::min(end + 1, uid.size()));
  }
  return true;
}

}  // namespace dcm
