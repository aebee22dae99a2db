// SPDX-License-Identifier: MIT
#include "net/association.hpp"

#include <dcmtk/dcmnet/dul.h>
#include <dcmtk/oflog/oflog.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

#include "base/bytes.hpp"
#include "net/peer_probe.hpp"
#include "net/wire.hpp"

namespace dcm::net {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kMaxPdu = 131072;
constexpr auto kProbeAfter = 3s;
constexpr auto kReleaseWithin = 3s;
constexpr auto kFirstPause = 200ms;
constexpr auto kLastPause = 3200ms;
constexpr auto kAbortWithin = 500ms;
constexpr int kDcmtkTimeout = 24 * 3600;  // never the one that counts: see Transport

constexpr std::string_view kImplicitLittleEndian = "1.2.840.10008.1.2";
constexpr std::string_view kExplicitLittleEndian = "1.2.840.10008.1.2.1";

/// DCMTK writes to stderr unless told not to, and fills its state tables at the first use without a
/// lock.
Result<T_ASC_Network*> open_network() {
  static std::mutex mutex;
  static std::once_flag silenced;
  const std::lock_guard lock(mutex);
  std::call_once(silenced, [] { OFLog::configure(OFLogger::OFF_LOG_LEVEL); });
  T_ASC_Network* network = nullptr;
  if (ASC_initializeNetwork(NET_REQUESTOR, 0, kDcmtkTimeout, &network).bad()) {
    return fail(Errc::internal);
  }
  return network;
}

struct DestroyParameters {
  void operator()(T_ASC_Parameters* it) const noexcept { ASC_destroyAssociationParameters(&it); }
};
using Parameters = std::unique_ptr<T_ASC_Parameters, DestroyParameters>;

Result<void> propose(T_ASC_Parameters& parameters, std::span<const PresentationContext> contexts) {
  if (contexts.empty() || contexts.size() > kMaxContexts) return fail(Errc::internal);
  std::uint8_t id = 1;
  for (auto each = contexts.begin(); each != contexts.end(); ++each) {
    std::vector<const char*> syntaxes;
    for (const auto& syntax : each->transfer_syntaxes) syntaxes.push_back(syntax.c_str());
    // PS3.7 D.3.3.4 wants one role item for each class; DCMTK writes one for each such context.
    const bool first = std::none_of(contexts.begin(), each, [&](const auto& earlier) {
      return earlier.abstract_syntax == each->abstract_syntax && earlier.role == each->role;
    });
    const auto role = each->role == Role::scp && first ? ASC_SC_ROLE_SCP : ASC_SC_ROLE_DEFAULT;
    if (ASC_addPresentationContext(&parameters, id, each->abstract_syntax.c_str(), syntaxes.data(),
                                   static_cast<int>(syntaxes.size()), role)
            .bad()) {
      return fail(Errc::internal);
    }
    id = static_cast<std::uint8_t>(id + 2);
  }
  return {};
}

/// PS3.7 D.3.3.7.1.
Result<void> identify(T_ASC_Parameters& parameters, const UserIdentity& user) {
  const auto& primary = user.primary;
  if (primary.size() + user.password.size() > kMaxIdentityBytes) return fail(Errc::internal);
  const auto answer = user.answer == UserIdentity::Answer::needed ? OFTrue : OFFalse;
  auto* const to = &parameters;
  OFCondition set = EC_Normal;
  switch (user.kind) {
    case UserIdentity::Kind::name:
      set = ASC_setIdentRQUserOnly(to, primary, answer);
      break;
    case UserIdentity::Kind::name_and_password:
      set = ASC_setIdentRQUserPassword(to, primary, user.password, answer);
      break;
    case UserIdentity::Kind::token:
      set = ASC_setIdentRQJwt(to, primary.c_str(), static_cast<Uint16>(primary.size()), answer);
      break;
  }
  if (set.bad()) return fail(Errc::internal);
  return {};
}

/// Whether the server confirmed the user, where it must (PS3.7 D.3.3.7.2).
Result<void> check_confirmed(T_ASC_Parameters& parameters, const Peer& peer) {
  if (!peer.user || peer.user->answer == UserIdentity::Answer::not_needed) return {};
  UserIdentityNegotiationSubItemAC* answer = nullptr;
  ASC_getUserIdentAC(&parameters, &answer);
  if (answer == nullptr) return fail(Errc::user_not_confirmed);
  return {};
}

Result<Parameters> make_parameters(const Peer& peer, const std::string& address,
                                   std::span<const PresentationContext> contexts) {
  T_ASC_Parameters* raw = nullptr;
  if (ASC_createAssociationParameters(&raw, kMaxPdu).bad()) return fail(Errc::internal);
  Parameters parameters(raw);
  ASC_setAPTitles(raw, peer.calling_aet.c_str(), peer.called_aet.c_str(), nullptr);
  ASC_setPresentationAddresses(raw, "localhost", address.c_str());
  if (peer.user) DCM_CHECK(identify(*raw, *peer.user));
  DCM_CHECK(propose(*raw, contexts));
  return parameters;
}

/// An association that comes into being takes the parameters along.
OFCondition negotiate(Association::Wire& wire, Parameters& parameters) {
  T_ASC_Association* association = nullptr;
  const auto condition =
      ASC_requestAssociation(wire.network.get(), parameters.get(), &association, nullptr, nullptr);
  if (association != nullptr) {
    static_cast<void>(parameters.release());
    wire.association.reset(association);
  }
  return condition;
}

std::vector<AcceptedContext> accepted_contexts(T_ASC_Parameters& parameters) {
  std::vector<AcceptedContext> accepted;
  for (int at = 0; at < ASC_countPresentationContexts(&parameters); ++at) {
    T_ASC_PresentationContext context;
    if (ASC_getPresentationContext(&parameters, at, &context).bad()) continue;
    if (context.resultReason != ASC_P_ACCEPTANCE) continue;
    const bool sends =
        context.acceptedRole == ASC_SC_ROLE_SCP || context.acceptedRole == ASC_SC_ROLE_SCUSCP;
    accepted.push_back({context.presentationContextID, context.abstractSyntax,
                        context.acceptedTransferSyntax, sends ? Role::scp : Role::scu});
  }
  return accepted;
}

/// Whether a failure before the first answer may mean that the peer is no DICOM server at all.
bool may_not_be_dicom(const Error& error) {
  return error.code == Errc::disconnected || error.code == Errc::timed_out ||
         error.code == Errc::protocol;
}

Error not_dicom(PeerKind kind) {
  return {.code = Errc::not_dicom, .detail = static_cast<std::uint32_t>(kind)};
}

/// `error`, or not_dicom when what the peer said is something else.
Error explain(const Error& error, Bytes first_bytes) {
  if (first_bytes.empty() || begins_like_dicom(first_bytes) || !may_not_be_dicom(error)) {
    return error;
  }
  return not_dicom(kind_of(first_bytes));
}

/// The three bytes of PS3.8 9.3.4 as they came; DCMTK's own names for them lose unknown values.
Error rejection(const T_ASC_Parameters& parameters) {
  const auto& from = parameters.DULparams;
  return {.code = Errc::association_rejected,
          .detail = (from.result & 0xFFU) << 16 | (from.resultSource & 0xFFU) << 8 |
                    (from.diagnostic & 0xFFU)};
}

/// Rejected for now, and for now only (PS3.8 9.3.4): too many associations, mostly.
bool is_transient(const Error& error) {
  return error.code == Errc::association_rejected && error.detail >> 16 == 2;
}

}  // namespace

