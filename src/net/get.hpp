// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "dicom/object_sink.hpp"
#include "net/association.hpp"
#include "net/query.hpp"

namespace dcm::net {

/// What the server said about a C-GET at its end (PS3.7 9.1.3), and what we saw ourselves. The two
/// need not agree; nothing here is believed without the objects.
struct GetOutcome {
  std::uint16_t status = 0;                ///< final status, 0000 included
  std::optional<std::uint16_t> completed;  ///< counters of the final response, absent if not sent
  std::optional<std::uint16_t> failed;
  std::optional<std::uint16_t> warning;
  std::uint64_t stored = 0;   ///< objects our sink kept
  std::uint64_t refused = 0;  ///< objects our sink refused
};

/// The context that get() needs besides one or more per storage class.
[[nodiscard]] PresentationContext get_context(QueryModel model);

/// C-GET (PS3.4 C.4.3): sends the identifier, streams each C-STORE data set PDV by PDV into `sink`
/// and answers it - 0000 for stored, C000 for refused, A700 for stop - on any accepted context, in
/// whatever role it was accepted. A final failure status is an outcome, not an error. Fails with
/// context_refused, protocol, io (after Receipt::stop, association aborted), or as the connection
/// does; an object that is cut off is abandoned before that.
Result<GetOutcome> get(Association& association, const Query& query, ObjectSink& sink);

}  // namespace dcm::net
