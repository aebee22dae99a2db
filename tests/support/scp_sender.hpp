// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "support/scp_wire.hpp"

namespace dcm::test {

/// The sub-operations of one retrieval so far.
struct RetrieveProgress {
  std::uint16_t remaining = 0, completed = 0, failed = 0, warning = 0;
  std::vector<std::string> failed_instances = {};
  bool cancelled = false;
  std::optional<std::uint16_t> ended = {};  ///< by this status, before its time

  void fail(const std::string& sop_instance);
};

/// An object on its way: its place in the catalog, if it has one, and what happens to it.
struct Consignment {
  const ObjectCatalog::Object* object = nullptr;
  std::optional<std::size_t> number = {};
  Script::Twist twist = {};
};

/// Sends objects by C-STORE over one association.
class ScpSender {
 public:
  /// Who asked for it by C-MOVE, as C-STORE-RQ tells.
  struct Originator {
    std::string ae_title;
    std::uint16_t message_id = 0;
  };
  /// Whether the contexts were proposed by the peer, who then needs the SCP role (C-GET), or by us.
  enum class Proposal : std::uint8_t { by_peer, by_us };

  /// Borrows the wire.
  ScpSender(ScpWire& wire, Proposal proposal, std::optional<Originator> originator = {})
      : wire_(wire), proposal_(proposal), originator_(std::move(originator)) {}

  /// Sends, or fails, and waits for the response. False when the association is over.
  bool send(const Consignment& consignment, RetrieveProgress& progress);

 private:
  [[nodiscard]] std::optional<T_ASC_PresentationContextID> context_for(
      const ObjectCatalog::Object& object) const;
  [[nodiscard]] DataSet command_for(const std::string& sop_class, const std::string& sop_instance);
  bool receive_response(const std::string& sop_instance, RetrieveProgress& progress);

  ScpWire& wire_;
  Proposal proposal_;
  std::optional<Originator> originator_;
  std::uint16_t next_message_id_ = 1;
};

}  // namespace dcm::test
