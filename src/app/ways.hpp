// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "app/plan.hpp"
#include "net/association.hpp"
#include "net/query.hpp"

namespace dcm::app {

/// How objects are fetched. `automatic`: by C-GET, and what that does not bring by C-MOVE to
/// ourselves.
enum class Method : std::uint8_t { automatic, get, move };

/// A way to ask a server for objects: by which command, on an association with which contexts.
struct Way {
  enum class Command : std::uint8_t { get, move };
  Command command;
  std::vector<net::PresentationContext> contexts;
};

/// All ways of a retrieval, and for each series of its plan those to try, best first: C-GET with
/// objects as they are stored, C-GET with uncompressed contexts first, C-MOVE.
struct Ways {
  std::vector<Way> all;
  std::vector<std::vector<std::size_t>> of_series;  ///< indices into `all`
};

/// Asks for these instances of a series, or for all of it where none are named.
[[nodiscard]] net::Query query_for(const PlannedSeries& series,
                                   const std::vector<std::string>& instances);

[[nodiscard]] Ways plan_ways(const Plan& plan, Method method);

}  // namespace dcm::app
