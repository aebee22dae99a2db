// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "support/address.hpp"

/// What a server sent, told by a second client, and what is to be left of it in a written file.
namespace dcm::test {

/// The attributes of what is asked for. An empty UID asks for all.
struct Wish {
  std::string study_uid, series_uid = {}, sop_uid = {};
  std::string sop_class;        ///< the only one proposed
  std::string transfer_syntax;  ///< the only one proposed
};

/// Whole files by SOP Instance UID, as `getscu +B` records them: DCMTK's class that getscu is made
/// of, in its bit-preserving mode. The program itself cannot be told to propose one syntax only:
/// in 3.6.7, `+xi` proposes explicit VR, all other options several at once. Throws on failure.
[[nodiscard]] std::map<std::string, std::string> record(const Address& server, const Wish& wish);

/// The same by the getscu program, with one of its options for storage transfer syntaxes: `+xi`,
/// `+xr` and so on. Throws on failure, of a sub-operation too.
[[nodiscard]] std::map<std::string, std::string> record_by_getscu(const Address& server,
                                                                  const Wish& wish,
                                                                  const std::string& option);

/// One retrieved object beside what the server sent.
struct Pair {
  std::string label;
  std::string written, sent;  ///< whole files of equal transfer syntax
};

/// What is wrong with a file that was to be stored as received, in words; empty if nothing is.
[[nodiscard]] std::string objection_as_received(const Pair& pair);

/// The same for `demographics`: the 20 attributes are gone at every depth, all else is there byte
/// for byte and in order, but group lengths. Lengths of sequences and items may differ.
[[nodiscard]] std::string objection_anonymized(const Pair& pair);

/// Warnings and errors of dcmdump about the written files that it does not give about the sent
/// ones. One run for all.
[[nodiscard]] std::string new_warnings(const std::vector<Pair>& pairs);

}  // namespace dcm::test
