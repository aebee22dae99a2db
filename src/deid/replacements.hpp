// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace dcm::deid {

/// Is told who became who and what became what, where a user asks for it. Called from many threads,
/// with the same replacement any number of times.
class Replacements {
 public:
  virtual ~Replacements() = default;
  /// UTF-8; `patient` is Project::patient().
  virtual void patient(std::string_view patient, std::string_view pseudonym) = 0;
  virtual void uid(std::string_view before, std::string_view after) = 0;
};

}  // namespace dcm::deid
