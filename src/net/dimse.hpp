// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "net/command_set.hpp"
#include "net/sub_operations.hpp"
#include "net/wire.hpp"

namespace dcm::net {

/// A command as it came, on the presentation context that its data set, if any, will use too.
struct ReceivedCommand {
  const AcceptedContext* context = nullptr;
  CommandSet set;

  [[nodiscard]] std::uint16_t field() const noexcept {
    return set.number(element::kCommandField).value_or(0);
  }
};

/// Takes the next piece of a data set; its bytes are valid during the call only.
using OnPiece = std::function<void(Bytes)>;

/// Sends a command and, unless it is empty, its data set (PS3.7 6.3.1, PS3.8 Annex E); fills in
/// CommandDataSetType. Fails as the connection does, or with association_aborted.
Result<void> send_message(Association::Wire& wire, const AcceptedContext& context,
                          CommandSet command, Bytes data_set = {});

/// A request of ours: command field, a message ID of its own, and the SOP class of `context`.
[[nodiscard]] CommandSet make_request(Association::Wire& wire, const AcceptedContext& context,
                                      std::uint16_t field);

/// The response to `request` with `status`, naming the same SOP class and instance.
[[nodiscard]] CommandSet make_response(const CommandSet& request, std::uint16_t status);

/// Reads the next command. Fails with protocol for a data set where a command must be, a context
/// that was not accepted, or more than CommandSet::kMaxBytes; else as send_message does.
Result<ReceivedCommand> receive_command(Association::Wire& wire);

/// Reads the data set that follows a command, to its last fragment, and lends each fragment to
/// `on_piece` where DCMTK's PDU buffer has it. Fails as receive_command does.
Result<void> receive_data_set(Association::Wire& wire, const AcceptedContext& context,
                              const OnPiece& on_piece);

/// Reads and drops the data set of `command`, if it has one.
Result<void> skip_data_set(Association::Wire& wire, const ReceivedCommand& command);

/// Whether `command` is the response `field` to our request `message_id`. Fails with protocol when
/// it is any other response.
Result<bool> is_response_to(const ReceivedCommand& command, std::uint16_t field,
                            std::uint16_t message_id);

/// Whether a status says that more responses follow (PS3.7 C.1.3).
[[nodiscard]] constexpr bool is_pending(std::uint16_t status) noexcept {
  return status == 0xFF00 || status == 0xFF01;
}

/// What a response to C-GET or C-MOVE says about their C-STOREs.
[[nodiscard]] SubOperations sub_operations(const CommandSet& response) noexcept;

/// Asks the peer to end our request `message_id` (C-CANCEL, PS3.7 9.3.2.3); its final response is
/// still to come. Fails as send_message does.
Result<void> send_cancel(Association::Wire& wire, const AcceptedContext& context,
                         std::uint16_t message_id);

/// Reads the next request on an association that the peer opened; nothing when it asks for the
/// release instead. Fails as receive_command does.
Result<std::optional<ReceivedCommand>> receive_request(Association::Wire& wire);

/// Answers a request that nobody asked for: C-ECHO with success, C-CANCEL with nothing, anything
/// else with "unrecognized operation" (PS3.7 C.5.18).
Result<void> answer_stray_request(Association::Wire& wire, const ReceivedCommand& command);

}  // namespace dcm::net
