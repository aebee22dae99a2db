// SPDX-License-Identifier: MIT
#pragma once

#include "net/association.hpp"

namespace dcm::net {

/// The context that echo() needs (PS3.4 A.4).
[[nodiscard]] PresentationContext verification_context();

/// C-ECHO (PS3.7 9.1.5); the answer may take as long as that to an association request. Fails with
/// context_refused, dimse_status, or as the connection does.
Result<void> echo(Association& association);

}  // namespace dcm::net
