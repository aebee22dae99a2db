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
  for (std::size_t at = kRoot.size();;) {
    const std::size_t end = std::min(uid.find('.', at), uid.size());
    if (end == at || end - at > kMaxDigits) return false;
    if (end == uid.size()) return true;
    at = end + 1;
  }
}

}  // namespace dcm
