// SPDX-License-Identifier: MIT
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "net/negotiation.hpp"
#include "net/storage_offer.hpp"

/// What a stranger asks for is refused, or answered by a PDU whose length is true.
// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto request = dcm::net::AssociationRequest::parse(std::as_bytes(std::span(data, size)));
  if (!request) return 0;
  if (request->contexts.empty() || request->contexts.size() > 128) std::abort();
  std::vector<dcm::net::ContextAnswer> answers;
  for (const auto& context : request->contexts)
    answers.push_back(dcm::net::answer_storage_offer(context));
  const auto pdu = dcm::net::encode_acceptance(*request, answers, request->max_pdu);
  const auto length = dcm::load<std::uint32_t>(pdu.data() + 2, std::endian::big);
  if (length + 6 != pdu.size()) std::abort();
  return 0;
}
