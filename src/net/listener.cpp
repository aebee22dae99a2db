// SPDX-License-Identifier: MIT
#include "net/listener.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

namespace dcm::net {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Result<Addresses> resolve(const char* host, const char* service, int flags, int family) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  hints.ai_family = family;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host, service, &hints, &found) != 0) return fail(Errc::unknown_host);
  return Addresses(found);
}

Result<Fd> listen_on(const addrinfo& address) {
  Fd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail(last_io_error());
  const auto set = [&](int level, int name, int value) {
    [[maybe_unused]] const int ignored = ::setsockopt(fd.get(), level, name, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_REUSEADDR, 1);
  if (address.ai_family == AF_INET6) set(IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (::bind(fd.get(), address.ai_addr, address.ai_addrlen) != 0 ||
      ::listen(fd.get(), SOMAXCONN) != 0) {
    return fail(last_io_error());
  }
  return fd;
}

std::string in_numbers(const sockaddr* address, socklen_t size) {
  constexpr std::string_view kMapped = "::ffff:";  // RFC 4291 2.5.5.2
  std::array<char, NI_MAXHOST> text{};
  if (::getnameinfo(address, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0) {
    return {};
  }
  const std::string_view host = text.data();
  const bool mapped = host.starts_with(kMapped) && host.find('.') != std::string_view::npos;
  return std::string(mapped ? host.substr(kMapped.size()) : host);
}

Result<std::uint16_t> port_of(const Fd& socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return fail(last_io_error());
  }
  // The port stands at the same place in both kinds of address (RFC 3493 3.3).
  sockaddr_in common{};
  std::memcpy(&common, &address, sizeof common);
  return ntohs(common.sin_port);
}

}  // namespace

Result<Listener> Listener::open(const std::string& address, std::uint16_t port) {
  const auto* const host = address.empty() ? nullptr : address.c_str();
  const auto service = std::to_string(port);
  constexpr int kFlags = AI_PASSIVE | AI_NUMERICSERV;
  // All addresses: one IPv6 socket takes IPv4 too, unless this machine does without IPv6.
  Error last{.code = Errc::unknown_host};
  for (const int family : {host == nullptr ? AF_INET6 : AF_UNSPEC, AF_INET}) {
    const auto found = resolve(host, service.c_str(), kFlags, family);
    if (!found) continue;
    for (const auto* each = found->get(); each != nullptr; each = each->ai_next) {
      auto socket = listen_on(*each);
      if (socket) {
        DCM_TRY(const auto bound, port_of(*socket));
        return Listener(std::move(*socket), bound);
      }
      last = socket.error();
      if (last.detail == EADDRINUSE || last.detail == EACCES) return fail(last);
    }
  }
  return fail(last);
}

Result<Listener::Arrival> Listener::accept() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  Fd socket(::accept4(socket_.get(), generic, &size, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) return fail(last_io_error());
  return Arrival{std::move(socket), in_numbers(generic, size)};
}

Result<std::vector<std::string>> addresses_of(const std::string& host) {
  DCM_TRY(const auto found, resolve(host.c_str(), nullptr, 0, AF_UNSPEC));
  std::vector<std::string> addresses;
  for (const auto* each = found.get(); each != nullptr; each = each->ai_next) {
    addresses.push_back(in_numbers(each->ai_addr, each->ai_addrlen));
  }
  return addresses;
}

}  // namespace dcm::net
