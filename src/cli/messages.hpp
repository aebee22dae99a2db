// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "base/error.hpp"
#include "base/result.hpp"
#include "cli/exit_code.hpp"
#include "cli/origin.hpp"

namespace dcm::cli {

/// Why a command cannot go on, in words, and how the program then ends. Holds nothing that came
/// from a server and no value that may name a patient.
struct Failure {
  ExitCode exit = ExitCode::usage;
  std::string what;  ///< what was done or looked at
  std::string why;
  std::string hint;  ///< what the person can do now; may be empty
};

/// A value or the words why there is none: the Result of this layer, which alone makes words.
template <typename T>
class [[nodiscard]] Checked : public tl::expected<T, Failure> {
 public:
  using tl::expected<T, Failure>::expected;
};

/// The failing half of a Checked for what the person at the keyboard mends (exit 1).
[[nodiscard]] inline tl::unexpected<Failure> refuse(std::string what, std::string why,
                                                    std::string hint = {}) {
  return tl::unexpected<Failure>(
      Failure{ExitCode::usage, std::move(what), std::move(why), std::move(hint)});
}

/// What was going on when an Error came up.
enum class Operation : std::uint8_t {
  echo,
  find,
  get,
  receive,  ///< C-MOVE to ourselves
  move,     ///< C-MOVE to others
  store,
  key
};

/// Where an Error came up: the place that the error itself does not hold.
struct Place {
  Operation operation;
  const Addressee* peer = nullptr;  ///< for echo, find, get, receive and move
  std::string_view folder = {};     ///< for store: the output folder; for key: the key file
  std::uint16_t receive_port = 0;   ///< for receive
  bool reached = false;             ///< for receive: the server has connected to us
};

/// An Error in words, with the one hint that fits; it names what the person wrote, option or key of
/// the configuration file. `error.code` must not be ok.
[[nodiscard]] Failure explain(const Error& error, const Place& place);

/// `dicom-client: error: <what>: <why>`, and below it `hint: <hint>`; each line ends with a line
/// feed, and nothing in it can move a terminal's cursor.
[[nodiscard]] std::string error_text(const Failure& failure);

/// `dicom-client: warning: <words>` as a line.
[[nodiscard]] std::string warning_text(std::string_view words);

/// A status of C-ECHO, C-FIND, C-GET or C-MOVE in words, the number last: `out of resources (A700)`
/// (PS3.7 Annex C, PS3.4 C.4).
[[nodiscard]] std::string status_words(std::uint16_t status);

/// Why an object was refused or an association ended, in words without a place.
[[nodiscard]] std::string reason_words(const Error& error);

/// What is told of somebody at the address `host` who wanted to send to us and was turned away:
/// why, and what to do if it is the server.
[[nodiscard]] std::string turned_away_words(const std::string& host, const Error& error);

/// The name of a code for machines, as the enumerator is spelled.
[[nodiscard]] std::string_view code_name(Errc code) noexcept;

/// `PACS at 127.0.0.1:104`.
[[nodiscard]] std::string name_of(const net::Peer& peer);

/// `1,042`.
[[nodiscard]] std::string grouped(std::uint64_t number);

/// `1 study`, `1,042 studies`.
[[nodiscard]] std::string quantity(std::uint64_t number, std::string_view one,
                                   std::string_view many);

/// `526.0 MB`, in powers of ten.
[[nodiscard]] std::string size_words(double bytes);

/// The name that `typed` was probably meant to be, case aside; empty if none is near.
[[nodiscard]] std::string_view nearest(std::string_view typed,
                                       std::span<const std::string_view> names);

/// "did you mean `near`?", or `otherwise` where nothing is near.
[[nodiscard]] std::string did_you_mean(std::string_view near, std::string otherwise);

}  // namespace dcm::cli

namespace dcm {

/// Lets DCM_TRY and DCM_CHECK pass a Failure on.
[[nodiscard]] inline tl::unexpected<cli::Failure> fail(cli::Failure failure) {
  return tl::unexpected<cli::Failure>(std::move(failure));
}

}  // namespace dcm
