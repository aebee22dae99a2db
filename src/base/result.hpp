// SPDX-License-Identifier: MIT
#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "base/error.hpp"

namespace dcm {

/// A value or the reason why there is none. The only way our own functions fail; a dropped Result
/// is a compiler error.
template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

/// The failing half of a Result: `return fail(Errc::truncated, {.offset = at});`
[[nodiscard]] inline tl::unexpected<Error> fail(Errc code, Error where = {}) {
  where.code = code;
  return tl::unexpected<Error>(where);
}

/// Passes an error on as it is.
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(error);
}

}  // namespace dcm

#define DCM_CONCAT_(a, b) a##b
#define DCM_CONCAT(a, b) DCM_CONCAT_(a, b)
#define DCM_TRY_(result, declaration, expression)  \
  auto result = (expression);                      \
  if (!result) return ::dcm::fail(result.error()); \
  declaration = std::move(*result)

/// `DCM_TRY(auto fd, open(...));` declares `fd`, or returns the error from the current function.
#define DCM_TRY(declaration, expression) \
  DCM_TRY_(DCM_CONCAT(dcm_result_, __LINE__), declaration, expression)

/// `DCM_CHECK(write(...));` goes on, or returns the error from the current function.
#define DCM_CHECK(expression)                                                                   \
  do {                                                                                          \
    if (auto dcm_result_ = (expression); !dcm_result_) return ::dcm::fail(dcm_result_.error()); \
  } while (false)
