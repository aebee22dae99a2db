// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace dcm::cli {

/// Why what somebody wrote cannot be meant, in words without a place: a Failure that does not know
/// yet whether it stands in a file or on the command line.
struct Objection {
  std::string why;
  std::string hint;  ///< may be empty
};

/// What was meant, or an objection.
template <typename T>
using Meant = tl::expected<T, Objection>;

}  // namespace dcm::cli
