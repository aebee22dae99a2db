// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "net/association.hpp"
#include "net/query.hpp"

namespace dcm::net {

/// Which transfer syntaxes to propose for a storage class. One layout does not suit all servers:
/// Orthanc sends an object on the context of exactly its syntax, dcmqrscp on the first one accepted
/// for its class, whatever its syntax, and then fails when it cannot convert.
enum class Layout : std::uint8_t {
  /// One context for each compressed syntax, those known first; one for deflated; one for
  /// {Explicit, Implicit VR Little Endian}. Objects arrive as they are stored. Try it first.
  native_first,
  /// {Explicit, Implicit VR Little Endian}, then one for deflated: for what the first layout
  /// missed.
  uncompressed_only,
};

/// What is known of a series before it is fetched, from C-FIND.
struct SeriesContents {
  std::vector<std::string> sop_classes;        ///< those seen, private ones too; may be empty
  std::vector<std::string> transfer_syntaxes;  ///< (0008,3002); mostly empty
  std::string modality;                        ///< used when no class was seen
};

/// The contexts of one association, and what to fetch over it.
struct ContextGroup {
  std::vector<PresentationContext> contexts;  ///< get_context() first; at most kMaxContexts
  std::vector<std::size_t> series;            ///< indices into what was planned, ascending
};

/// Divides series into as few associations as their contexts need. A series whose class is unknown
/// gets those of its modality; if the modality is unknown too, every standard class. A series is in
/// one group, because Orthanc ends a C-GET at the first object without a context; only when its own
/// classes need more than one association is it in several groups, likely classes first. Private
/// classes count as images. Empty when `series` is.
[[nodiscard]] std::vector<ContextGroup> plan_contexts(QueryModel model,
                                                      std::span<const SeriesContents> series,
                                                      Layout layout);

}  // namespace dcm::net
