// SPDX-License-Identifier: MIT
#include "app/remarks.hpp"

#include <algorithm>

namespace dcm::app {
namespace {

constexpr std::ptrdiff_t kMostStrangers = 8;

bool is_stranger(const ServerRemark& remark) noexcept {
  return remark.kind == ServerRemark::Kind::turned_away;
}

}  // namespace

void Remarks::add(ServerRemark remark) {
  const std::lock_guard lock(mutex_);
  const auto known = std::find_if(counted_.begin(), counted_.end(),
                                  [&](const auto& each) { return each.first == remark; });
  if (known != counted_.end()) {
    ++known->second;
    return;
  }
  const auto strangers = std::count_if(counted_.begin(), counted_.end(),
                                       [](const auto& each) { return is_stranger(each.first); });
  if (is_stranger(remark) && strangers >= kMostStrangers) return;
  counted_.emplace_back(std::move(remark), 1);
}

std::vector<Remarks::Counted> Remarks::all() const {
  const std::lock_guard lock(mutex_);
  return counted_;
}

}  // namespace dcm::app
