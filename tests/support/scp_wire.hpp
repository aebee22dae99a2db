// SPDX-License-Identifier: MIT
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dcmlayer.h>
#include <dcmtk/dcmnet/dimse.h>

#include <atomic>
#include <mutex>

#include "support/scripted_scp.hpp"

namespace dcm::test {

/// dcmnet's plain connections, but it tells their sockets, which dcmnet keeps to itself.
class TellingLayer : public DcmTransportLayer {
 public:
  DcmTransportConnection* createConnection(DcmNativeSocketType socket, OFBool) override;
  [[nodiscard]] int latest() const { return latest_; }

 private:
  int latest_ = -1;
};

/// Sockets in use, which another thread can shut down.
class OpenSockets {
 public:
  void insert(int socket);
  void erase(int socket);  ///< before it is closed
  void shut_down_all();    ///< those to come too

 private:
  std::mutex mutex_;
  std::set<int> sockets_;
  bool over_ = false;
};

/// What all associations of a ScriptedScp share; outlives them.
struct ScpState {
  ObjectCatalog catalog;
  Script script;
  std::vector<ObjectCatalog::Object> unasked = {};
  std::atomic<int> endings_left{0}, rejections_left{0}, busy_left{0};
  OpenSockets sockets = {};
  mutable std::mutex mutex = {};
  ScpRecords records = {};                      ///< under `mutex`
  int open_associations = 0;                    ///< under `mutex`
  std::map<std::size_t, int> twists_used = {};  ///< under `mutex`
};

inline constexpr std::uint16_t kDataSetPresent = 0x0001, kNoDataSet = 0x0101;

/// One association of a ScriptedScp, to it or from it, as what goes over it.
class ScpWire {
 public:
  /// Borrows all.
  ScpWire(ScpState& state, T_ASC_Association& association, int socket)
      : state_(state), association_(association), socket_(socket) {}

  [[nodiscard]] ScpState& state() const { return state_; }
  [[nodiscard]] const Script& script() const { return state_.script; }
  [[nodiscard]] T_ASC_Association& association() const { return association_; }
  [[nodiscard]] Encoding encoding_of(T_ASC_PresentationContextID context) const;

  // All of these return false when the association is over.
  bool send_command(T_ASC_PresentationContextID context, const DataSet& command);
  bool send_data_set(T_ASC_PresentationContextID context, const DataSet& data_set);
  /// The bytes as they are; breaks off within them if the script says so of this object.
  bool send_object(T_ASC_PresentationContextID context, std::string_view bytes,
                   std::optional<std::size_t> number);
  /// The next command. A-RELEASE-RQ is answered, as the script says, and ends the association.
  bool receive_command(T_ASC_PresentationContextID& context, T_DIMSE_Message& message);
  /// Breaks off if the script says so here.
  bool survives(Script::Moment moment, std::optional<std::size_t> object = {});

 private:
  bool send(T_ASC_PresentationContextID context, DUL_DATAPDV type, std::string_view bytes,
            bool is_whole);

  ScpState& state_;
  T_ASC_Association& association_;
  int socket_;
};

}  // namespace dcm::test
