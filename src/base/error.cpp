// SPDX-License-Identifier: MIT
#include "base/error.hpp"

namespace dcm {

ErrorClass classify(Errc code) noexcept {
  if (code == Errc::interrupted) return ErrorClass::interrupted;
  if (code == Errc::io || code == Errc::ledger) return ErrorClass::local;
  if (code >= Errc::bad_value && code <= Errc::key_exposed) return ErrorClass::usage;
  if (code >= Errc::truncated && code <= Errc::no_pseudonym) return ErrorClass::bad_object;
  if (code >= Errc::unknown_host && code <= Errc::protocol) return ErrorClass::peer;
  return ErrorClass::internal;
}

}  // namespace dcm
