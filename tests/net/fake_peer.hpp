// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/fd.hpp"
#include "net/command_set.hpp"

namespace dcm::net::test {

/// One connection as the fake server sees it, in raw bytes or in PDUs. Every read that finds the
/// connection closed gives nothing.
class Talk {
 public:
  Talk(int fd, std::atomic<bool>& over) : fd_(fd), over_(over) {}

  void send(std::string_view bytes) const;
  /// Exactly `size` bytes, or fewer when the client has closed.
  [[nodiscard]] std::string receive(std::size_t size) const;
  /// Waits until the client has closed or the test is over.
  void wait_for_close() const;
  [[nodiscard]] bool over() const { return over_.load(); }

  struct Pdu {
    int type = 0;  ///< 0: the client has closed
    std::string body;
  };
  [[nodiscard]] Pdu receive_pdu() const;
  void send_pdu(char type, std::string_view body) const;

  /// An item of user information that confirms a user (PS3.7 D.3.3.7.2).
  static constexpr std::string_view kConfirmsUser{"\x59\0\0\2\0\0", 6};

  /// Reads A-ASSOCIATE-RQ and accepts every context with its first transfer syntax; `user_items` go
  /// behind the others of the user information.
  void accept(std::string_view user_items = {}) const;

  struct Message {
    std::uint8_t context = 0;
    CommandSet command;
    std::string data_set;
  };
  /// A whole message; its command is empty when the client has closed, released or aborted.
  [[nodiscard]] Message receive_message() const;
  void send_command(std::uint8_t context, CommandSet command, bool data_set_follows) const;
  void send_data(std::uint8_t context, std::string_view bytes, bool last) const;

  /// Reads what comes until the client releases (and answers that) or closes.
  void serve_release() const;

 private:
  int fd_;
  std::atomic<bool>& over_;
};

/// A response to `request` with this status, to be completed.
[[nodiscard]] CommandSet response_to(const Talk::Message& request, std::uint16_t status);

/// A server on a free port of 127.0.0.1 that plays `script` on each connection, in a thread.
class FakePeer {
 public:
  explicit FakePeer(std::function<void(const Talk&)> script);
  ~FakePeer();
  FakePeer(const FakePeer&) = delete;
  FakePeer& operator=(const FakePeer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int connections() const { return connections_.load(); }

 private:
  void run();

  std::function<void(const Talk&)> script_;
  Fd listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> over_{false};
  std::atomic<int> connections_{0};
  std::vector<std::thread> talks_;
  std::thread acceptor_;
};

}  // namespace dcm::net::test
