// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "net/peer.hpp"

namespace dcm::cli {

/// Where the settings of a server were written: as options, or in its entry of the configuration
/// file but for what was typed all the same.
struct Origin {
  std::string file = {};                          ///< empty: there is no entry, all was typed
  std::string entry = {};                         ///< its name in `servers`
  std::set<std::string, std::less<>> typed = {};  ///< long options with their dashes
};

/// A server to speak to, and where that was written.
struct Addressee : net::Peer {
  Origin origin = {};
};

/// The place in the configuration file as messages tell it: `server archive in FILE`.
[[nodiscard]] std::string entry_words(const Origin& origin);

/// Words that name options, with those options replaced by keys of the entry whose values came from
/// there: "check --port" becomes "check `port` (server archive in FILE)".
[[nodiscard]] std::string as_written(std::string_view words, const Origin& origin);

}  // namespace dcm::cli
