// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/phantoms.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

/// DCMTK's clients, which prove what the servers of tests/support do.
namespace dcm::test {

/// Three CT slices of one series.
[[nodiscard]] std::vector<Phantom> three_slices(int size = 64);

[[nodiscard]] std::vector<std::string> bytes_of(const std::vector<Phantom>& phantoms);
[[nodiscard]] std::set<std::string> data_sets_of(const std::vector<Phantom>& phantoms);

/// `out` holds what a client printed anywhere.
[[nodiscard]] RunResult findscu(std::uint16_t port, const std::vector<std::string>& keys);
[[nodiscard]] RunResult echoscu(std::uint16_t port);

struct Fetched {
  RunResult run;
  std::set<std::string> data_sets;  ///< "unreadable" for a file that is none
};
[[nodiscard]] Fetched getscu(std::uint16_t port, const std::string& study_uid,
                             std::chrono::milliseconds timeout = std::chrono::seconds(20));

/// C-MOVE of a study; `out` tells every response.
[[nodiscard]] RunResult movescu(std::uint16_t port, const std::string& study_uid,
                                const std::string& destination);

/// storescp, for any number of associations at once.
class StoreScp {
 public:
  StoreScp();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::set<std::string> data_sets() const;

  /// Waits until it holds so many files, for some seconds.
  [[nodiscard]] std::set<std::string> wait_for(std::size_t wanted) const;

  /// All associations and commands so far, in words.
  [[nodiscard]] std::string log() const { return process_.out() + process_.err(); }

 private:
  TempDir folder_;
  std::uint16_t port_ = free_port();
  Process process_;
};

/// How often `word` stands in `text`.
[[nodiscard]] std::size_t count_of(std::string_view word, std::string_view text);

}  // namespace dcm::test
