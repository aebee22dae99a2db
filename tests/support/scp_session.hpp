// SPDX-License-Identifier: MIT
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dimse.h>

#include <atomic>
#include <mutex>

#include "support/scripted_scp.hpp"

namespace dcm::test {

/// What all associations of a ScriptedScp share; outlives them.
struct ScpState {
  ObjectCatalog catalog;
  Script script;
  std::vector<ObjectCatalog::Object> unasked = {};
  std::atomic<int> endings_left{0};
  mutable std::mutex mutex = {};
  ScpRecords records = {};  ///< under `mutex`
};

/// One association of a ScriptedScp, from A-ASSOCIATE-RQ to its end.
class ScpSession {
 public:
  /// Borrows all; the association, with its socket, is destroyed by the caller after run().
  ScpSession(ScpState& state, T_ASC_Association& association, int socket)
      : state_(state), script_(state.script), association_(association), socket_(socket) {}

  /// Negotiates and serves until the association is over, in whatever way.
  void run();

 private:
  struct GetProgress {
    std::uint16_t remaining = 0, completed = 0, failed = 0, warning = 0;
    std::vector<std::string> failed_instances;
    bool cancelled = false;
  };

  // All of these return false when the association is over.
  bool negotiate();
  bool serve_next();
  bool echo(T_ASC_PresentationContextID context, const T_DIMSE_C_EchoRQ& request);
  bool find(T_ASC_PresentationContextID context, const T_DIMSE_C_FindRQ& request);
  bool get(T_ASC_PresentationContextID context, const T_DIMSE_C_GetRQ& request);
  bool send_object(const ObjectCatalog::Object& object, const Script::Twist& twist,
                   std::optional<std::size_t> number, GetProgress& progress);
  bool send_store(T_ASC_PresentationContextID context, const DataSet& command,
                  const std::string& data_set, std::optional<std::size_t> number);
  bool receive_store_response(const std::string& sop_instance, GetProgress& progress);
  bool send_get_response(T_ASC_PresentationContextID context, const T_DIMSE_C_GetRQ& request,
                         std::uint16_t status, const Script::Counters& counters,
                         const std::vector<std::string>& failed_instances);
  bool send_get_end(T_ASC_PresentationContextID context, const T_DIMSE_C_GetRQ& request,
                    const GetProgress& progress);
  bool send_command(T_ASC_PresentationContextID context, const DataSet& command);
  bool send(T_ASC_PresentationContextID context, DUL_DATAPDV type, std::string_view bytes,
            bool is_whole);
  bool receive_keys(Keys& keys);
  /// Breaks off if the script says so here.
  bool survives(Script::Moment moment, std::optional<std::size_t> object = {});

  void record_request();
  void accept_contexts();
  [[nodiscard]] std::string choose_transfer_syntax(const T_ASC_PresentationContext& context) const;
  [[nodiscard]] bool refused(const std::string& abstract_syntax) const;
  [[nodiscard]] std::optional<T_ASC_PresentationContextID> context_for(
      const ObjectCatalog::Object& object) const;
  [[nodiscard]] Encoding encoding_of(T_ASC_PresentationContextID context) const;

  ScpState& state_;
  const Script& script_;
  T_ASC_Association& association_;
  int socket_;
  std::uint16_t next_message_id_ = 1;
};

}  // namespace dcm::test
