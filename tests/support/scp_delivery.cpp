// SPDX-License-Identifier: MIT
#include "support/scp_delivery.hpp"

#include <stdexcept>

namespace dcm::test {
namespace {

constexpr int kTimeout = 10;  // seconds, for an association to be answered

using Syntaxes = std::set<std::pair<std::string, std::string>>;

Syntaxes syntaxes_of(const ScpState& state) {
  Syntaxes all;
  for (const auto& object : state.catalog.objects())
    all.emplace(object.sop_class, object.transfer_syntax);
  for (const auto& object : state.unasked) all.emplace(object.sop_class, object.transfer_syntax);
  return all;
}

T_ASC_Parameters* parameters_for(const ScpDelivery::Route& route, const Syntaxes& syntaxes) {
  T_ASC_Parameters* parameters = nullptr;
  if (ASC_createAssociationParameters(&parameters, ASC_DEFAULTMAXPDU).bad())
    throw std::runtime_error("dcmnet makes no association");
  ASC_setAPTitles(parameters, route.calling_ae_title.c_str(), route.called_ae_title.c_str(),
                  nullptr);
  ASC_setPresentationAddresses(parameters, "127.0.0.1",
                               ("127.0.0.1:" + std::to_string(route.port)).c_str());
  T_ASC_PresentationContextID id = 1;
  for (const auto& [sop_class, transfer_syntax] : syntaxes) {
    const char* proposed = transfer_syntax.c_str();
    ASC_addPresentationContext(parameters, id, sop_class.c_str(), &proposed, 1);
    id = static_cast<T_ASC_PresentationContextID>(id + 2);
  }
  return parameters;
}

}  // namespace

ScpDelivery::ScpDelivery(ScpState& state, const Route& route) : state_(state) {
  if (ASC_initializeNetwork(NET_REQUESTOR, 0, kTimeout, &network_).bad())
    throw std::runtime_error("dcmnet cannot connect");
  ASC_setTransportLayer(network_, &layer_, 0);
  if (!connect(route)) return;
  socket_ = layer_.latest();
  state_.sockets.insert(socket_);
  wire_ = std::make_unique<ScpWire>(state_, *association_, socket_);
  sender_ = std::make_unique<ScpSender>(*wire_, ScpSender::Proposal::by_us, route.originator);
}

bool ScpDelivery::connect(const Route& route) {
  T_ASC_Parameters* parameters = parameters_for(route, syntaxes_of(state_));
  if (ASC_requestAssociation(network_, parameters, &association_).good()) return true;
  if (association_ == nullptr) ASC_destroyAssociationParameters(&parameters);
  return false;
}

ScpDelivery::~ScpDelivery() {
  if (sender_) ASC_releaseAssociation(association_);
  if (socket_ >= 0) state_.sockets.erase(socket_);
  if (association_ != nullptr) {
    ASC_dropAssociation(association_);
    ASC_destroyAssociation(&association_);
  }
  ASC_dropNetwork(&network_);
}

void ScpDelivery::send(const Consignment& consignment, RetrieveProgress& progress) {
  if (sender_ && sender_->send(consignment, progress)) return;
  sender_.reset();
  progress.fail(consignment.object->sop_instance);
}

}  // namespace dcm::test
