// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "app/object_filer.hpp"
#include "app/series_index.hpp"
#include "base/result.hpp"
#include "base/stop.hpp"
#include "net/storage_scp.hpp"

namespace dcm::app {

/// The registered port `dicom` (PS3.8 9.1.1).
inline constexpr std::uint16_t kUsualReceivePort = 11112;

/// Where the objects of C-MOVE requests arrive: a storage SCP that listens from the first request
/// on, and files what the plan asks for. Safe for many threads.
class Reception {
 public:
  using OnTurnedAway = std::function<void(const net::Caller&, const Error&)>;

  /// All outlive it, also what they hold. Port 0 is kUsualReceivePort. `on_turned_away` is called
  /// as net::StorageScpSettings tells.
  Reception(const FilingContext& context, net::StorageScpSettings settings,
            OnTurnedAway on_turned_away, const StopSource& stop);

  /// Listens, if it does not yet. Fails as StorageScp::open(), each time the same.
  Result<void> open();

  /// Whether anybody who is expected had an association with us.
  [[nodiscard]] bool reached() const noexcept { return reached_; }

  /// Listens no longer; what is half there is abandoned.
  void close() noexcept;

 private:
  const FilingContext& context_;
  const net::StorageScpSettings settings_;
  const StopSource& stop_;
  const SeriesIndex index_;
  std::atomic<bool> reached_{false};
  std::mutex mutex_;  ///< guards what follows
  std::unique_ptr<net::StorageScp> scp_;
  Error failure_;
};

}  // namespace dcm::app
