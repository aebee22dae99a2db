// SPDX-License-Identifier: MIT
#include "net/get.hpp"

#include "dicom/transfer_syntax.hpp"
#include "net/dimse.hpp"
#include "net/identifier.hpp"

namespace dcm::net {
namespace {

constexpr std::uint16_t kSuccess = 0x0000;
constexpr std::uint16_t kCannotUnderstand = 0xC000;
constexpr std::uint16_t kOutOfResources = 0xA700;

constexpr bool is_pending(std::uint16_t status) { return status == 0xFF00 || status == 0xFF01; }

/// C-STORE answers in the words of PS3.4 B.2.3.
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

/// One C-GET on its way: the peer interleaves its responses with C-STORE requests of its own.
class Get {
 public:
  Get(Association::Wire& wire, const AcceptedContext& context, ObjectSink& sink)
      : wire_(wire), context_(context), sink_(sink) {}

  Result<GetOutcome> run(const Query& query) {
    auto request = make_request(wire_, context_, command::kGet);
    request.set(element::kPriority, 0);
    message_id_ = wire_.last_message_id;
    const auto encoding = find_transfer_syntax(context_.transfer_syntax)->encoding;
    DCM_TRY(const auto identifier, encode_identifier(query, encoding));
    DCM_CHECK(send_message(wire_, context_, request, identifier));
    wire_.connection.expect_answer(wire_.peer.first_answer_timeout);
    for (;;) {
      DCM_TRY(const auto command, receive_command(wire_));
      DCM_TRY(const bool response, is_response_to(command, command::kGet, message_id_));
      if (response) {
        DCM_CHECK(skip_data_set(wire_, command));
        if (take_response(command.set)) return outcome_;
      } else if (command.field() == command::kStore) {
        DCM_CHECK(store(command));
      } else {
        DCM_CHECK(answer_stray_request(wire_, command));
      }
    }
  }

 private:
  /// True for the final response.
  bool take_response(const CommandSet& response) {
    outcome_.status = *response.number(element::kStatus);
    outcome_.completed = response.number(element::kCompleted);
    outcome_.failed = response.number(element::kFailed);
    outcome_.warning = response.number(element::kWarning);
    return !is_pending(outcome_.status);
  }

  Result<void> store(const ReceivedCommand& request) {
    DCM_TRY(const auto receipt, receive_object(request));
    ++(receipt == Receipt::stored ? outcome_.stored : outcome_.refused);
    DCM_CHECK(
        send_message(wire_, *request.context, make_response(request.set, status_of(receipt))));
    if (receipt != Receipt::stop) return {};
    wire_.abort();
    return fail(Errc::io);
  }

  Result<Receipt> receive_object(const ReceivedCommand& request) {
    if (!request.set.has_data_set()) return Receipt::refused;
    sink_.begin({std::string(request.set.uid(element::kAffectedSopClass)),
                 std::string(request.set.uid(element::kAffectedSopInstance)),
                 request.context->transfer_syntax});
    const auto received =
        receive_data_set(wire_, *request.context, [this](Bytes piece) { sink_.write(piece); });
    if (!received) {
      sink_.abandon();
      return fail(received.error());
    }
    return sink_.end();
  }

  Association::Wire& wire_;
  const AcceptedContext& context_;
  ObjectSink& sink_;
  std::uint16_t message_id_ = 0;
  GetOutcome outcome_;
};

}  // namespace

PresentationContext get_context(QueryModel model) {
  return {std::string(sop_class_of(model, QueryService::get)),
          {"1.2.840.10008.1.2.1", "1.2.840.10008.1.2"}};
}

Result<GetOutcome> get(Association& association, const Query& query, ObjectSink& sink) {
  auto& wire = association.wire();
  const auto* context = wire.plain_context(sop_class_of(query.model, QueryService::get));
  if (context == nullptr) return fail(Errc::context_refused);
  return Get(wire, *context, sink).run(query);
}

}  // namespace dcm::net
