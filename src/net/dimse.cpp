// SPDX-License-Identifier: MIT
#include "net/dimse.hpp"

#include <dcmtk/dcmnet/dul.h>

#include <array>

namespace dcm::net {
namespace {

constexpr std::uint16_t kNoDataSet = 0x0101;
constexpr std::uint16_t kDataSetFollows = 0x0000;
constexpr std::uint16_t kUnrecognizedOperation = 0x0211;

DUL_PDV make_pdv(const AcceptedContext& context, DUL_DATAPDV type, Bytes bytes) {
  DUL_PDV pdv{};
  pdv.fragmentLength = bytes.size();
  pdv.presentationContextID = context.id;
  pdv.pdvType = type;
  pdv.lastPDV = OFTrue;
  // DCMTK only reads it, but does not say so.
  pdv.data = const_cast<std::byte*>(bytes.data());
  return pdv;
}

Result<DUL_PDV> next_pdv(Association::Wire& wire) {
  auto& association = wire.association->DULassociation;
  DUL_PDV pdv{};
  if (DUL_NextPDV(&association, &pdv).good()) return pdv;
  const auto arrived = DUL_ReadPDVs(&association, nullptr, DUL_BLOCK, 0);
  wire.release_requested = arrived == DUL_PEERREQUESTEDRELEASE;
  if (arrived != DUL_PDATAPDUARRIVED) return fail(wire.error(arrived));
  if (const auto next = DUL_NextPDV(&association, &pdv); next.bad()) return fail(wire.error(next));
  return pdv;
}

Bytes bytes_of(const DUL_PDV& pdv) {
  return {static_cast<const std::byte*>(pdv.data), pdv.fragmentLength};
}

}  // namespace

Result<void> send_message(Association::Wire& wire, const AcceptedContext& context,
                          CommandSet command, Bytes data_set) {
  command.set(element::kDataSetType, data_set.empty() ? kNoDataSet : kDataSetFollows);
  const auto encoded = command.encode();
  std::array<DUL_PDV, 2> pdvs{make_pdv(context, DUL_COMMANDPDV, encoded),
                              make_pdv(context, DUL_DATASETPDV, data_set)};
  DUL_PDVLIST list{};
  list.count = data_set.empty() ? 1 : 2;
  list.pdv = pdvs.data();
  const auto sent = DUL_WritePDVs(&wire.association->DULassociation, &list);
  if (sent.bad()) return fail(wire.error(sent));
  return {};
}

CommandSet make_request(Association::Wire& wire, const AcceptedContext& context,
                        std::uint16_t field) {
  CommandSet request;
  request.set(element::kAffectedSopClass, context.abstract_syntax);
  request.set(element::kCommandField, field);
  request.set(element::kMessageId, wire.next_message_id());
  return request;
}

CommandSet make_response(const CommandSet& request, std::uint16_t status) {
  CommandSet response;
  const auto field = request.number(element::kCommandField).value_or(0);
  response.set(element::kCommandField, static_cast<std::uint16_t>(field | command::kResponse));
  response.set(element::kRespondedTo, request.number(element::kMessageId).value_or(0));
  response.set(element::kStatus, status);
  for (const auto uid : {element::kAffectedSopClass, element::kAffectedSopInstance}) {
    if (!request.uid(uid).empty()) response.set(uid, request.uid(uid));
  }
  return response;
}

Result<ReceivedCommand> receive_command(Association::Wire& wire) {
  std::vector<std::byte> bytes;
  std::uint8_t context_id = 0;
  for (bool last = false; !last;) {
    DCM_TRY(const auto pdv, next_pdv(wire));
    if (pdv.pdvType != DUL_COMMANDPDV) return fail(Errc::protocol);
    if (!bytes.empty() && pdv.presentationContextID != context_id) return fail(Errc::protocol);
    if (bytes.size() + pdv.fragmentLength > CommandSet::kMaxBytes) return fail(Errc::protocol);
    context_id = pdv.presentationContextID;
    const auto piece = bytes_of(pdv);
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    last = pdv.lastPDV == OFTrue;
  }
  ReceivedCommand command;
  command.context = wire.context(context_id);
  if (command.context == nullptr) return fail(Errc::protocol);
  DCM_TRY(command.set, CommandSet::parse(bytes));
  return command;
}

Result<void> receive_data_set(Association::Wire& wire, const AcceptedContext& context,
                              const OnPiece& on_piece) {
  for (bool last = false; !last;) {
    DCM_TRY(const auto pdv, next_pdv(wire));
    if (pdv.pdvType != DUL_DATASETPDV || pdv.presentationContextID != context.id) {
      return fail(Errc::protocol);
    }
    if (pdv.fragmentLength > 0) on_piece(bytes_of(pdv));
    last = pdv.lastPDV == OFTrue;
  }
  return {};
}

Result<void> skip_data_set(Association::Wire& wire, const ReceivedCommand& command) {
  if (!command.set.has_data_set()) return {};
  return receive_data_set(wire, *command.context, [](Bytes) {});
}

Result<bool> is_response_to(const ReceivedCommand& command, std::uint16_t field,
                            std::uint16_t message_id) {
  if ((command.field() & command::kResponse) == 0) return false;
  if (command.field() == (field | command::kResponse) &&
      command.set.number(element::kRespondedTo) == message_id &&
      command.set.number(element::kStatus).has_value()) {
    return true;
  }
  return fail(Errc::protocol);
}

SubOperations sub_operations(const CommandSet& response) noexcept {
  return {.status = response.number(element::kStatus).value_or(0),
          .remaining = response.number(element::kRemaining),
          .completed = response.number(element::kCompleted),
          .failed = response.number(element::kFailed),
          .warning = response.number(element::kWarning)};
}

Result<void> send_cancel(Association::Wire& wire, const AcceptedContext& context,
                         std::uint16_t message_id) {
  CommandSet request;
  request.set(element::kCommandField, command::kCancel);
  request.set(element::kRespondedTo, message_id);
  return send_message(wire, context, request);
}

Result<std::optional<ReceivedCommand>> receive_request(Association::Wire& wire) {
  auto command = receive_command(wire);
  if (command) return std::optional(std::move(*command));
  if (wire.release_requested) return std::optional<ReceivedCommand>();
  return fail(command.error());
}

Result<void> answer_stray_request(Association::Wire& wire, const ReceivedCommand& command) {
  DCM_CHECK(skip_data_set(wire, command));
  if (command.field() == command::kCancel) return {};
  const bool echo = command.field() == command::kEcho;
  const std::uint16_t status = echo ? 0 : kUnrecognizedOperation;
  return send_message(wire, *command.context, make_response(command.set, status));
}

}  // namespace dcm::net
