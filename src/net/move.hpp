// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "net/association.hpp"
#include "net/query.hpp"
#include "net/sub_operations.hpp"

namespace dcm::net {

/// The context that move() needs: explicit and implicit VR little endian.
[[nodiscard]] PresentationContext move_context(QueryModel model);

/// C-MOVE (PS3.4 C.4.2): asks the server to send what matches `query` to `destination`, an AE title
/// that it must know, and waits for its final response, which it may give before or after the last
/// object arrives. Each pending response goes to `on_pending`, which may be null. A final failure
/// status is an outcome, not an error. At a stop request the server is asked to end (C-CANCEL) and
/// has some seconds to answer; then, whatever it answered, `interrupted`. Fails with
/// context_refused, protocol, or as the connection does.
Result<SubOperations> move(Association& association, const Query& query,
                           std::string_view destination,
                           const OnSubOperations& on_pending = nullptr);

}  // namespace dcm::net
