// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "dicom/attributes.hpp"
#include "net/association.hpp"
#include "net/query.hpp"

namespace dcm::net {

/// The context that find() needs: explicit and implicit VR little endian.
[[nodiscard]] PresentationContext find_context(QueryModel model);

/// Takes one answer; what it returns other than ok ends the query (C-CANCEL, then the rest is read
/// and dropped) and becomes the result of find().
using OnAnswer = std::function<Result<void>(Attributes)>;

/// C-FIND (PS3.4 C.4.1): both pending statuses (FF00, FF01) carry an answer; each is read by our
/// own reader, never by dcmdata. Answers that cannot be read fail the query with the reader's
/// error, because a skipped row would be a silent gap; one above 1 MiB is header_limit. After a
/// cancel the association can be used again if the peer ended the query within 5 s, else it is
/// aborted. Fails with context_refused, dimse_status (any final status but success), or as the
/// connection does.
Result<void> find(Association& association, const Query& query, const OnAnswer& on_answer);

}  // namespace dcm::net
