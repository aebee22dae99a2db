// SPDX-License-Identifier: MIT
#include "net/storage_scp.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "net/dimse.hpp"
#include "net/listener.hpp"
#include "net/peer_probe.hpp"
#include "net/storage_offer.hpp"
#include "net/store_receiver.hpp"

namespace dcm::net {
namespace {

using namespace std::chrono_literals;
using Clock = Connection::Clock;

constexpr auto kFarewellWithin = 1s;
constexpr auto kPauseWithoutDescriptors = 50ms;
/// Less is no limit that any implementation has, but would make DCMTK cut answers into crumbs.
constexpr std::uint32_t kSmallestPdu = 1024;
constexpr std::string_view kDicomApplicationContext = "1.2.840.10008.3.1.1.1";

/// What an AE title may consist of (PS3.5 6.2).
bool is_printable(std::string_view title) {
  return std::all_of(title.begin(), title.end(),
                     [](char each) { return each >= ' ' && each <= '~' && each != '\\'; });
}

/// The A-ASSOCIATE-RQ that `connection` must begin with, kept no faster than it arrives.
Result<AssociationRequest> receive_association_request(Connection& connection,
                                                       Clock::time_point latest) {
  constexpr std::size_t kHeader = 6;
  constexpr std::size_t kPiece = 16384;
  std::vector<std::byte> bytes;
  const auto read_up_to = [&](std::size_t size) -> Result<void> {
    while (bytes.size() < size) {
      const auto from = bytes.size();
      bytes.resize(std::min(size, from + kPiece));
      DCM_TRY(const auto count, connection.read(std::span(bytes).subspan(from), latest));
      bytes.resize(from + count);
    }
    return {};
  };
  DCM_CHECK(read_up_to(kHeader));
  const auto length = load<std::uint32_t>(bytes.data() + 2, std::endian::big);
  if (bytes[0] != std::byte{1} || length > AssociationRequest::kMaxBytes) {
    return fail(Errc::protocol);
  }
  DCM_CHECK(read_up_to(kHeader + length));
  return AssociationRequest::parse(Bytes(bytes).subspan(kHeader));
}

/// Whether it was TLS that came instead of a request.
Error why_no_request(Bytes first_bytes) {
  const auto kind = kind_of(first_bytes);
  if (kind != PeerKind::tls) return {.code = Errc::protocol};
  return {.code = Errc::not_dicom, .detail = static_cast<std::uint32_t>(kind)};
}

Error as_error(Rejection rejection) {
  return {.code = Errc::association_rejected,
          .detail = static_cast<std::uint32_t>(rejection.result << 16 | rejection.source << 8 |
                                               rejection.reason)};
}

/// Takes what comes on an association until the peer is done with it.
Result<void> serve(Association& association, ObjectSink& sink, std::chrono::seconds patience) {
  auto& wire = association.wire();
  for (;;) {
    wire.connection.expect_answer(patience);
    DCM_TRY(const auto request, receive_request(wire));
    if (!request) {
      association.acknowledge_release();
      return {};
    }
    if (request->field() == command::kStore) {
      DCM_CHECK(receive_object(wire, *request, sink));
    } else {
      DCM_CHECK(answer_stray_request(wire, *request));
    }
  }
}

/// Who may come in, hosts by their addresses.
class GuestList {
 public:
  static Result<GuestList> make(const std::vector<ExpectedCaller>& expected) {
    if (expected.empty()) return fail(Errc::bad_value);
    GuestList list;
    for (const auto& each : expected) {
      if (each.ae_title.empty() && each.host.empty()) return fail(Errc::bad_value);
      Entry entry{each.ae_title, {}};
      if (!each.host.empty()) {
        DCM_TRY(entry.hosts, addresses_of(each.host));
      }
      list.entries_.push_back(std::move(entry));
    }
    return list;
  }

  [[nodiscard]] bool contains(const Caller& caller) const {
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
      const auto& hosts = entry.hosts;
      return (entry.ae_title.empty() || entry.ae_title == caller.ae_title) &&
             (hosts.empty() || std::find(hosts.begin(), hosts.end(), caller.host) != hosts.end());
    });
  }

 private:
  struct Entry {
    std::string ae_title;
    std::vector<std::string> hosts;
  };
  std::vector<Entry> entries_;
};

}  // namespace

/// Opens the door, has a thread for each guest, and sees the last one out.
class StorageScp::Reception {
 public:
  Reception(StorageScpSettings settings, SinkFactory make_sink, Listener listener, GuestList list,
            const StopSource& stop)
      : settings_(std::move(settings)),
        make_sink_(std::move(make_sink)),
        listener_(std::move(listener)),
        list_(std::move(list)),
        stop_(stop),
        departure_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        porter_([this] { keep_the_door(); }) {}

