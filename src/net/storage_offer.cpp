// SPDX-License-Identifier: MIT
#include "net/storage_offer.hpp"

#include <algorithm>
#include <string_view>

#include "dicom/sop_class.hpp"
#include "dicom/transfer_syntax.hpp"

namespace dcm::net {
namespace {

constexpr std::string_view kVerification = "1.2.840.10008.1.1";
constexpr std::string_view kImplicitLittleEndian = "1.2.840.10008.1.2";
constexpr std::string_view kExplicitLittleEndian = "1.2.840.10008.1.2.1";

bool is_plain(const TransferSyntax& syntax) { return !syntax.encapsulated && !syntax.deflated; }

/// The syntax to accept; nullptr if none can be.
const TransferSyntax* choose(const ProposedContext& offer) {
  const TransferSyntax* chosen = nullptr;
  for (const auto& uid : offer.transfer_syntaxes) {
    const auto* syntax = find_transfer_syntax(uid);
    if (syntax == nullptr) continue;
    if (chosen == nullptr || (is_plain(*chosen) && uid == kExplicitLittleEndian)) chosen = syntax;
  }
  return chosen;
}

}  // namespace

ContextAnswer answer_storage_offer(const ProposedContext& offer) {
  const auto refuse = [&](ContextResult why) {
    return ContextAnswer{offer.id, why, std::string(kImplicitLittleEndian)};
  };
  if (offer.abstract_syntax != kVerification && !may_be_storage(offer.abstract_syntax)) {
    return refuse(ContextResult::abstract_syntax_not_supported);
  }
  const auto* syntax = choose(offer);
  if (syntax == nullptr) return refuse(ContextResult::transfer_syntaxes_not_supported);
  return {offer.id, ContextResult::accepted, std::string(syntax->uid)};
}

}  // namespace dcm::net
