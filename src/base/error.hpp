// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace dcm {

/// Everything that can go wrong, grouped by what the caller does about it. An error is a code and a
/// place; the words for people are made in cli/messages, which knows host, titles and paths. The
/// numbers of bad objects stand in ledgers: a new code goes to the end of its group.
enum class Errc : std::uint16_t {
  ok,

  // usage: the person at the keyboard mends it (exit 1)
  bad_value = 1,  ///< an option, criterion or configuration value that cannot be meant
  tree_mismatch,  ///< the output tree belongs to another profile
  tree_locked,    ///< another live process writes into the output tree
  key_exposed,    ///< others can read the key file, or it is not ours

  // bad object: drop this one, go on (exit 6)
  truncated = 100,     ///< the bytes end inside an element
  bad_vr,              ///< explicit VR that is not two capital letters (PS3.5 7.1.2)
  bad_length,          ///< a length that its VR or its enclosing item cannot have
  too_deep,            ///< more than ElementReader::kMaxDepth nested sequences and items
  misplaced_item,      ///< an item or delimiter where none may stand (PS3.5 7.5)
  bad_deflate,         ///< a deflated stream that zlib cannot read (PS3.5 A.5)
  inflate_limit,       ///< a deflated stream that grows beyond the cap
  header_limit,        ///< more header than HeaderTape::kMaxBytes
  bad_file_meta,       ///< no DICM prefix or no usable file meta group (PS3.10 7.1)
  unsupported_syntax,  ///< a transfer syntax whose data set encoding is not known
  missing_uid,         ///< no SOP, series or study instance UID where one must be
  uid_mismatch,        ///< the data set contradicts the C-STORE command, or nobody asked for it
  burned_in,           ///< the pixels are said to show the patient's identity (PS3.3 C.7.6.1.1.5)
  no_pseudonym,        ///< a patient whom the given pseudonyms do not name

  // local fatal: stop (exit 5)
  io = 200,  ///< detail is errno
  ledger,    ///< the record of what was expected cannot be used; detail is SQLite's code

  // peer: unreachable, refused or broken (exit 4 when nothing was stored)
  unknown_host = 300,
  connect_failed,         ///< detail is errno, ETIMEDOUT included
  no_tls,                 ///< TLS is wanted, and the peer does not speak it
  no_common_tls,          ///< no protocol version (TLS 1.2, 1.3) or cipher suite that both allow
  certificate_untrusted,  ///< the peer's leads to none that we trust (an X509_V_ERR), or 0: none
  certificate_expired,    ///< the peer's is no longer valid, or not yet (detail 1)
  certificate_name,       ///< the peer's is for another name, or (detail 1) names nobody
  client_certificate,     ///< the peer wants one of us, or another; detail is a TLS alert
  tls_failed,             ///< TLS broke down; detail is a reason of OpenSSL
  association_rejected,   ///< detail is result << 16 | source << 8 | reason (PS3.8 9.3.4)
  user_not_confirmed,     ///< the peer does not say that it knows the user
  association_aborted,    ///< A-ABORT from the peer
  disconnected,           ///< the connection ended without a release
  timed_out,              ///< no progress before the deadline
  not_dicom,              ///< the peer speaks something else; detail is a PeerKind
  context_refused,        ///< no accepted presentation context for what was asked
  dimse_status,           ///< a final failure status; detail is the status (PS3.7 Annex C)
  protocol,               ///< the peer broke DIMSE or the upper layer protocol

  interrupted = 400,  ///< Ctrl-C (exit 130)
  internal,           ///< a broken invariant (exit 7)
};

/// What a peer that is not a plain DICOM server turned out to be (detail of Errc::not_dicom).
enum class PeerKind : std::uint32_t { unknown, http, tls };

/// Where and why. Holds no text, so it cannot hold a patient's name. Trivially copyable, 24 bytes.
struct Error {
  Errc code = Errc::ok;
  std::uint32_t detail = 0;  ///< meaning depends on `code`
  std::uint32_t tag = 0;     ///< gggg << 16 | eeee of the element at fault, or 0
  std::uint64_t offset = 0;  ///< byte position in the data set, or 0

  friend bool operator==(const Error&, const Error&) = default;
};

/// The reaction classes of Errc.
enum class ErrorClass : std::uint8_t { usage, bad_object, local, peer, interrupted, internal };

/// The class that `code` belongs to.
[[nodiscard]] ErrorClass classify(Errc code) noexcept;

}  // namespace dcm
