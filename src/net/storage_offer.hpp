// SPDX-License-Identifier: MIT
#pragma once

#include "net/negotiation.hpp"

namespace dcm::net {

/// What a storage SCP answers to a presentation context. It accepts Verification and every class
/// that may be storage, in any transfer syntax whose data sets can be read, and chooses so that
/// objects stay as they are: the peer's first syntax counts as the one it has; if that is not
/// compressed, Explicit VR Little Endian is taken where it is offered, because it keeps the VRs of
/// private elements.
[[nodiscard]] ContextAnswer answer_storage_offer(const ProposedContext& offer);

}  // namespace dcm::net