Result<std::unique_ptr<Association::Wire>> Association::prepare(const Peer& peer,
                                                                Connection connection) {
  auto wire = std::make_unique<Wire>(peer, std::move(connection));
  DCM_TRY(wire->transport, Transport::create(wire->connection, peer.idle_timeout));
  DCM_TRY(T_ASC_Network * network, open_network());
  wire->network.reset(network);
  ASC_setTransportLayer(network, wire->transport.get(), 0);
  return wire;
}

Result<Association> Association::open(const Peer& peer,
                                      std::span<const PresentationContext> contexts,
                                      const StopSource& stop) {
  for (auto pause = kFirstPause;; pause *= 2) {
    auto opened = open_once(peer, contexts, stop);
    if (opened || !is_transient(opened.error()) || pause > kLastPause) return opened;
    pollfd stopped{stop.wait_fd(), POLLIN, 0};
    if (::poll(&stopped, 1, static_cast<int>(pause.count())) > 0) return fail(Errc::interrupted);
  }
}

Result<Association> Association::open_once(const Peer& peer,
                                           std::span<const PresentationContext> contexts,
                                           const StopSource& stop) {
  DCM_TRY(auto connection,
          Connection::open(peer.host, peer.port, peer.connect_timeout, peer.idle_timeout, stop));
  if (peer.tls) DCM_CHECK(connection.secure(*peer.tls, peer.host, peer.connect_timeout));
  DCM_TRY(auto wire, prepare(peer, std::move(connection)));
  DCM_TRY(auto parameters, make_parameters(peer, wire->transport->address(), contexts));

  wire->connection.expect_answer(peer.association_timeout);
  bool probed = false;
  const auto why_silent = [&] {
    const auto kind = std::exchange(probed, true) ? PeerKind::unknown : probe(peer, stop);
    return kind == PeerKind::unknown ? Error{} : not_dicom(kind);
  };
  wire->connection.on_silence(kProbeAfter, why_silent);
  auto* const raw = parameters.get();
  const auto condition = negotiate(*wire, parameters);
  if (condition == DUL_ASSOCIATIONREJECTED) return fail(rejection(*raw));
  if (condition.bad()) {
    const auto error = explain(wire->error(condition), wire->connection.first_bytes());
    if (!wire->connection.first_bytes().empty() || !may_not_be_dicom(error)) return fail(error);
    const auto reason = why_silent();
    return fail(reason.code == Errc::ok ? error : reason);
  }
  wire->connection.on_silence({}, nullptr);
  DCM_CHECK(check_confirmed(*raw, peer));
  wire->contexts = accepted_contexts(*raw);
  return Association(std::move(wire));
}

