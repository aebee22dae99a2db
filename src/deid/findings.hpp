// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace dcm::deid {

/// What a profile could not settle about one object, for people to look at. Counts, no values.
struct Findings {
  bool declared_burned_in = false;   ///< BurnedInAnnotation is YES, and it was allowed
  bool suspected_burned_in = false;  ///< of a SOP class that commonly shows text in its pixels, or
                                     ///< with an overlay that stays and outlines no region
  std::uint32_t unreadable = 0;      ///< elements removed because they could not be interpreted
};

}  // namespace dcm::deid
