// SPDX-License-Identifier: MIT
#include "net/move.hpp"

#include <chrono>

#include "dicom/transfer_syntax.hpp"
#include "net/dimse.hpp"
#include "net/identifier.hpp"

namespace dcm::net {
namespace {

using namespace std::chrono_literals;

constexpr auto kCancelGrace = 5s;

/// One C-MOVE on its way.
class Move {
 public:
  Move(Association::Wire& wire, const AcceptedContext& context, const OnSubOperations& on_pending)
      : wire_(wire), context_(context), on_pending_(on_pending) {}
  Move(const Move&) = delete;
  Move& operator=(const Move&) = delete;
  ~Move() { wire_.connection.on_stop({}, nullptr); }

  Result<SubOperations> run(const Query& query, std::string_view destination) {
    DCM_CHECK(ask(query, destination));
    auto last = await_final_response();
    if (cancelled_) return fail(Errc::interrupted);
    return last;
  }

 private:
  Result<void> ask(const Query& query, std::string_view destination) {
    auto request = make_request(wire_, context_, command::kMove);
    request.set(element::kPriority, 0);
    request.set_title(element::kMoveDestination, destination);
    message_id_ = wire_.last_message_id;
    const auto encoding = find_transfer_syntax(context_.transfer_syntax)->encoding;
    DCM_TRY(const auto identifier, encode_identifier(query, encoding));
    DCM_CHECK(send_message(wire_, context_, request, identifier));
    wire_.connection.expect_answer(wire_.peer.first_answer_timeout);
    wire_.connection.on_stop(kCancelGrace, [this] {
      cancelled_ = true;
      static_cast<void>(send_cancel(wire_, context_, message_id_));
    });
    return {};
  }

  Result<SubOperations> await_final_response() {
    for (;;) {
      DCM_TRY(const auto command, receive_command(wire_));
      DCM_TRY(const bool ours, is_response_to(command, command::kMove, message_id_));
      if (!ours) {
        DCM_CHECK(answer_stray_request(wire_, command));
        continue;
      }
      DCM_CHECK(skip_data_set(wire_, command));
      const auto told = sub_operations(command.set);
      if (!is_pending(told.status)) return told;
      if (on_pending_) on_pending_(told);
      // An archive may need as long for the next object as it needed for the first.
      wire_.connection.expect_answer(wire_.peer.first_answer_timeout);
    }
  }

  Association::Wire& wire_;
  const AcceptedContext& context_;
  const OnSubOperations& on_pending_;
  std::uint16_t message_id_ = 0;
  bool cancelled_ = false;
};

}  // namespace

PresentationContext move_context(QueryModel model) {
  return {std::string(sop_class_of(model, QueryService::move)),
          {"1.2.840.10008.1.2.1", "1.2.840.10008.1.2"}};
}

Result<SubOperations> move(Association& association, const Query& query,
                           std::string_view destination, const OnSubOperations& on_pending) {
  auto& wire = association.wire();
  const auto* context = wire.plain_context(sop_class_of(query.model, QueryService::move));
  if (context == nullptr) return fail(Errc::context_refused);
  return Move(wire, *context, on_pending).run(query, destination);
}

}  // namespace dcm::net
