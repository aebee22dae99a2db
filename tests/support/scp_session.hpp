// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "support/scp_sender.hpp"

namespace dcm::test {

/// One association with a ScriptedScp, from A-ASSOCIATE-RQ to its end.
class ScpSession {
 public:
  /// Borrows all; the association, with its socket, is destroyed by the caller after run().
  ScpSession(ScpState& state, T_ASC_Association& association, int socket)
      : state_(state),
        script_(state.script),
        association_(association),
        wire_(state, association, socket) {}

  /// Negotiates and serves until the association is over, in whatever way.
  void run();

 private:
  /// A C-GET-RQ or C-MOVE-RQ.
  struct Retrieval {
    T_ASC_PresentationContextID context = 0;
    std::uint16_t response_field = 0;
    std::uint16_t message_id = 0;
    std::string sop_class;
    Keys keys = {};
  };
  /// Takes an object to where it was asked for. False when this association is over.
  using Courier = std::function<bool(const Consignment& consignment, RetrieveProgress& progress)>;

  // All of these return false when the association is over.
  bool negotiate();
  bool serve_next();
  bool echo(T_ASC_PresentationContextID context, const T_DIMSE_C_EchoRQ& request);
  bool find(T_ASC_PresentationContextID context, const T_DIMSE_C_FindRQ& request);
  bool get(T_ASC_PresentationContextID context, const T_DIMSE_C_GetRQ& request);
  bool move(T_ASC_PresentationContextID context, const T_DIMSE_C_MoveRQ& request);
  bool retrieve(const Retrieval& retrieval, const Courier& courier);
  bool send_asked(const Retrieval& retrieval, const Courier& courier,
                  const std::vector<Consignment>& consignments, RetrieveProgress& progress);
  bool send_response(const Retrieval& retrieval, std::uint16_t status,
                     const Script::Counters& counters,
                     const std::vector<std::string>& failed_instances);
  bool send_end(const Retrieval& retrieval, const RetrieveProgress& progress);
  bool receive_keys(Keys& keys);

  void record_request();
  [[nodiscard]] bool is_too_many();
  void accept_contexts();
  [[nodiscard]] std::optional<std::string> choose_transfer_syntax(
      const T_ASC_PresentationContext& context) const;
  [[nodiscard]] bool refused(const std::string& abstract_syntax) const;
  [[nodiscard]] std::vector<Consignment> consignments_for(const Keys& keys);

  ScpState& state_;
  const Script& script_;
  T_ASC_Association& association_;
  ScpWire wire_;
};

}  // namespace dcm::test
