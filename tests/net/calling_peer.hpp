// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "net/fake_peer.hpp"

namespace dcm::net::test {

/// What an A-ASSOCIATE-RQ asks for.
struct Wanted {
  std::string called_aet = "TEST";
  std::string calling_aet = "PACS";
  struct Context {
    std::string abstract_syntax = "1.2.840.10008.5.1.4.1.1.7";
    std::vector<std::string> transfer_syntaxes = {"1.2.840.10008.1.2.1"};
  };
  std::vector<Context> contexts = {{}};    ///< with the identifiers 1, 3, 5 ...
  std::string more_user_information = {};  ///< items after the maximum length
  std::uint32_t max_pdu = 16384;
  std::string application_context = "1.2.840.10008.3.1.1.1";
  char protocol_version = 1;
};

/// An item of PS3.8 9.3.2: type, length and body.
[[nodiscard]] std::string make_item(char type, std::string_view body);

/// The body of the A-ASSOCIATE-RQ, without the six bytes before it.
[[nodiscard]] std::string request_body(const Wanted& wanted);

/// A peer that calls a server on 127.0.0.1, from there or another address, and says whatever a test
/// wants it to say.
class CallingPeer {
 public:
  explicit CallingPeer(std::uint16_t port, const char* from = "127.0.0.1");

  [[nodiscard]] const Talk& talk() const { return talk_; }

  /// Sends A-ASSOCIATE-RQ and returns the answer; type 0: the server has closed.
  [[nodiscard]] Talk::Pdu ask(const Wanted& wanted = {}) const;

  /// Sends a C-STORE request and its data set on context 1, and returns the status of the answer;
  /// FFFF without one.
  [[nodiscard]] std::uint16_t store(const std::string& sop_instance, std::string_view data_set,
                                    std::uint8_t context = 1) const;

  /// The C-STORE request alone.
  void begin_store(const std::string& sop_instance, std::uint8_t context = 1) const;

  /// Closes the connection without a word.
  void hang_up() const;

  /// A-RELEASE-RQ; true when the server answers it and closes.
  [[nodiscard]] bool release() const;

 private:
  std::atomic<bool> over_{false};
  Fd socket_;
  Talk talk_;
};

}  // namespace dcm::net::test
