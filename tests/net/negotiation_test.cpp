// SPDX-License-Identifier: MIT
#include "net/negotiation.hpp"

#include <gtest/gtest.h>

#include "net/calling_peer.hpp"

namespace dcm::net {
namespace {

using test::request_body;
using test::Wanted;

const Wanted kWanted{.called_aet = "US",
                     .calling_aet = "THEM",
                     .contexts = {{"1.2.3", {"1.2.4", "1.2.5"}}, {"1.2.6", {"1.2.4"}}},
                     .max_pdu = 4096};

TEST(AssociationRequest, IsReadAsItWasSent) {
  const auto request = AssociationRequest::parse(as_bytes(request_body(kWanted)));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->protocol_version, 1);
  EXPECT_EQ(request->called_aet, "US");
  EXPECT_EQ(request->calling_aet, "THEM");
  EXPECT_EQ(request->application_context, "1.2.840.10008.3.1.1.1");
  EXPECT_EQ(request->max_pdu, 4096U);
  ASSERT_EQ(request->contexts.size(), 2U);
  EXPECT_EQ(request->contexts[0].id, 1);
  EXPECT_EQ(request->contexts[0].abstract_syntax, "1.2.3");
  EXPECT_EQ(request->contexts[0].transfer_syntaxes, (std::vector<std::string>{"1.2.4", "1.2.5"}));
  EXPECT_EQ(request->contexts[1].id, 3);
}

TEST(AssociationRequest, NoBeginningOfItIsTakenForAWholeOneUnlessItEndsBetweenItems) {
  const auto whole = request_body(kWanted);
  const auto user_information = whole.rfind(std::string("\x50\0\0", 3));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto request = AssociationRequest::parse(as_bytes(whole.substr(0, size)));
    if (!request) {
      EXPECT_EQ(request.error().code, Errc::protocol);
      continue;
    }
    EXPECT_FALSE(request->contexts.empty());
    EXPECT_LE(size, user_information);
    EXPECT_EQ(request->max_pdu, 0U);
  }
}

TEST(AssociationRequest, ABrokenByteAnywhereIsRefusedOrRead) {
  const auto whole = request_body(kWanted);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char broken : {'\0', '\x01', '\x7F', '\xFF'}) {
      auto bytes = whole;
      bytes[at] = broken;
      const auto request = AssociationRequest::parse(as_bytes(bytes));
      EXPECT_EQ(request ? Errc::protocol : request.error().code, Errc::protocol);
    }
  }
}

TEST(Negotiation, AnAcceptanceHoldsEveryAnswerAndEchoesTheTitles) {
  const auto body = request_body(kWanted);
  const auto request = AssociationRequest::parse(as_bytes(body)).value();
  const std::array answers{
      ContextAnswer{1, ContextResult::accepted, "1.2.5"},
      ContextAnswer{3, ContextResult::abstract_syntax_not_supported, "1.2.840.10008.1.2"}};
  const auto encoded = encode_acceptance(request, answers, 131072);
  const std::string pdu(as_text(encoded));
  EXPECT_EQ(pdu.substr(0, 2), std::string("\x02\0", 2));
  EXPECT_EQ(load<std::uint32_t>(encoded.data() + 2, std::endian::big), pdu.size() - 6);
  EXPECT_EQ(pdu.substr(10, 64), body.substr(4, 64));
  const auto context = [](char id, char result, std::string_view syntax) {
    return test::make_item(0x21,
                           std::string{id, '\0', result, '\0'} + test::make_item(0x40, syntax));
  };
  EXPECT_NE(pdu.find(context(1, 0, "1.2.5") + context(3, 3, "1.2.840.10008.1.2")),
            std::string::npos);
  EXPECT_NE(pdu.find(test::make_item(0x51, std::string("\0\x02\0\0", 4))), std::string::npos);
}

}  // namespace
}  // namespace dcm::net
