// SPDX-License-Identifier: MIT
#include "support/scp_wire.hpp"

#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmnet/dcmtrans.h>
#include <dcmtk/dcmnet/diutil.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace dcm::test {

DcmTransportConnection* TellingLayer::createConnection(DcmNativeSocketType socket, OFBool) {
  latest_ = socket;
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return new DcmTCPConnection(socket);
}

void OpenSockets::insert(int socket) {
  const std::lock_guard lock(mutex_);
  sockets_.insert(socket);
  if (over_) ::shutdown(socket, SHUT_RDWR);
}

void OpenSockets::erase(int socket) {
  const std::lock_guard lock(mutex_);
  sockets_.erase(socket);
}

void OpenSockets::shut_down_all() {
  const std::lock_guard lock(mutex_);
  over_ = true;
  for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
}

bool ScpWire::survives(Script::Moment moment, std::optional<std::size_t> object) {
  const auto& ending = script().ending;
  if (!ending || ending->when != moment || (object && *object != ending->object)) return true;
  if (state_.endings_left.fetch_sub(1) <= 0) return true;
  switch (ending->how) {
    case Script::Break::abort:
      ASC_abortAssociation(&association_);
      break;
    case Script::Break::close:
      ::shutdown(socket_, SHUT_RDWR);
      break;
    case Script::Break::silence:
      for (char buffer[4096]; ::recv(socket_, buffer, sizeof buffer, 0) > 0;) continue;
      break;
  }
  return false;
}

bool ScpWire::receive_command(T_ASC_PresentationContextID& context, T_DIMSE_Message& message) {
  DcmDataset* detail = nullptr;
  const OFCondition got =
      DIMSE_receiveCommand(&association_, DIMSE_BLOCKING, 0, &context, &message, &detail);
  delete detail;
  if (got != DUL_PEERREQUESTEDRELEASE) return got.good();
  if (!survives(Script::Moment::release)) return false;
  {
    const std::lock_guard lock(state_.mutex);  // before the peer can go on
    ++state_.records.releases;
  }
  ASC_acknowledgeRelease(&association_);
  return false;
}

Encoding ScpWire::encoding_of(T_ASC_PresentationContextID context) const {
  T_ASC_PresentationContext accepted{};
  ASC_findAcceptedPresentationContext(association_.params, context, &accepted);
  return {.syntax = syntax_of(accepted.acceptedTransferSyntax)};
}

bool ScpWire::send_command(T_ASC_PresentationContextID context, const DataSet& command) {
  return send(context, DUL_COMMANDPDV,
              encode(command, {.syntax = Encoding::Syntax::implicit_le,
                               .group_lengths = Encoding::GroupLengths::present}),
              true);
}

bool ScpWire::send_data_set(T_ASC_PresentationContextID context, const DataSet& data_set) {
  return send(context, DUL_DATASETPDV, encode(data_set, encoding_of(context)), true);
}

bool ScpWire::send_object(T_ASC_PresentationContextID context, std::string_view bytes,
                          std::optional<std::size_t> number) {
  const std::size_t half = bytes.size() / 2;
  const auto& ending = script().ending;
  if (number && ending && ending->when == Script::Moment::within_object &&
      ending->object == *number && state_.endings_left.load() > 0) {
    return send(context, DUL_DATASETPDV, bytes.substr(0, half), false) &&
           survives(Script::Moment::within_object, number) &&
           send(context, DUL_DATASETPDV, bytes.substr(half), true);
  }
  return send(context, DUL_DATASETPDV, bytes, true);
}

// Straight to the upper layer: dcmdata would refuse or mend what a test wants broken.
bool ScpWire::send(T_ASC_PresentationContextID context, DUL_DATAPDV type, std::string_view bytes,
                   bool is_whole) {
  do {
    const std::string_view piece =
        bytes.substr(0, static_cast<std::size_t>(association_.sendPDVLength));
    bytes.remove_prefix(piece.size());
    DUL_PDV pdv{};
    pdv.fragmentLength = piece.size();
    pdv.presentationContextID = context;
    pdv.pdvType = type;
    pdv.lastPDV = is_whole && bytes.empty();
    pdv.data = const_cast<char*>(piece.data());
    DUL_PDVLIST list{};
    list.count = 1;
    list.pdv = &pdv;
    if (DUL_WritePDVs(&association_.DULassociation, &list).bad()) return false;
  } while (!bytes.empty());
  return true;
}

}  // namespace dcm::test
