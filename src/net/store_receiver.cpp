// SPDX-License-Identifier: MIT
#include "net/store_receiver.hpp"

#include <string>

namespace dcm::net {
namespace {

constexpr std::uint16_t kSuccess = 0x0000;
constexpr std::uint16_t kCannotUnderstand = 0xC000;
constexpr std::uint16_t kOutOfResources = 0xA700;

constexpr std::uint16_t status_of(Receipt receipt) {
  switch (receipt) {
    case Receipt::stored:
      return kSuccess;
    case Receipt::refused:
      return kCannotUnderstand;
    case Receipt::stop:
      return kOutOfResources;
  }
  return kCannotUnderstand;
}

ObjectInfo describe(const ReceivedCommand& request) {
  return {.sop_class_uid = std::string(request.set.uid(element::kAffectedSopClass)),
          .sop_instance_uid = std::string(request.set.uid(element::kAffectedSopInstance)),
          .transfer_syntax_uid = request.context->transfer_syntax,
          .move_originator_aet = std::string(request.set.title(element::kMoveOriginatorAet)),
          .move_originator_message_id = request.set.number(element::kMoveOriginatorMessageId)};
}

Result<Receipt> stream(Association::Wire& wire, const ReceivedCommand& request, ObjectSink& sink) {
  if (!request.set.has_data_set()) return Receipt::refused;
  sink.begin(describe(request));
  const auto received =
      receive_data_set(wire, *request.context, [&](Bytes piece) { sink.write(piece); });
  if (!received) {
    sink.abandon();
    return fail(received.error());
  }
  return sink.end();
}

}  // namespace

Result<Receipt> receive_object(Association::Wire& wire, const ReceivedCommand& request,
                               ObjectSink& sink) {
  DCM_TRY(const auto receipt, stream(wire, request, sink));
  DCM_CHECK(send_message(wire, *request.context, make_response(request.set, status_of(receipt))));
  if (receipt != Receipt::stop) return receipt;
  wire.abort();
  return fail(Errc::io);
}

}  // namespace dcm::net
