// SPDX-License-Identifier: MIT
#include "net/find.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "dicom/transfer_syntax.hpp"
#include "net/dimse.hpp"
#include "net/identifier.hpp"

namespace dcm::net {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxAnswer = 1 << 20;
constexpr auto kCancelGrace = 5s;

/// One C-FIND on its way.
class Find {
 public:
  Find(Association::Wire& wire, const AcceptedContext& context)
      : wire_(wire),
        context_(context),
        encoding_(find_transfer_syntax(context.transfer_syntax)->encoding) {}

  Result<void> run(const Query& query, const OnAnswer& on_answer) {
    auto request = make_request(wire_, context_, command::kFind);
    request.set(element::kPriority, 0);
    message_id_ = wire_.last_message_id;
    DCM_TRY(const auto identifier, encode_identifier(query, encoding_));
    DCM_CHECK(send_message(wire_, context_, request, identifier));
    wire_.connection.expect_answer(wire_.peer.first_answer_timeout);
    for (;;) {
      DCM_TRY(const auto response, next_response());
      const auto status = *response.set.number(element::kStatus);
      if (!is_pending(status)) return finish(response, status);
      DCM_TRY(const auto bytes, receive_answer(response));
      if (const auto taken = take(bytes, on_answer); !taken) {
        cancel();
        return taken;
      }
    }
  }

 private:
  Result<ReceivedCommand> next_response() {
    for (;;) {
      DCM_TRY(auto command, receive_command(wire_));
      DCM_TRY(const bool ours, is_response_to(command, command::kFind, message_id_));
      if (ours) return command;
      DCM_CHECK(answer_stray_request(wire_, command));
    }
  }

  Result<void> finish(const ReceivedCommand& response, std::uint16_t status) {
    DCM_CHECK(skip_data_set(wire_, response));
    if (status != 0) return fail(Errc::dimse_status, {.detail = status});
    return {};
  }

  /// The bytes of an answer; one more than kMaxAnswer of them says that there were too many.
  Result<std::vector<std::byte>> receive_answer(const ReceivedCommand& response) {
    if (!response.set.has_data_set()) return fail(Errc::protocol);
    std::vector<std::byte> bytes;
    DCM_CHECK(receive_data_set(wire_, *response.context, [&](Bytes piece) {
      const auto room = kMaxAnswer + 1 - bytes.size();
      piece = piece.first(std::min(room, piece.size()));
      bytes.insert(bytes.end(), piece.begin(), piece.end());
    }));
    return bytes;
  }

  Result<void> take(Bytes bytes, const OnAnswer& on_answer) const {
    if (bytes.size() > kMaxAnswer) return fail(Errc::header_limit);
    DCM_TRY(auto answer, Attributes::parse(bytes, encoding_, wire_.peer.character_set));
    return on_answer(std::move(answer));
  }

  /// Asks the peer to stop, and reads what it had under way. One that goes on is left alone.
  void cancel() {
    const auto until = Connection::Clock::now() + kCancelGrace;
    bool over = !send_cancel(wire_, context_, message_id_);
    wire_.connection.expect_answer(kCancelGrace);
    while (!over && Connection::Clock::now() < until) {
      const auto response = next_response();
      if (!response || !skip_data_set(wire_, *response)) break;
      over = !is_pending(*response->set.number(element::kStatus));
    }
    if (!over) wire_.abort();
  }

  Association::Wire& wire_;
  const AcceptedContext& context_;
  Encoding encoding_;
  std::uint16_t message_id_ = 0;
};

}  // namespace

PresentationContext find_context(QueryModel model) {
  return {std::string(sop_class_of(model, QueryService::find)),
          {"1.2.840.10008.1.2.1", "1.2.840.10008.1.2"}};
}

Result<void> find(Association& association, const Query& query, const OnAnswer& on_answer) {
  auto& wire = association.wire();
  const auto* context = wire.plain_context(sop_class_of(query.model, QueryService::find));
  if (context == nullptr) return fail(Errc::context_refused);
  return Find(wire, *context).run(query, on_answer);
}

}  // namespace dcm::net
