// SPDX-License-Identifier: MIT
#include "net/get.hpp"

#include "dicom/transfer_syntax.hpp"
#include "net/dimse.hpp"
#include "net/identifier.hpp"
#include "net/store_receiver.hpp"

namespace dcm::net {
namespace {

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
    static_cast<SubOperations&>(outcome_) = sub_operations(response);
    return !is_pending(outcome_.status);
  }

  Result<void> store(const ReceivedCommand& request) {
    DCM_TRY(const auto receipt, receive_object(wire_, request, sink_));
    ++(receipt == Receipt::stored ? outcome_.stored : outcome_.refused);
    return {};
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
