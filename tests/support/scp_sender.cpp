// SPDX-License-Identifier: MIT
#include "support/scp_sender.hpp"

namespace dcm::test {

void RetrieveProgress::fail(const std::string& sop_instance) {
  ++failed;
  failed_instances.push_back(sop_instance);
}

std::optional<T_ASC_PresentationContextID> ScpSender::context_for(
    const ObjectCatalog::Object& object) const {
  const T_ASC_Parameters* parameters = wire_.association().params;
  for (int i = 0; i < ASC_countPresentationContexts(const_cast<T_ASC_Parameters*>(parameters));
       ++i) {
    T_ASC_PresentationContext context{};
    ASC_getPresentationContext(const_cast<T_ASC_Parameters*>(parameters), i, &context);
    const bool ours = proposal_ == Proposal::by_us || context.acceptedRole == ASC_SC_ROLE_SCP ||
                      context.acceptedRole == ASC_SC_ROLE_SCUSCP;
    if (context.resultReason != ASC_P_ACCEPTANCE || context.abstractSyntax != object.sop_class ||
        !ours)
      continue;
    if (context.acceptedTransferSyntax == object.transfer_syntax)
      return context.presentationContextID;
    if (wire_.script().choice == Script::Choice::first_accepted) return std::nullopt;
  }
  return std::nullopt;
}

DataSet ScpSender::command_for(const std::string& sop_class, const std::string& sop_instance) {
  DataSet command = DataSet()
                        .text(0x00000002_tag, vr::kUI, sop_class)
                        .numbers(0x00000100_tag, vr::kUS, {DIMSE_C_STORE_RQ})
                        .numbers(0x00000110_tag, vr::kUS, {next_message_id_++})
                        .numbers(0x00000700_tag, vr::kUS, {DIMSE_PRIORITY_MEDIUM})
                        .numbers(0x00000800_tag, vr::kUS, {kDataSetPresent})
                        .text(0x00001000_tag, vr::kUI, sop_instance);
  if (originator_) {
    command.text(0x00001030_tag, vr::kAE, originator_->ae_title);
    command.numbers(0x00001031_tag, vr::kUS, {originator_->message_id});
  }
  return command;
}

bool ScpSender::send(const Consignment& consignment, RetrieveProgress& progress) {
  const ObjectCatalog::Object& object = *consignment.object;
  const Script::Twist& twist = consignment.twist;
  const auto context = context_for(object);
  if (!context || twist.sending == Script::Sending::never) {
    progress.fail(object.sop_instance);
    if (!context && wire_.script().without_context == Script::WithoutContext::ends_retrieval)
      progress.ended = 0xA702;
    return true;
  }
  const std::string sop_instance = twist.sop_instance.value_or(object.sop_instance);
  RetrieveProgress uncounted;
  for (int i = twist.sending == Script::Sending::twice ? 2 : 1; i > 0; --i) {
    if (!wire_.send_command(*context, command_for(object.sop_class, sop_instance)) ||
        !wire_.send_object(*context, twist.data_set.value_or(object.data_set),
                           consignment.number) ||
        !receive_response(sop_instance, i == 1 ? progress : uncounted))
      return false;
  }
  progress.cancelled = progress.cancelled || uncounted.cancelled;
  return true;
}

bool ScpSender::receive_response(const std::string& sop_instance, RetrieveProgress& progress) {
  for (;;) {
    T_ASC_PresentationContextID context = 0;
    T_DIMSE_Message message{};
    if (!wire_.receive_command(context, message)) return false;
    ScpState& state = wire_.state();
    const std::lock_guard lock(state.mutex);
    if (message.CommandField == DIMSE_C_CANCEL_RQ) {
      progress.cancelled = true;
      ++state.records.cancels;
      continue;
    }
    if (message.CommandField != DIMSE_C_STORE_RSP) return false;
    const std::uint16_t status = message.msg.CStoreRSP.DimseStatus;
    state.records.stores.push_back({sop_instance, status});
    if (status == 0) {
      ++progress.completed;
    } else if ((status & 0xF000) == 0xB000) {
      ++progress.warning;
    } else {
      progress.fail(sop_instance);
    }
    return true;
  }
}

}  // namespace dcm::test