Result<Association> Association::accept(const Peer& caller, Connection connection,
                                        const AssociationRequest& request,
                                        std::span<const ContextAnswer> answers) {
  DCM_TRY(auto wire, prepare(caller, std::move(connection)));
  for (const auto& answer : answers) {
    if (answer.result != ContextResult::accepted) continue;
    const auto asked = std::find_if(request.contexts.begin(), request.contexts.end(),
                                    [&](const auto& context) { return context.id == answer.id; });
    wire->contexts.push_back({answer.id, asked->abstract_syntax, answer.transfer_syntax});
  }

  // DCMTK carries the association from here on, but it never meets a stranger's request: it is
  // led to ask for one context that nobody uses, and that is granted with the peer's PDU size.
  const std::array stand_in{PresentationContext{"1.2.840.10008.1.1", {"1.2.840.10008.1.2"}}};
  const std::array granted{ContextAnswer{1, ContextResult::accepted, "1.2.840.10008.1.2"}};
  const auto max_pdu = request.max_pdu == 0 ? kMaxPdu : std::min(request.max_pdu, kMaxPdu);
  wire->transport->answer_with(encode_acceptance(request, granted, max_pdu));
  DCM_TRY(auto parameters, make_parameters(caller, wire->transport->address(), stand_in));
  if (negotiate(*wire, parameters).bad()) return fail(Errc::internal);
  DCM_CHECK(wire->connection.write(encode_acceptance(request, answers, kMaxPdu)));
  return Association(std::move(wire));
}

Association::Association(std::unique_ptr<Wire> wire) noexcept : wire_(std::move(wire)) {}
Association::Association(Association&&) noexcept = default;

Association& Association::operator=(Association&& other) noexcept {
  Association gone(std::exchange(wire_, std::move(other.wire_)));
  return *this;
}

Association::~Association() {
  if (wire_) wire_->abort();
}

std::span<const AcceptedContext> Association::contexts() const noexcept { return wire_->contexts; }

const Peer& Association::peer() const noexcept { return wire_->peer; }

bool Association::accepts(std::string_view abstract_syntax) const noexcept {
  return std::any_of(wire_->contexts.begin(), wire_->contexts.end(),
                     [&](const auto& each) { return each.abstract_syntax == abstract_syntax; });
}

void Association::release() noexcept {
  if (wire_->released || wire_->connection.failure().code != Errc::ok) return;
  wire_->connection.ignore_stop();
  wire_->connection.finish_within(kReleaseWithin);
  wire_->released = ASC_releaseAssociation(wire_->association.get()).good();
}

void Association::acknowledge_release() noexcept {
  wire_->connection.ignore_stop();
  wire_->connection.finish_within(kReleaseWithin);
  wire_->released = ASC_acknowledgeRelease(wire_->association.get()).good();
  wire_->connection.drain();
}

const AcceptedContext* Association::Wire::context(std::uint8_t id) const noexcept {
  const auto found = std::find_if(contexts.begin(), contexts.end(),
                                  [&](const auto& each) { return each.id == id; });
  return found == contexts.end() ? nullptr : &*found;
}

const AcceptedContext* Association::Wire::plain_context(
    std::string_view abstract_syntax) const noexcept {
  const auto found = std::find_if(contexts.begin(), contexts.end(), [&](const auto& each) {
    return each.abstract_syntax == abstract_syntax &&
           (each.transfer_syntax == kExplicitLittleEndian ||
            each.transfer_syntax == kImplicitLittleEndian);
  });
  return found == contexts.end() ? nullptr : &*found;
}

Error Association::Wire::error(const OFCondition& condition) const noexcept {
  if (const auto& failure = connection.failure(); failure.code != Errc::ok) return failure;
  if (condition == DUL_PEERABORTEDASSOCIATION) return {.code = Errc::association_aborted};
  if (condition == DUL_NETWORKCLOSED || condition == DUL_NULLKEY) {
    return {.code = Errc::disconnected};
  }
  return {.code = Errc::protocol};
}

void Association::Wire::abort() noexcept {
  if (!released && connection.socket() >= 0) {
    // Not DUL_AbortAssociation: with a peer that goes on sending it never comes to an end.
    static constexpr std::array<std::byte, 10> kAbortPdu{std::byte{0x07}, {}, {}, {}, {},
                                                         std::byte{0x04}};
    connection.ignore_stop();
    connection.finish_within(kAbortWithin);
    if (connection.write(kAbortPdu)) connection.drain();
  }
  connection.close();
}

}  // namespace dcm::net
