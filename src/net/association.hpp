// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/stop.hpp"
#include "net/connection.hpp"
#include "net/negotiation.hpp"
#include "net/peer.hpp"

namespace dcm::net {

/// Who sends C-STORE requests on a context (PS3.7 D.3.3.4). `scp`: the peer will, as in C-GET.
enum class Role : std::uint8_t { scu, scp };

/// One proposal: an abstract syntax and the transfer syntaxes, best first (PS3.8 9.3.2.2).
struct PresentationContext {
  std::string abstract_syntax;
  std::vector<std::string> transfer_syntaxes;
  Role role = Role::scu;

  friend bool operator==(const PresentationContext&, const PresentationContext&) = default;
};

/// A presentation context that the peer accepted, with the transfer syntax it chose, and the role
/// in which it will use it.
struct AcceptedContext {
  std::uint8_t id = 0;
  std::string abstract_syntax;
  std::string transfer_syntax;
  Role role = Role::scu;
};

/// At most this many contexts fit into one association (odd identifiers 1 to 255, PS3.8 9.3.2.2).
inline constexpr std::size_t kMaxContexts = 128;

/// An association with a server, over our own transport: TCP_NODELAY, TCP_QUICKACK re-armed after
/// each read, keepalive, and deadlines by progress. Used by one thread at a time; a stop request
/// ends every wait with `interrupted`. Destroying it aborts unless release() was called.
class Association {
 public:
  /// Connects and negotiates. Offers PDUs of 131072 bytes, no asynchronous operations. One role
  /// item goes out per abstract syntax, on its first context. A transient rejection (PS3.8 9.3.4:
  /// the server is busy) is tried again for some seconds. Fails with unknown_host,
  /// connect_failed, association_rejected, association_aborted, disconnected, timed_out, not_dicom
  /// (a few seconds later: a server that is silent for 3 s or hangs up is asked what it speaks
  /// instead, and only its own positive answer counts), user_not_confirmed (where it must be),
  /// interrupted, io for want of descriptors, or in TLS as TlsSession does.
  /// `peer` is copied, `stop` must outlive it.
  static Result<Association> open(const Peer& peer, std::span<const PresentationContext> contexts,
                                  const StopSource& stop);

  /// Grants an association that a peer has asked for on `connection`, with one answer for each
  /// context of `request`; PDUs as in open(). `caller` tells the peer's address, the titles as
  /// in `request`, and the idle time. Fails with io or as the connection does.
  static Result<Association> accept(const Peer& caller, Connection connection,
                                    const AssociationRequest& request,
                                    std::span<const ContextAnswer> answers);

  Association(Association&&) noexcept;
  Association& operator=(Association&&) noexcept;
  ~Association();

  /// All that was accepted, in the order of the proposals; valid as long as the association.
  [[nodiscard]] std::span<const AcceptedContext> contexts() const noexcept;

  /// Whom it is with, as open() was told.
  [[nodiscard]] const Peer& peer() const noexcept;

  /// Whether any context with this abstract syntax was accepted.
  [[nodiscard]] bool accepts(std::string_view abstract_syntax) const noexcept;

  /// Releases in order (A-RELEASE); a peer that does not answer in time is left behind. Never
  /// fails: what mattered has been answered before.
  void release() noexcept;

  /// Answers the peer's request for the release (A-RELEASE-RP) and leaves it a moment to close.
  void acknowledge_release() noexcept;

  /// The DCMTK side of it, for net/ only.
  struct Wire;
  [[nodiscard]] Wire& wire() noexcept { return *wire_; }

 private:
  static Result<Association> open_once(const Peer& peer,
                                       std::span<const PresentationContext> contexts,
                                       const StopSource& stop);
  static Result<std::unique_ptr<Wire>> prepare(const Peer& peer, Connection connection);
  explicit Association(std::unique_ptr<Wire> wire) noexcept;
  std::unique_ptr<Wire> wire_;
};

}  // namespace dcm::net