  ~Reception() { close(); }

  [[nodiscard]] std::uint16_t port() const noexcept { return listener_.port(); }

  [[nodiscard]] std::size_t associations() const {
    const std::lock_guard lock(mutex_);
    return associations_;
  }

  void close() noexcept {
    closing_.request();
    if (porter_.joinable()) porter_.join();
  }

 private:
  /// One connection and the thread that serves it.
  struct Guest {
    StopSource leave;
    std::thread thread;
    std::string host;
    bool associated = false;
  };

  void keep_the_door();
  void admit(Listener::Arrival arrival);
  void make_room(std::unique_lock<std::mutex>& lock, std::size_t places);
  void see_out_departed();
  void see_out_everybody();

  void attend(Guest& guest, Listener::Arrival& arrival) noexcept;
  Result<void> receive(Guest& guest, Connection connection, Caller& caller);
  [[nodiscard]] std::optional<Rejection> objection(const AssociationRequest& request,
                                                   const Caller& caller) const;
  [[nodiscard]] bool take_place(Guest& guest);
  [[nodiscard]] std::size_t associations_of(const std::string& host) const;

  const StorageScpSettings settings_;
  const SinkFactory make_sink_;
  Listener listener_;
  const GuestList list_;
  const StopSource& stop_;
  StopSource closing_;
  Fd departure_;  ///< readable when somebody has left

  mutable std::mutex mutex_;
  std::condition_variable left_;
  std::list<Guest> guests_;    ///< the oldest first
  std::list<Guest> departed_;  ///< whose threads are to be joined
  std::size_t associations_ = 0;

  std::thread porter_;
};

void StorageScp::Reception::keep_the_door() {
  for (;;) {
    std::array<pollfd, 4> fds{
        pollfd{listener_.wait_fd(), POLLIN, 0}, pollfd{departure_.get(), POLLIN, 0},
        pollfd{stop_.wait_fd(), POLLIN, 0}, pollfd{closing_.wait_fd(), POLLIN, 0}};
    ::poll(fds.data(), fds.size(), -1);
    if (stop_.requested() || closing_.requested()) break;
    see_out_departed();
    if (fds[0].revents == 0) continue;
    auto arrival = listener_.accept();
    if (arrival) {
      admit(std::move(*arrival));
    } else if (arrival.error().detail != EAGAIN && arrival.error().detail != ECONNABORTED) {
      // Without descriptors the peer stays in the kernel's queue until somebody has left.
      std::unique_lock lock(mutex_);
      make_room(lock, guests_.size() - associations_);
      left_.wait_for(lock, kPauseWithoutDescriptors);
    }
  }
  listener_.close();
  see_out_everybody();
}

void StorageScp::Reception::admit(Listener::Arrival arrival) {
  std::unique_lock lock(mutex_);
  make_room(lock, settings_.max_unassociated);
  auto& guest = guests_.emplace_back();
  if (guest.leave.wait_fd() < 0) return guests_.pop_back();  // could not be sent away
  guest.host = arrival.host;
  try {
    guest.thread = std::thread(
        [this, &guest, arrival = std::move(arrival)]() mutable { attend(guest, arrival); });
  } catch (const std::system_error&) {
    guests_.pop_back();
  }
}

/// Sends the oldest of those without an association away until there are fewer than `places`.
void StorageScp::Reception::make_room(std::unique_lock<std::mutex>& lock, std::size_t places) {
  const auto unassociated = [&] { return guests_.size() - associations_; };
  while (unassociated() > 0 && unassociated() >= places) {
    const auto oldest = std::find_if(guests_.begin(), guests_.end(),
                                     [](const Guest& guest) { return !guest.associated; });
    oldest->leave.request();
    const auto before = unassociated();
    left_.wait(lock, [&] { return unassociated() < before; });
  }
}

void StorageScp::Reception::see_out_departed() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto ignored = ::read(departure_.get(), &count, sizeof count);
  std::list<Guest> departed;
  {
    const std::lock_guard lock(mutex_);
    departed.swap(departed_);
  }
  for (auto& guest : departed) guest.thread.join();
}

void StorageScp::Reception::see_out_everybody() {
  {
    std::unique_lock lock(mutex_);
    for (auto& guest : guests_) guest.leave.request();
    left_.wait(lock, [&] { return guests_.empty(); });
  }
  see_out_departed();
}

