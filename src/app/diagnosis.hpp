// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/inbound.hpp"
#include "base/error.hpp"
#include "base/stop.hpp"
#include "net/peer.hpp"
#include "net/query.hpp"
#include "net/storage_scp.hpp"

namespace dcm::app {

/// What may be tried on a server besides questions.
struct Examination {
  /// A study one object of which is fetched, and dropped as it arrives; empty: none is.
  std::string study_instance_uid;
  /// Where C-MOVE is to send that object: the port that the server knows for our AE title; 0:
  /// C-MOVE is not tried.
  std::uint16_t receive_port = 0;
  Inbound inbound = Inbound::as_asked;
  std::vector<std::string> receive_from = {};  ///< hosts that may send besides the server
};

/// What was found out about a server. Nothing of it comes from a patient: counts, names of classes
/// and syntaxes, and the character sets that answers declare. What came after the first failure to
/// connect is not there.
struct Diagnosis {
  /// Something that was tried: it worked if `error` is ok.
  struct Trial {
    Error error{};
    bool tried = false;
    [[nodiscard]] bool worked() const noexcept { return tried && error.code == Errc::ok; }
  };

  /// Which services of a Query/Retrieve model the server accepts.
  struct Model {
    bool find = false, get = false, move = false;
  };

  /// The storage classes, proposed as C-GET needs them: the server is to send.
  struct Storage {
    Trial asked;
    std::size_t proposed = 0, accepted = 0, with_role = 0;
    std::vector<std::string_view> refused;  ///< keywords of PS3.6
  };

  /// The transfer syntaxes, each proposed alone for one image class.
  struct Syntaxes {
    Trial asked;
    std::string_view image_class;  ///< keyword
    std::vector<std::string_view> accepted, refused;
  };

  /// A C-FIND for one answer.
  struct Lookup : Trial {
    bool answered = false;  ///< with at least one match
  };

  /// One object on its way to us.
  struct Delivery : Trial {
    std::uint64_t received = 0;
    std::string_view transfer_syntax;  ///< keyword; empty while unknown
    net::Caller stranger = {};         ///< who called us last and was turned away for `refusal`
    Error refusal = {};                ///< ok where nobody was
  };

  Trial association;
  std::chrono::milliseconds association_took{};
  Trial echo;
  Model study_root, patient_root;
  Storage storage;
  Syntaxes syntaxes;
  Lookup study, series, image;
  std::vector<std::string> character_sets;  ///< (0008,0005) of the study's answer; may be empty
  bool study_named = false;                 ///< by the examination, which so asks for a delivery
  bool would_be_plain = false;              ///< there is no C-MOVE, as inbound_tls() fails
  Delivery get, move;

  [[nodiscard]] bool finds() const noexcept { return study_root.find || patient_root.find; }
  [[nodiscard]] bool gets() const noexcept { return study_root.get || patient_root.get; }
  [[nodiscard]] bool moves() const noexcept { return study_root.move || patient_root.move; }
};

/// How many days back a study is looked for where none was named.
inline constexpr int kRecentDays = 30;

/// Asks a server what it can do: associations with everything proposed, C-ECHO, and one C-FIND at
/// each level that ends at its first answer, for the study named or else one of the last
/// kRecentDays days. Objects are fetched only as `examination` says. A stop request ends it with
/// `interrupted` in what was under way.
[[nodiscard]] Diagnosis diagnose(const net::Peer& peer, const Examination& examination,
                                 const StopSource& stop);

}  // namespace dcm::app
