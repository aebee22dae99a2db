// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "support/dataset_builder.hpp"
#include "support/object_catalog.hpp"

/// A server that misbehaves on demand, because real ones do not.
namespace dcm::test {

/// What a ScriptedScp does other than answer honestly. Objects are numbered from 0, as they were
/// given to it, whichever association fetches them.
struct Script {
  // ---- association
  struct Rejection {
    int result = 1, source = 1, reason = 7;  ///< PS3.8 Table 9-21; called AE title not recognized
    int times = 1'000'000;                   ///< so often, then it is not rejected
  };
  enum class Contexts : std::uint8_t {
    accept,
    refuse_all,
    refuse_find,
    refuse_get,
    refuse_move,
    refuse_storage
  };
  enum class Roles : std::uint8_t { accept, refuse };

  std::optional<Rejection> reject = {};
  /// More at once are rejected for now: temporary congestion (2/3/1).
  std::optional<int> most_associations = {};
  Contexts contexts = Contexts::accept;
  std::set<std::string> refused_classes = {};            ///< abstract syntaxes
  std::set<std::string> refused_transfer_syntaxes = {};  ///< contexts of nothing else are refused
  Roles roles = Roles::accept;  ///< of role selection; without it nothing can be sent

  // ---- C-FIND
  std::uint16_t find_pending_status = 0xFF00;
  std::uint16_t find_status = 0x0000;                ///< the final one
  std::optional<std::size_t> find_stops_after = {};  ///< so many answers, then the final status
  std::optional<std::uint16_t> find_stopped_status = {};  ///< the final one where it did stop
  std::set<Tag> find_ignored_keys = {};                   ///< not compared
  std::set<Tag> find_absent_keys = {};                    ///< not returned
  /// Answers given for a level (PATIENT, STUDY, SERIES, IMAGE) whatever was asked.
  std::map<std::string, std::vector<DataSet>> find_answers = {};

  // ---- C-GET and C-MOVE
  struct Counters {
    std::optional<std::uint16_t> remaining = {}, completed = {}, failed = {}, warning = {};
  };
  enum class Sending : std::uint8_t {
    once,
    twice,
    never,  ///< counted as failed
    late    ///< counted as completed, and sent after the final response
  };
  struct Twist {
    Sending sending = Sending::once;
    std::optional<std::string> sop_instance = {};  ///< in the command, instead of the true one
    std::optional<std::string> data_set = {};      ///< instead of the true bytes
    std::optional<std::uint16_t> ends_with = {};   ///< the final response instead of the object
    int times = 1'000'000;                         ///< so often, then the object is sent honestly
  };
  /// Which context an object is sent on; it is never transcoded.
  enum class Choice : std::uint8_t {
    exact,          ///< one of its transfer syntax
    first_accepted  ///< the first of its class; another transfer syntax is as good as no context
  };
  enum class WithoutContext : std::uint8_t {
    fails_object,
    ends_retrieval  ///< by the final response, A702
  };
  struct Busy {
    int times = 1;  ///< so many retrievals, then none
    std::uint16_t status = 0x0000;
  };

  std::optional<std::uint16_t> get_status = {};  ///< the final one; else 0000, B000 or A702 as due
  std::optional<Counters> get_counters = {};  ///< in the final response; absent ones are not sent
  std::map<std::size_t, Twist> twists = {};   ///< by object
  std::vector<std::string> unasked = {};  ///< files sent after the last object of each retrieval
  Choice choice = Choice::exact;
  WithoutContext without_context = WithoutContext::fails_object;
  std::optional<Busy> busy = {};  ///< final response at once, all counters 0, nothing sent

  // ---- C-MOVE
  enum class Originator : std::uint8_t { told, absent, wrong };
  enum class Pending : std::uint8_t { after_each_object, never };

  /// Ports of 127.0.0.1 by AE title; C-MOVE to another destination ends with A801.
  std::map<std::string, std::uint16_t> destinations = {};
  std::size_t move_associations = 1;  ///< open at once to a destination, taken in turns
  std::optional<std::string> move_calling_ae_title = {};  ///< else the one that was called
  std::optional<std::string> move_called_ae_title = {};   ///< else the destination's
  Originator originator = Originator::told;  ///< (0000,1030) and (0000,1031) of C-STORE-RQ
  Pending pending = Pending::after_each_object;

  // ---- the end comes early
  enum class Break : std::uint8_t {
    abort,   ///< A-ABORT
    close,   ///< of the TCP connection
    silence  ///< not another byte, until the peer gives up
  };
  enum class Moment : std::uint8_t {
    association,          ///< instead of an answer to A-ASSOCIATE-RQ
    find_answers,         ///< before the first answer to C-FIND
    find_final_response,  ///< after the answers
    before_object,        ///< before the C-STORE-RQ of object `object`
    within_object,        ///< half its data set sent; of C-MOVE, on the association of the object
    get_final_response,   ///< after the last object
    release               ///< instead of A-RELEASE-RP
  };
  struct Ending {
    Break how = Break::abort;
    Moment when = Moment::association;
    std::size_t object = 0;
    int times = 1'000'000;  ///< so often, then the server is well again
  };
  std::optional<Ending> ending = {};
};

/// What a ScriptedScp was asked. Text is as it came, without padding.
struct ScpRecords {
  enum class Role : std::uint8_t { not_proposed, scu, scp, both };
  struct Context {
    int id = 0;
    std::string abstract_syntax;
    std::vector<std::string> transfer_syntaxes;
    Role role = Role::not_proposed;  ///< dcmnet tells it for all contexts of a class alike
  };
  struct Association {
    std::string calling_ae_title, called_ae_title;
    std::vector<Context> contexts;
  };
  struct Query {
    enum class Kind : std::uint8_t { find, get, move };
    Kind kind = Kind::find;
    std::string sop_class;
    Keys keys;
    std::string destination = {};  ///< of C-MOVE
  };
  struct Store {
    std::string sop_instance;  ///< as in the C-STORE-RQ
    std::uint16_t status = 0;  ///< of the peer's C-STORE-RSP
  };
  std::vector<Association> associations;  ///< rejected ones too
  std::vector<Query> queries;
  std::vector<Store> stores;
  int echoes = 0, cancels = 0;
  int most_at_once = 0;  ///< associations with it, rejected ones left out
  int releases = 0;      ///< A-RELEASE-RQs that are answered
};

/// A storage, query and retrieve SCP on a free port of 127.0.0.1, one thread for each association.
/// Answers C-ECHO, C-FIND, C-GET and C-MOVE (any root) honestly from its objects, but for its
/// Script. It cannot transcode: an object that fits no accepted context, or whose class lacks the
/// SCP role, is a failed sub-operation. Data sets are sent as the bytes they are. The destructor
/// ends all associations and waits for the threads.
class ScriptedScp {
 public:
  /// `files` are whole files; broken data sets belong into Script::Twist::data_set.
  explicit ScriptedScp(const std::vector<std::string>& files, Script script = {});
  ~ScriptedScp();
  ScriptedScp(const ScriptedScp&) = delete;
  ScriptedScp& operator=(const ScriptedScp&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] ScpRecords records() const;  ///< a copy of what there is so far

 private:
  class Listener;
  std::unique_ptr<Listener> listener_;
};

}  // namespace dcm::test
