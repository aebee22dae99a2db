// SPDX-License-Identifier: MIT
#include "app/archive.hpp"

namespace dcm::app {

Result<void> RemoteArchive::find(const net::Query& query, const net::OnAnswer& on_answer) {
  return net::find(association_, query, on_answer);
}

bool RemoteArchive::accepts(net::QueryModel model) const {
  return association_.accepts(net::find_context(model).abstract_syntax);
}

std::string RemoteArchive::character_set() const { return association_.peer().character_set; }

bool is_refusal(const Error& error) noexcept {
  return error.code == Errc::dimse_status &&
         (error.detail == 0xA900 || error.detail == 0x0122 || (error.detail & 0xF000) == 0xC000);
}

}  // namespace dcm::app
