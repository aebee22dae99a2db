// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "support/scp_sender.hpp"

namespace dcm::test {

/// One association by which a ScriptedScp sends what C-MOVE asked for.
class ScpDelivery {
 public:
  struct Route {
    std::uint16_t port = 0;  ///< of 127.0.0.1
    std::string calling_ae_title, called_ae_title;
    std::optional<ScpSender::Originator> originator = {};
  };

  /// Proposes a context for each class and transfer syntax of the catalog and of what was not asked
  /// for. If the peer does not take the association, every object fails.
  ScpDelivery(ScpState& state, const Route& route);
  ~ScpDelivery();  ///< releases
  ScpDelivery(const ScpDelivery&) = delete;
  ScpDelivery& operator=(const ScpDelivery&) = delete;

  /// An object that cannot be sent any more counts as failed.
  void send(const Consignment& consignment, RetrieveProgress& progress);

 private:
  bool connect(const Route& route);

  ScpState& state_;
  TellingLayer layer_;
  T_ASC_Network* network_ = nullptr;
  T_ASC_Association* association_ = nullptr;
  int socket_ = -1;
  std::unique_ptr<ScpWire> wire_;
  std::unique_ptr<ScpSender> sender_;  ///< none when the association is over
};

}  // namespace dcm::test
