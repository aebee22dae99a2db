// SPDX-License-Identifier: MIT
#include "support/scp_session.hpp"

#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmnet/diutil.h>

#include <deque>

#include "support/scp_delivery.hpp"

namespace dcm::test {
namespace {

constexpr std::uint16_t kPending = 0xFF00, kCancelled = 0xFE00;
constexpr std::uint16_t kSubOperationsFailed = 0xA702, kDestinationUnknown = 0xA801;

bool is_find(const std::string& uid) {
  return uid == UID_FINDStudyRootQueryRetrieveInformationModel ||
         uid == UID_FINDPatientRootQueryRetrieveInformationModel;
}

bool is_get(const std::string& uid) {
  return uid == UID_GETStudyRootQueryRetrieveInformationModel ||
         uid == UID_GETPatientRootQueryRetrieveInformationModel;
}

bool is_move(const std::string& uid) {
  return uid == UID_MOVEStudyRootQueryRetrieveInformationModel ||
         uid == UID_MOVEPatientRootQueryRetrieveInformationModel;
}

ScpRecords::Role role_of(T_ASC_SC_ROLE role) {
  switch (role) {
    case ASC_SC_ROLE_SCU:
      return ScpRecords::Role::scu;
    case ASC_SC_ROLE_SCP:
      return ScpRecords::Role::scp;
    case ASC_SC_ROLE_SCUSCP:
      return ScpRecords::Role::both;
    default:
      return ScpRecords::Role::not_proposed;
  }
}

DataSet response(std::string_view sop_class, std::uint16_t field, std::uint16_t message_id,
                 std::uint16_t data_set, std::uint16_t status) {
  return DataSet()
      .text(0x00000002_tag, vr::kUI, sop_class)
      .numbers(0x00000100_tag, vr::kUS, {field})
      .numbers(0x00000120_tag, vr::kUS, {message_id})
      .numbers(0x00000800_tag, vr::kUS, {data_set})
      .numbers(0x00000900_tag, vr::kUS, {status});
}

}  // namespace

void ScpSession::run() {
  if (negotiate())
    while (serve_next()) continue;
  const std::lock_guard lock(state_.mutex);
  --state_.open_associations;
}

// ---- association

void ScpSession::record_request() {
  ScpRecords::Association record;
  record.calling_ae_title = association_.params->DULparams.callingAPTitle;
  record.called_ae_title = association_.params->DULparams.calledAPTitle;
  for (int i = 0; i < ASC_countPresentationContexts(association_.params); ++i) {
    T_ASC_PresentationContext context{};
    ASC_getPresentationContext(association_.params, i, &context);
    ScpRecords::Context proposal{.id = context.presentationContextID,
                                 .abstract_syntax = context.abstractSyntax,
                                 .transfer_syntaxes = {},
                                 .role = role_of(context.proposedRole)};
    for (int k = 0; k < context.transferSyntaxCount; ++k)
      proposal.transfer_syntaxes.emplace_back(context.proposedTransferSyntaxes[k]);
    record.contexts.push_back(std::move(proposal));
  }
  const std::lock_guard lock(state_.mutex);
  state_.records.associations.push_back(std::move(record));
}

bool ScpSession::refused(const std::string& abstract_syntax) const {
  if (script_.refused_classes.contains(abstract_syntax)) return true;
  switch (script_.contexts) {
    case Script::Contexts::accept:
      return false;
    case Script::Contexts::refuse_all:
      return true;
    case Script::Contexts::refuse_find:
      return is_find(abstract_syntax);
    case Script::Contexts::refuse_get:
      return is_get(abstract_syntax);
    case Script::Contexts::refuse_move:
      return is_move(abstract_syntax);
    case Script::Contexts::refuse_storage:
      return !is_find(abstract_syntax) && !is_get(abstract_syntax) && !is_move(abstract_syntax) &&
             abstract_syntax != UID_VerificationSOPClass;
  }
  return true;
}

// As servers do that cannot transcode: the syntax of an object that is there, else the first.
std::optional<std::string> ScpSession::choose_transfer_syntax(
    const T_ASC_PresentationContext& context) const {
  std::optional<std::string> first;
  for (int k = 0; k < context.transferSyntaxCount; ++k) {
    const std::string proposed = context.proposedTransferSyntaxes[k];
    if (script_.refused_transfer_syntaxes.contains(proposed)) continue;
    if (!first) first = proposed;
    for (const ObjectCatalog::Object& object : state_.catalog.objects())
      if (object.sop_class == context.abstractSyntax && object.transfer_syntax == proposed)
        return proposed;
  }
  return first;
}

void ScpSession::accept_contexts() {
  for (int i = 0; i < ASC_countPresentationContexts(association_.params); ++i) {
    T_ASC_PresentationContext context{};
    ASC_getPresentationContext(association_.params, i, &context);
    const auto chosen = choose_transfer_syntax(context);
    if (!chosen || refused(context.abstractSyntax)) {
      ASC_refusePresentationContext(
          association_.params, context.presentationContextID,
          chosen ? ASC_P_ABSTRACTSYNTAXNOTSUPPORTED : ASC_P_TRANSFERSYNTAXESNOTSUPPORTED);
      continue;
    }
    const T_ASC_SC_ROLE role =
        script_.roles == Script::Roles::accept ? context.proposedRole : ASC_SC_ROLE_DEFAULT;
    ASC_acceptPresentationContext(association_.params, context.presentationContextID,
                                  chosen->c_str(), role);
  }
}

bool ScpSession::is_too_many() {
  const std::lock_guard lock(state_.mutex);
  const int now = ++state_.open_associations;
  if (script_.most_associations && now > *script_.most_associations) return true;
  state_.records.most_at_once = std::max(state_.records.most_at_once, now);
  return false;
}

bool ScpSession::negotiate() {
  record_request();
  std::optional<Script::Rejection> rejection;
  if (is_too_many()) rejection = Script::Rejection{.result = 2, .source = 3, .reason = 1};
  if (!wire_.survives(Script::Moment::association)) return false;
  if (script_.reject && state_.rejections_left.fetch_sub(1) > 0) rejection = script_.reject;
  if (rejection) {
    const T_ASC_RejectParameters reason = {
        static_cast<T_ASC_RejectParametersResult>(rejection->result),
        static_cast<T_ASC_RejectParametersSource>(rejection->source),
        static_cast<T_ASC_RejectParametersReason>(rejection->source << 8 | rejection->reason)};
    ASC_rejectAssociation(&association_, &reason);
    return false;
  }
  accept_contexts();
  return ASC_acknowledgeAssociation(&association_).good();
}

// ---- messages

bool ScpSession::serve_next() {
  T_ASC_PresentationContextID context = 0;
  T_DIMSE_Message message{};
  if (!wire_.receive_command(context, message)) return false;
  switch (message.CommandField) {
    case DIMSE_C_ECHO_RQ:
      return echo(context, message.msg.CEchoRQ);
    case DIMSE_C_FIND_RQ:
      return find(context, message.msg.CFindRQ);
    case DIMSE_C_GET_RQ:
      return get(context, message.msg.CGetRQ);
    case DIMSE_C_MOVE_RQ:
      return move(context, message.msg.CMoveRQ);
    case DIMSE_C_CANCEL_RQ:
      return true;  // of what is already over
    default:
      ASC_abortAssociation(&association_);
      return false;
  }
}

bool ScpSession::echo(T_ASC_PresentationContextID context, const T_DIMSE_C_EchoRQ& request) {
  {
    const std::lock_guard lock(state_.mutex);
    ++state_.records.echoes;
  }
  return wire_.send_command(context, response(request.AffectedSOPClassUID, DIMSE_C_ECHO_RSP,
                                              request.MessageID, kNoDataSet, 0));
}

bool ScpSession::receive_keys(Keys& keys) {
  T_ASC_PresentationContextID context = 0;
  DcmDataset* received = nullptr;
  const OFCondition got = DIMSE_receiveDataSetInMemory(&association_, DIMSE_BLOCKING, 0, &context,
                                                       &received, nullptr, nullptr);
  const std::unique_ptr<DcmDataset> identifier(received);
  if (got.bad() || !identifier) return false;
  for (DcmObject* each = nullptr; (each = identifier->nextInContainer(each)) != nullptr;) {
    auto* element = dynamic_cast<DcmElement*>(each);
    if (element == nullptr || each->ident() == EVR_SQ || each->getETag() == 0) continue;
    OFString value;
    element->getOFStringArray(value);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\0')) value.pop_back();
    keys[{each->getGTag(), each->getETag()}] = value;
  }
  return true;
}

bool ScpSession::find(T_ASC_PresentationContextID context, const T_DIMSE_C_FindRQ& request) {
  Keys keys;
  if (!receive_keys(keys)) return false;
  {
    const std::lock_guard lock(state_.mutex);
    state_.records.queries.push_back(
        {ScpRecords::Query::Kind::find, request.AffectedSOPClassUID, keys});
  }
  if (!wire_.survives(Script::Moment::find_answers)) return false;
  const auto given = script_.find_answers.find(keys[tags::kQueryRetrieveLevel]);
  std::vector<DataSet> answers =
      given != script_.find_answers.end()
          ? given->second
          : state_.catalog.find(keys, script_.find_ignored_keys, script_.find_absent_keys);
  std::uint16_t status = script_.find_status;
  if (script_.find_stops_after && *script_.find_stops_after < answers.size()) {
    answers.resize(*script_.find_stops_after);
    status = script_.find_stopped_status.value_or(status);
  }
  for (const DataSet& answer : answers) {
    if (DIMSE_checkForCancelRQ(&association_, context, request.MessageID).good()) {
      const std::lock_guard lock(state_.mutex);
      ++state_.records.cancels;
      status = kCancelled;
      break;
    }
    const DataSet pending =
        response(request.AffectedSOPClassUID, DIMSE_C_FIND_RSP, request.MessageID, kDataSetPresent,
                 script_.find_pending_status);
    if (!wire_.send_command(context, pending) || !wire_.send_data_set(context, answer))
      return false;
  }
  return wire_.survives(Script::Moment::find_final_response) &&
         wire_.send_command(context, response(request.AffectedSOPClassUID, DIMSE_C_FIND_RSP,
                                              request.MessageID, kNoDataSet, status));
}

// ---- C-GET and C-MOVE

bool ScpSession::get(T_ASC_PresentationContextID context, const T_DIMSE_C_GetRQ& request) {
  Retrieval retrieval{.context = context,
                      .response_field = DIMSE_C_GET_RSP,
                      .message_id = request.MessageID,
                      .sop_class = request.AffectedSOPClassUID};
  if (!receive_keys(retrieval.keys)) return false;
  {
    const std::lock_guard lock(state_.mutex);
    state_.records.queries.push_back(
        {ScpRecords::Query::Kind::get, retrieval.sop_class, retrieval.keys});
  }
  ScpSender sender(wire_, ScpSender::Proposal::by_peer);
  return retrieve(retrieval, [&](const Consignment& consignment, RetrieveProgress& progress) {
    return sender.send(consignment, progress);
  });
}

bool ScpSession::move(T_ASC_PresentationContextID context, const T_DIMSE_C_MoveRQ& request) {
  Retrieval retrieval{.context = context,
                      .response_field = DIMSE_C_MOVE_RSP,
                      .message_id = request.MessageID,
                      .sop_class = request.AffectedSOPClassUID};
  const std::string destination = request.MoveDestination;
  if (!receive_keys(retrieval.keys)) return false;
  {
    const std::lock_guard lock(state_.mutex);
    state_.records.queries.push_back(
        {ScpRecords::Query::Kind::move, retrieval.sop_class, retrieval.keys, destination});
  }
  const auto port = script_.destinations.find(destination);
  if (port == script_.destinations.end())
    return send_response(retrieval, kDestinationUnknown, {}, {});

  ScpDelivery::Route route{.port = port->second,
                           .calling_ae_title = script_.move_calling_ae_title.value_or(
                               association_.params->DULparams.calledAPTitle),
                           .called_ae_title = script_.move_called_ae_title.value_or(destination)};
  if (script_.originator == Script::Originator::told)
    route.originator = {association_.params->DULparams.callingAPTitle, request.MessageID};
  else if (script_.originator == Script::Originator::wrong)
    route.originator = {"SOMEBODY", static_cast<std::uint16_t>(request.MessageID + 1)};

  std::deque<ScpDelivery> deliveries;
  std::size_t turn = 0;
  return retrieve(retrieval, [&](const Consignment& consignment, RetrieveProgress& progress) {
    while (deliveries.size() < script_.move_associations) deliveries.emplace_back(state_, route);
    deliveries[turn++ % deliveries.size()].send(consignment, progress);
    // After the final response only A-RELEASE-RQ can come, and this would swallow it.
    if (consignment.twist.sending != Script::Sending::late &&
        DIMSE_checkForCancelRQ(&association_, retrieval.context, retrieval.message_id).good())
      progress.cancelled = true;
    return true;
  });
}

std::vector<Consignment> ScpSession::consignments_for(const Keys& keys) {
  std::vector<Consignment> out;
  const std::lock_guard lock(state_.mutex);
  for (const std::size_t number : state_.catalog.select(keys)) {
    Consignment consignment{.object = &state_.catalog.objects()[number], .number = number};
    const auto twist = script_.twists.find(number);
    if (twist != script_.twists.end() && state_.twists_used[number]++ < twist->second.times)
      consignment.twist = twist->second;
    out.push_back(std::move(consignment));
  }
  return out;
}

bool ScpSession::retrieve(const Retrieval& retrieval, const Courier& courier) {
  RetrieveProgress progress;
  if (script_.busy && state_.busy_left.fetch_sub(1) > 0) {
    progress.ended = script_.busy->status;
    return send_end(retrieval, progress);
  }
  const std::vector<Consignment> consignments = consignments_for(retrieval.keys);
  progress.remaining = static_cast<std::uint16_t>(consignments.size());
  if (!send_asked(retrieval, courier, consignments, progress)) return false;
  RetrieveProgress uncounted;
  for (const ObjectCatalog::Object& object : state_.unasked)
    if (!courier({.object = &object}, uncounted)) return false;
  if (!wire_.survives(Script::Moment::get_final_response) || !send_end(retrieval, progress))
    return false;
  for (const Consignment& each : consignments)
    if (each.twist.sending == Script::Sending::late && !courier(each, uncounted)) return false;
  return true;
}

bool ScpSession::send_asked(const Retrieval& retrieval, const Courier& courier,
                            const std::vector<Consignment>& consignments,
                            RetrieveProgress& progress) {
  for (const Consignment& each : consignments) {
    if (progress.cancelled) return true;
    if (!wire_.survives(Script::Moment::before_object, each.number)) return false;
    progress.ended = each.twist.ends_with;
    if (progress.ended) return true;
    --progress.remaining;
    if (each.twist.sending == Script::Sending::late)
      ++progress.completed;
    else if (!courier(each, progress))
      return false;
    if (progress.ended) return true;
    if (script_.pending == Script::Pending::after_each_object &&
        !send_response(retrieval, kPending,
                       {progress.remaining, progress.completed, progress.failed, progress.warning},
                       {}))
      return false;
  }
  return true;
}

bool ScpSession::send_end(const Retrieval& retrieval, const RetrieveProgress& progress) {
  const std::uint16_t done = static_cast<std::uint16_t>(progress.completed + progress.warning);
  const std::uint16_t honest = progress.cancelled                        ? kCancelled
                               : progress.failed + progress.warning == 0 ? 0x0000
                               : done == 0                               ? kSubOperationsFailed
                                                                         : 0xB000;
  Script::Counters counters{
      .completed = progress.completed, .failed = progress.failed, .warning = progress.warning};
  if (progress.cancelled) counters.remaining = progress.remaining;
  return send_response(retrieval, progress.ended.value_or(script_.get_status.value_or(honest)),
                       script_.get_counters.value_or(counters), progress.failed_instances);
}

bool ScpSession::send_response(const Retrieval& retrieval, std::uint16_t status,
                               const Script::Counters& counters,
                               const std::vector<std::string>& failed_instances) {
  const bool with_list = !failed_instances.empty();
  DataSet command = response(retrieval.sop_class, retrieval.response_field, retrieval.message_id,
                             with_list ? kDataSetPresent : kNoDataSet, status);
  if (counters.remaining) command.numbers(0x00001020_tag, vr::kUS, {*counters.remaining});
  if (counters.completed) command.numbers(0x00001021_tag, vr::kUS, {*counters.completed});
  if (counters.failed) command.numbers(0x00001022_tag, vr::kUS, {*counters.failed});
  if (counters.warning) command.numbers(0x00001023_tag, vr::kUS, {*counters.warning});
  if (!wire_.send_command(retrieval.context, command)) return false;
  if (!with_list) return true;
  std::string list;
  for (const std::string& each : failed_instances) list += (list.empty() ? "" : "\\") + each;
  return wire_.send_data_set(retrieval.context, DataSet().text(0x00080058_tag, vr::kUI, list));
}

}  // namespace dcm::test
