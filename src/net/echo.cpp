// SPDX-License-Identifier: MIT
#include "net/echo.hpp"

#include <algorithm>

#include "net/dimse.hpp"

namespace dcm::net {
namespace {

constexpr std::string_view kVerification = "1.2.840.10008.1.1";

}  // namespace

PresentationContext verification_context() {
  return {std::string(kVerification), {"1.2.840.10008.1.2.1", "1.2.840.10008.1.2"}};
}

Result<void> echo(Association& association) {
  auto& wire = association.wire();
  const auto* context = wire.plain_context(kVerification);
  if (context == nullptr) return fail(Errc::context_refused);
  const auto request = make_request(wire, *context, command::kEcho);
  DCM_CHECK(send_message(wire, *context, request));
  wire.connection.expect_answer(
      std::min(wire.peer.first_answer_timeout, wire.peer.association_timeout));
  for (;;) {
    DCM_TRY(const auto command, receive_command(wire));
    DCM_TRY(const bool answer, is_response_to(command, command::kEcho, wire.last_message_id));
    if (!answer) {
      DCM_CHECK(answer_stray_request(wire, command));
      continue;
    }
    const auto status = *command.set.number(element::kStatus);
    if (status != 0) return fail(Errc::dimse_status, {.detail = status});
    return {};
  }
}

}  // namespace dcm::net
