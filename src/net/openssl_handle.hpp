// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

namespace dcm::net {

/// Frees what OpenSSL made.
template <auto function>
struct FreeBy {
  template <typename T>
  void operator()(T* it) const noexcept {
    function(it);
  }
};

/// Owns a T of OpenSSL that `function` frees.
template <typename T, auto function>
using OpensslHandle = std::unique_ptr<T, FreeBy<function>>;

}  // namespace dcm::net
