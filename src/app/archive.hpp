// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "net/association.hpp"
#include "net/find.hpp"

namespace dcm::app {

/// What answers queries: a server, or a test's stand-in.
class Archive {
 public:
  Archive() = default;
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  virtual ~Archive() = default;
  virtual Result<void> find(const net::Query& query, const net::OnAnswer& on_answer) = 0;
  [[nodiscard]] virtual bool accepts(net::QueryModel model) const = 0;
  /// What its texts are in, a value of (0008,0005); empty where nobody said.
  [[nodiscard]] virtual std::string character_set() const { return {}; }
};

/// A server at the other end of an association, which must outlive it.
class RemoteArchive final : public Archive {
 public:
  explicit RemoteArchive(net::Association& association) noexcept : association_(association) {}
  Result<void> find(const net::Query& query, const net::OnAnswer& on_answer) override;
  [[nodiscard]] bool accepts(net::QueryModel model) const override;
  [[nodiscard]] std::string character_set() const override;

 private:
  net::Association& association_;
};

/// Whether a query failed because the server does not do such queries: identifier does not match,
/// unable to process (PS3.4 C.4.1.1.4), SOP class not supported.
[[nodiscard]] bool is_refusal(const Error& error) noexcept;

}  // namespace dcm::app
