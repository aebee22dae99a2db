// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/stop.hpp"
#include "dicom/object_sink.hpp"
#include "net/tls_settings.hpp"

namespace dcm::net {

/// Who is at the other end of an inbound connection. The title is peer text: never a path.
struct Caller {
  std::string ae_title;  ///< printable ASCII without blanks around it
  std::string host;      ///< its address in numbers
};

/// Whom to let in. Both members count; an empty one goes with any, but not both may be empty.
struct ExpectedCaller {
  std::string ae_title;
  std::string host;  ///< name or address
};

struct StorageScpSettings {
  std::string address;                   ///< of this machine to listen on; empty: all
  std::uint16_t port = 0;                ///< 0: any free one
  std::string ae_title;                  ///< ours, by which we must be called
  std::vector<ExpectedCaller> expected;  ///< nobody else is let in
  std::size_t max_associations = 96;
  std::size_t max_associations_of_host = 64;  ///< of one address, so that others find a place
  std::size_t max_unassociated = 128;  ///< connections that have not asked for an association yet
  std::chrono::milliseconds association_timeout{16'000};  ///< to the end of A-ASSOCIATE-RQ
  std::chrono::seconds idle_timeout{60};                  ///< between two bytes; 1 KiB/s in a PDU
  std::chrono::seconds request_timeout{600};              ///< between two requests (archives)

  /// Which TLS callers must speak, with a certificate that leads to an authority of its; their
  /// names in it are not compared, as `expected` tells who they are. It must have a certificate to
  /// show. None: in the clear.
  std::optional<TlsSettings> tls = {};

  /// Told of each connection that came to nothing, from any thread: association_rejected as in
  /// error.hpp, protocol, timed_out, disconnected, interrupted (gave way to a newer one); not_dicom
  /// for TLS where there is none; where there is, as TlsSession fails. The title is empty when none
  /// was told. May be null.
  std::function<void(const Caller&, const Error&)> on_turned_away = {};
};

/// Makes the sink of one association, on the thread that will use it; several at once.
using SinkFactory = std::function<std::unique_ptr<ObjectSink>(const Caller&)>;

/// A storage SCP (PS3.4 B, PS3.8 9.2) for C-MOVE to ourselves. Takes objects of every storage class
/// in every transfer syntax that can be read, on many associations at once, each with a sink of its
/// own, before and after the final response of any C-MOVE; answers C-ECHO. Data sets are streamed
/// as receive_object() does.
///
/// Strangers cannot starve those who are expected: a connection takes the place of an association
/// only once its whole A-ASSOCIATE-RQ is there and good, within a fixed time and size; before that
/// the oldest gives way to the newest. What is refused is refused in the words of PS3.8 9.3.4:
/// called or calling AE title not recognized, temporary congestion when all places are taken, or
/// all that one host may have.
class StorageScp {
 public:
  /// Listens from now on. `stop` ends it as close() does and must outlive it. Fails with bad_value
  /// (nobody is expected, or anybody; TLS without a certificate), unknown_host, or io (errno) for
  /// the port.
  static Result<std::unique_ptr<StorageScp>> open(StorageScpSettings settings,
                                                  SinkFactory make_sink, const StopSource& stop);
  StorageScp(const StorageScp&) = delete;
  StorageScp& operator=(const StorageScp&) = delete;
  ~StorageScp();

  [[nodiscard]] std::uint16_t port() const noexcept;

  /// Associations at this moment.
  [[nodiscard]] std::size_t associations() const;

  /// Listens no longer, ends every association, abandons what is half received, and returns when
  /// no thread, descriptor or sink is left. Safe to call twice.
  void close() noexcept;

 private:
  class Reception;
  explicit StorageScp(std::unique_ptr<Reception> reception) noexcept;
  std::unique_ptr<Reception> reception_;
};

}  // namespace dcm::net
