// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "app/plan.hpp"
#include "cli/run.hpp"
#include "net/peer.hpp"

/// What `get` and `move` do before anything is fetched.
namespace dcm::cli {

/// Asks the server what there is, with a progress line. Fails as app::make_plan does.
Result<app::Plan> make_plan(const net::Peer& peer, const app::Criteria& criteria,
                            const World& world);

/// Tells what was left out and, in one line that begins with `purpose`, what is about to come.
void tell_plan(const app::Plan& plan, std::string_view purpose, const World& world);

}  // namespace dcm::cli
