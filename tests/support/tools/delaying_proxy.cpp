// SPDX-License-Identifier: MIT
#include "support/delaying_proxy.hpp"

#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>

namespace {

constexpr const char* kUsage =
    "usage: delaying_proxy PORT MICROSECONDS\n"
    "Carries connections to a port of 127.0.0.1, each direction so much later. Prints its own "
    "port,\n"
    "and runs until it is ended.\n";

}  // namespace

int main(int argc, char** argv) {
  const long target = argc == 3 ? std::strtol(argv[1], nullptr, 10) : 0;
  if (target <= 0 || target > 65535) {
    std::cerr << kUsage;
    return 1;
  }
  try {
    const dcm::test::DelayingProxy proxy(
        static_cast<std::uint16_t>(target),
        std::chrono::microseconds(std::strtol(argv[2], nullptr, 10)));
    std::cout << proxy.port() << std::endl;
    for (;;) pause();
  } catch (const std::exception& failure) {
    std::cerr << "delaying_proxy: error: " << failure.what() << '\n';
    return 1;
  }
}
