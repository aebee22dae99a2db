// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "app/ways.hpp"
#include "base/error.hpp"

namespace dcm::app {

/// One thing that a server said or did that does not go with success, counted.
struct ServerRemark {
  enum class Kind : std::uint8_t {
    final_status,     ///< dimse_status: the last word on a request was not success
    counters_differ,  ///< detail: objects it counts as sent; offset: objects that arrived
    failures_hidden,  ///< success, and yet it counts `detail` failures
    nothing_sent,     ///< success without a single object although some were listed
    unasked_object,   ///< an object that nobody asked for; it was not kept
    no_get,           ///< it accepts no C-GET; told where not everything came
    cannot_receive,   ///< no C-MOVE, because we cannot listen: the error says why
    would_be_plain,   ///< no C-MOVE, which was needed: for want of a certificate of ours no TLS
    unreached,        ///< it never connected to us; detail: C-MOVEs for which it should have
    turned_away,      ///< what `host`, which speaks DICOM or TLS, was turned away for
    failure,          ///< what ended an association
  };
  Kind kind;
  Error error = {};
  Way::Command command = Way::Command::get;  ///< what the server was asked for it by
  std::string host = {};                     ///< of turned_away: its address in numbers

  friend bool operator==(const ServerRemark&, const ServerRemark&) = default;
};

/// The remarks on a server, counted. Safe for many threads.
class Remarks {
 public:
  using Counted = std::pair<ServerRemark, std::uint64_t>;

  /// Counts one. Of strangers that are turned away only the first few are told: who asks from more
  /// addresses learns nothing by it.
  void add(ServerRemark remark);

  /// In order of first appearance.
  [[nodiscard]] std::vector<Counted> all() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Counted> counted_;
};

}  // namespace dcm::app