/// The life of a guest's thread.
void StorageScp::Reception::attend(Guest& guest, Listener::Arrival& arrival) noexcept {
  try {
    Caller caller{{}, std::move(arrival.host)};
    const auto received = receive(
        guest, Connection::adopt(std::move(arrival.socket), settings_.idle_timeout, guest.leave),
        caller);
    if (!received && !guest.associated && settings_.on_turned_away) {
      settings_.on_turned_away(caller, received.error());
    }
  } catch (const std::exception&) {
    // Out of memory, most likely: this connection is lost, the others are not.
  }
  const std::lock_guard lock(mutex_);
  if (guest.associated) --associations_;
  const auto self = std::find_if(guests_.begin(), guests_.end(),
                                 [&](const Guest& each) { return &each == &guest; });
  departed_.splice(departed_.end(), guests_, self);
  left_.notify_all();
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto ignored = ::write(departure_.get(), &one, sizeof one);
}

/// Everything from the first byte to the last. Fails with why there was no association, or how it
/// ended.
Result<void> StorageScp::Reception::receive(Guest& guest, Connection connection, Caller& caller) {
  const auto say_and_leave = [&](const ShortPdu& pdu, const Error& error) {
    connection.finish_within(kFarewellWithin);
    if (connection.write(pdu)) connection.drain();
    return fail(error);
  };
  const auto latest = Clock::now() + settings_.association_timeout;
  if (settings_.tls) {
    if (const auto secured = connection.secure_called(*settings_.tls, latest); !secured) {
      connection.leave(kFarewellWithin);
      return secured;
    }
  }
  const auto request = receive_association_request(connection, latest);
  if (!request) {
    if (request.error().code != Errc::protocol) return fail(request.error());
    return say_and_leave(encode_protocol_abort(), why_no_request(connection.first_bytes()));
  }
  if (is_printable(request->calling_aet)) caller.ae_title = request->calling_aet;
  auto rejection = objection(*request, caller);
  if (!rejection && !take_place(guest)) rejection = kTemporaryCongestion;
  if (rejection) return say_and_leave(encode_rejection(*rejection), as_error(*rejection));

  std::vector<ContextAnswer> answers;
  for (const auto& context : request->contexts) answers.push_back(answer_storage_offer(context));
  const Peer peer{.host = caller.host,
                  .port = 0,
                  .called_aet = settings_.ae_title,
                  .calling_aet = caller.ae_title,
                  .idle_timeout = settings_.idle_timeout};
  DCM_TRY(auto association, Association::accept(peer, std::move(connection), *request, answers));
  const auto sink = make_sink_(caller);
  return serve(association, *sink, settings_.request_timeout);
}

std::optional<Rejection> StorageScp::Reception::objection(const AssociationRequest& request,
                                                          const Caller& caller) const {
  if ((request.protocol_version & 1) == 0) return kProtocolVersionNotSupported;
  if (request.application_context != kDicomApplicationContext) {
    return kApplicationContextNotSupported;
  }
  if (request.called_aet != settings_.ae_title) return kCalledAetNotRecognized;
  if (caller.ae_title.empty() || !list_.contains(caller)) return kCallingAetNotRecognized;
  if (request.max_pdu != 0 && request.max_pdu < kSmallestPdu) return kNoReasonGiven;
  return std::nullopt;
}

std::size_t StorageScp::Reception::associations_of(const std::string& host) const {
  return static_cast<std::size_t>(
      std::count_if(guests_.begin(), guests_.end(),
                    [&](const Guest& guest) { return guest.associated && guest.host == host; }));
}

/// From a connection to an association, if there is a place for one.
bool StorageScp::Reception::take_place(Guest& guest) {
  const std::lock_guard lock(mutex_);
  if (associations_ >= settings_.max_associations) return false;
  if (associations_of(guest.host) >= settings_.max_associations_of_host) return false;
  ++associations_;
  guest.associated = true;
  left_.notify_all();
  return true;
}

Result<std::unique_ptr<StorageScp>> StorageScp::open(StorageScpSettings settings,
                                                     SinkFactory make_sink,
                                                     const StopSource& stop) {
  if (settings.tls && !settings.tls->has_certificate()) return fail(Errc::bad_value);
  DCM_TRY(auto list, GuestList::make(settings.expected));
  DCM_TRY(auto listener, Listener::open(settings.address, settings.port));
  return std::unique_ptr<StorageScp>(new StorageScp(std::make_unique<Reception>(
      std::move(settings), std::move(make_sink), std::move(listener), std::move(list), stop)));
}

StorageScp::StorageScp(std::unique_ptr<Reception> reception) noexcept
    : reception_(std::move(reception)) {}

StorageScp::~StorageScp() = default;

std::uint16_t StorageScp::port() const noexcept { return reception_->port(); }

std::size_t StorageScp::associations() const { return reception_->associations(); }

void StorageScp::close() noexcept { reception_->close(); }

}  // namespace dcm::net
