// SPDX-License-Identifier: MIT
#include "app/reception.hpp"

#include <utility>

namespace dcm::app {
namespace {

net::StorageScpSettings listening(net::StorageScpSettings settings,
                                  Reception::OnTurnedAway on_turned_away) {
  if (settings.port == 0) settings.port = kUsualReceivePort;
  settings.on_turned_away = std::move(on_turned_away);
  return settings;
}

}  // namespace

Reception::Reception(const FilingContext& context, net::StorageScpSettings settings,
                     OnTurnedAway on_turned_away, const StopSource& stop)
    : context_(context),
      settings_(listening(std::move(settings), std::move(on_turned_away))),
      stop_(stop),
      index_(context.plan, context.project) {}

Result<void> Reception::open() {
  const std::lock_guard lock(mutex_);
  if (scp_) return {};
  if (failure_.code != Errc::ok) return fail(failure_);
  auto opened = net::StorageScp::open(
      settings_,
      [this](const net::Caller&) {
        reached_ = true;
        return std::make_unique<ObjectFiler>(context_, &index_);
      },
      stop_);
  if (!opened) {
    failure_ = opened.error();
    return fail(failure_);
  }
  scp_ = std::move(*opened);
  return {};
}

void Reception::close() noexcept {
  const std::lock_guard lock(mutex_);
  if (scp_) scp_->close();
}

}  // namespace dcm::app
