// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "dicom/object_sink.hpp"
#include "net/association.hpp"
#include "net/query.hpp"
#include "net/sub_operations.hpp"

namespace dcm::net {

/// What the server said about a C-GET at its end, and what we saw ourselves. The two need not
/// agree.
struct GetOutcome : SubOperations {
  std::uint64_t stored = 0;   ///< objects our sink kept
  std::uint64_t refused = 0;  ///< objects our sink refused
};

/// The context that get() needs besides one or more per storage class.
[[nodiscard]] PresentationContext get_context(QueryModel model);

/// C-GET (PS3.4 C.4.3): sends the identifier, takes each C-STORE into `sink` as receive_object()
/// does, on any accepted context, in whatever role it was accepted. A final failure status is an
/// outcome, not an error. Fails with context_refused, protocol, io (after Receipt::stop,
/// association aborted), or as the connection does; an object that is cut off is abandoned before
/// that.
Result<GetOutcome> get(Association& association, const Query& query, ObjectSink& sink);

}  // namespace dcm::net
