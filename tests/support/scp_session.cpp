// SPDX-License-Identifier: MIT
#include "support/scp_session.hpp"

#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmnet/diutil.h>
#include <sys/socket.h>

#include <algorithm>

namespace dcm::test {
namespace {

constexpr std::uint16_t kDataSetPresent = 0x0001, kNoDataSet = 0x0101;
constexpr std::uint16_t kPending = 0xFF00, kCancelled = 0xFE00;

bool is_find(const std::string& uid) {
  return uid == UID_FINDStudyRootQueryRetrieveInformationModel ||
         uid == UID_FINDPatientRootQueryRetrieveInformationModel;
}

bool is_get(const std::string& uid) {
  return uid == UID_GETStudyRootQueryRetrieveInformationModel ||
         uid == UID_GETPatientRootQueryRetrieveInformationModel;
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
  if (!negotiate()) return;
  while (serve_next()) continue;
}

bool ScpSession::survives(Script::Moment moment, std::optional<std::size_t> object) {
  const auto& ending = script_.ending;
  if (!ending || ending->when != moment || (object && *object != ending->object)) return true;
  if (state_.endings_left.fetch_sub(1) <= 0) return true;
  switch (ending->how) {
    case Script::Break::abort:
      ASC_abortAssociation(&association_);
      break;
    case Script::Break::close:
      ::shutdown(socket_, SHUT_RDWR);
      break;
    case Script::Break::silence:
      for (char buffer[4096]; ::recv(socket_, buffer, sizeof buffer, 0) > 0;) continue;
      break;
  }
  return false;
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
  switch (script_.contexts) {
    case Script::Contexts::accept:
      return false;
    case Script::Contexts::refuse_all:
      return true;
    case Script::Contexts::refuse_find:
      return is_find(abstract_syntax);
    case Script::Contexts::refuse_get:
      return is_get(abstract_syntax);
    case Script::Contexts::refuse_storage:
      return !is_find(abstract_syntax) && !is_get(abstract_syntax) &&
             abstract_syntax != UID_VerificationSOPClass;
  }
  return true;
}

// As servers do that cannot transcode: the syntax of an object that is there, else the first.
std::string ScpSession::choose_transfer_syntax(const T_ASC_PresentationContext& context) const {
  for (int k = 0; k < context.transferSyntaxCount; ++k)
    for (const ObjectCatalog::Object& object : state_.catalog.objects())
      if (object.sop_class == context.abstractSyntax &&
          object.transfer_syntax == context.proposedTransferSyntaxes[k])
        return object.transfer_syntax;
  return context.proposedTransferSyntaxes[0];
}

void ScpSession::accept_contexts() {
  for (int i = 0; i < ASC_countPresentationContexts(association_.params); ++i) {
    T_ASC_PresentationContext context{};
    ASC_getPresentationContext(association_.params, i, &context);
    if (refused(context.abstractSyntax)) {
      ASC_refusePresentationContext(association_.params, context.presentationContextID,
                                    ASC_P_ABSTRACTSYNTAXNOTSUPPORTED);
      continue;
    }
    const T_ASC_SC_ROLE role =
        script_.roles == Script::Roles::accept ? context.proposedRole : ASC_SC_ROLE_DEFAULT;
    ASC_acceptPresentationContext(association_.params, context.presentationContextID,
                                  choose_transfer_syntax(context).c_str(), role);
  }
}

bool ScpSession::negotiate() {
  record_request();
  if (!survives(Script::Moment::association)) return false;
  if (script_.reject) {
    const T_ASC_RejectParameters reason = {
        static_cast<T_ASC_RejectParametersResult>(script_.reject->result),
        static_cast<T_ASC_RejectParametersSource>(script_.reject->source),
        static_cast<T_ASC_RejectParametersReason>(script_.reject->source << 8 |
                                                  script_.reject->reason)};
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
  DcmDataset* detail = nullptr;
  const OFCondition got =
      DIMSE_receiveCommand(&association_, DIMSE_BLOCKING, 0, &context, &message, &detail);
  delete detail;
  if (got == DUL_PEERREQUESTEDRELEASE) {
    if (!survives(Script::Moment::release)) return false;
    {
      const std::lock_guard lock(state_.mutex);  // before the peer can go on
      ++state_.records.releases;
    }
    ASC_acknowledgeRelease(&association_);
    return false;
  }
  if (got.bad()) return false;
  switch (message.CommandField) {
    case DIMSE_C_ECHO_RQ:
      return echo(context, message.msg.CEchoRQ);
    case DIMSE_C_FIND_RQ:
      return find(context, message.msg.CFindRQ);
    case DIMSE_C_GET_RQ:
      return get(context, message.msg.CGetRQ);
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
  return send_command(context, response(request.AffectedSOPClassUID, DIMSE_C_ECHO_RSP,
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
    keys[{each->getGTag(), each->getETag()}] = value.c_str();
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
  if (!survives(Script::Moment::find_answers)) return false;
  const auto given = script_.find_answers.find(keys[tags::kQueryRetrieveLevel]);
  std::vector<DataSet> answers =
      given != script_.find_answers.end()
          ? given->second
          : state_.catalog.find(keys, script_.find_ignored_keys, script_.find_absent_keys);
  if (script_.find_stops_after && *script_.find_stops_after < answers.size())
    answers.resize(*script_.find_stops_after);
  std::uint16_t status = script_.find_status;
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
    if (!send_command(context, pending) ||
        !send(context, DUL_DATASETPDV, encode(answer, encoding_of(context)), true))
      return false;
  }
  return survives(Script::Moment::find_final_response) &&
         send_command(context, response(request.AffectedSOPClassUID, DIMSE_C_FIND_RSP,
                                        request.MessageID, kNoDataSet, status));
}

// ---- C-GET

bool ScpSession::get(T_ASC_PresentationContextID context, const T_DIMSE_C_GetRQ& request) {
  Keys keys;
  if (!receive_keys(keys)) return false;
  {
    const std::lock_guard lock(state_.mutex);
    state_.records.queries.push_back(
        {ScpRecords::Query::Kind::get, request.AffectedSOPClassUID, keys});
  }
  const std::vector<std::size_t> numbers = state_.catalog.select(keys);
  GetProgress progress;
  progress.remaining = static_cast<std::uint16_t>(numbers.size());
  for (const std::size_t number : numbers) {
    if (progress.cancelled) break;
    if (!survives(Script::Moment::before_object, number)) return false;
    const auto twist = script_.twists.find(number);
    --progress.remaining;
    if (!send_object(state_.catalog.objects()[number],
                     twist == script_.twists.end() ? Script::Twist{} : twist->second, number,
                     progress) ||
        !send_get_response(
            context, request, kPending,
            {progress.remaining, progress.completed, progress.failed, progress.warning}, {}))
      return false;
  }
  for (const ObjectCatalog::Object& object : state_.unasked) {
    GetProgress uncounted;
    if (!send_object(object, {}, std::nullopt, uncounted)) return false;
  }
  return survives(Script::Moment::get_final_response) && send_get_end(context, request, progress);
}

bool ScpSession::send_get_end(T_ASC_PresentationContextID context, const T_DIMSE_C_GetRQ& request,
                              const GetProgress& progress) {
  const std::uint16_t done = static_cast<std::uint16_t>(progress.completed + progress.warning);
  const std::uint16_t honest = progress.cancelled                        ? kCancelled
                               : progress.failed + progress.warning == 0 ? 0x0000
                               : done == 0                               ? 0xA702
                                                                         : 0xB000;
  Script::Counters counters{
      .completed = progress.completed, .failed = progress.failed, .warning = progress.warning};
  if (progress.cancelled) counters.remaining = progress.remaining;
  return send_get_response(context, request, script_.get_status.value_or(honest),
                           script_.get_counters.value_or(counters), progress.failed_instances);
}

bool ScpSession::send_get_response(T_ASC_PresentationContextID context,
                                   const T_DIMSE_C_GetRQ& request, std::uint16_t status,
                                   const Script::Counters& counters,
                                   const std::vector<std::string>& failed_instances) {
  const bool with_list = !failed_instances.empty();
  DataSet command = response(request.AffectedSOPClassUID, DIMSE_C_GET_RSP, request.MessageID,
                             with_list ? kDataSetPresent : kNoDataSet, status);
  if (counters.remaining) command.numbers(0x00001020_tag, vr::kUS, {*counters.remaining});
  if (counters.completed) command.numbers(0x00001021_tag, vr::kUS, {*counters.completed});
  if (counters.failed) command.numbers(0x00001022_tag, vr::kUS, {*counters.failed});
  if (counters.warning) command.numbers(0x00001023_tag, vr::kUS, {*counters.warning});
  if (!send_command(context, command)) return false;
  if (!with_list) return true;
  std::string list;
  for (const std::string& each : failed_instances) list += (list.empty() ? "" : "\\") + each;
  const DataSet identifier = DataSet().text(0x00080058_tag, vr::kUI, list);
  return send(context, DUL_DATASETPDV, encode(identifier, encoding_of(context)), true);
}

std::optional<T_ASC_PresentationContextID> ScpSession::context_for(
    const ObjectCatalog::Object& object) const {
  for (int i = 0; i < ASC_countPresentationContexts(association_.params); ++i) {
    T_ASC_PresentationContext context{};
    ASC_getPresentationContext(association_.params, i, &context);
    if (context.resultReason == ASC_P_ACCEPTANCE && context.abstractSyntax == object.sop_class &&
        context.acceptedTransferSyntax == object.transfer_syntax &&
        (context.acceptedRole == ASC_SC_ROLE_SCP || context.acceptedRole == ASC_SC_ROLE_SCUSCP))
      return context.presentationContextID;
  }
  return std::nullopt;
}

bool ScpSession::send_object(const ObjectCatalog::Object& object, const Script::Twist& twist,
                             std::optional<std::size_t> number, GetProgress& progress) {
  const auto context = context_for(object);
  if (!context || twist.sending == Script::Sending::never) {
    ++progress.failed;
    progress.failed_instances.push_back(object.sop_instance);
    return true;
  }
  const std::string sop_instance = twist.sop_instance.value_or(object.sop_instance);
  GetProgress uncounted;
  for (int i = twist.sending == Script::Sending::twice ? 2 : 1; i > 0; --i) {
    const DataSet command = DataSet()
                                .text(0x00000002_tag, vr::kUI, object.sop_class)
                                .numbers(0x00000100_tag, vr::kUS, {DIMSE_C_STORE_RQ})
                                .numbers(0x00000110_tag, vr::kUS, {next_message_id_++})
                                .numbers(0x00000700_tag, vr::kUS, {DIMSE_PRIORITY_MEDIUM})
                                .numbers(0x00000800_tag, vr::kUS, {kDataSetPresent})
                                .text(0x00001000_tag, vr::kUI, sop_instance);
    if (!send_store(*context, command, twist.data_set.value_or(object.data_set), number) ||
        !receive_store_response(sop_instance, i == 1 ? progress : uncounted))
      return false;
  }
  progress.cancelled = progress.cancelled || uncounted.cancelled;
  return true;
}

bool ScpSession::send_store(T_ASC_PresentationContextID context, const DataSet& command,
                            const std::string& data_set, std::optional<std::size_t> number) {
  if (!send_command(context, command)) return false;
  const std::string_view bytes = data_set;
  const std::size_t half = bytes.size() / 2;
  if (number && script_.ending && script_.ending->when == Script::Moment::within_object &&
      script_.ending->object == *number && state_.endings_left.load() > 0) {
    return send(context, DUL_DATASETPDV, bytes.substr(0, half), false) &&
           survives(Script::Moment::within_object, number) &&
           send(context, DUL_DATASETPDV, bytes.substr(half), true);
  }
  return send(context, DUL_DATASETPDV, bytes, true);
}

bool ScpSession::receive_store_response(const std::string& sop_instance, GetProgress& progress) {
  for (;;) {
    T_ASC_PresentationContextID context = 0;
    T_DIMSE_Message message{};
    DcmDataset* detail = nullptr;
    const OFCondition got =
        DIMSE_receiveCommand(&association_, DIMSE_BLOCKING, 0, &context, &message, &detail);
    delete detail;
    if (got.bad()) return false;
    const std::lock_guard lock(state_.mutex);
    if (message.CommandField == DIMSE_C_CANCEL_RQ) {
      progress.cancelled = true;
      ++state_.records.cancels;
      continue;
    }
    if (message.CommandField != DIMSE_C_STORE_RSP) return false;
    const std::uint16_t status = message.msg.CStoreRSP.DimseStatus;
    state_.records.stores.push_back({sop_instance, status});
    if (status == 0) {
      ++progress.completed;
    } else if ((status & 0xF000) == 0xB000) {
      ++progress.warning;
    } else {
      ++progress.failed;
      progress.failed_instances.push_back(sop_instance);
    }
    return true;
  }
}

// ---- bytes

Encoding ScpSession::encoding_of(T_ASC_PresentationContextID context) const {
  T_ASC_PresentationContext accepted{};
  ASC_findAcceptedPresentationContext(association_.params, context, &accepted);
  return {.syntax = syntax_of(accepted.acceptedTransferSyntax)};
}

bool ScpSession::send_command(T_ASC_PresentationContextID context, const DataSet& command) {
  return send(context, DUL_COMMANDPDV,
              encode(command, {.syntax = Encoding::Syntax::implicit_le,
                               .group_lengths = Encoding::GroupLengths::present}),
              true);
}

// Straight to the upper layer: dcmdata would refuse or mend what a test wants broken.
bool ScpSession::send(T_ASC_PresentationContextID context, DUL_DATAPDV type, std::string_view bytes,
                      bool is_whole) {
  do {
    const std::string_view piece =
        bytes.substr(0, static_cast<std::size_t>(association_.sendPDVLength));
    bytes.remove_prefix(piece.size());
    DUL_PDV pdv{};
    pdv.fragmentLength = piece.size();
    pdv.presentationContextID = context;
    pdv.pdvType = type;
    pdv.lastPDV = is_whole && bytes.empty();
    pdv.data = const_cast<char*>(piece.data());
    DUL_PDVLIST list{};
    list.count = 1;
    list.pdv = &pdv;
    if (DUL_WritePDVs(&association_.DULassociation, &list).bad()) return false;
  } while (!bytes.empty());
  return true;
}

}  // namespace dcm::test
