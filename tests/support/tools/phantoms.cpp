// SPDX-License-Identifier: MIT
#include "support/phantoms.hpp"

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>

namespace dcm::test {
namespace {

constexpr std::string_view kUsage =
    "usage: phantoms demo DIR          invented patients, uncompressed\n"
    "       phantoms all DIR           the same and the compressed ones\n"
    "       phantoms bench DIR         the study of 1,000 slices (531 MB)\n"
    "       phantoms series DIR        the same slices in one series\n"
    "       phantoms small DIR         10,000 objects with the same headers and few pixels\n"
    "       phantoms frames FILE N     one enhanced object with functional groups for N frames\n"
    "       phantoms huge FILE BYTES   one multi-frame object\n";

// What a stock dcmqrscp accepts.
std::vector<Phantom> demo_collection() {
  std::vector<Phantom> phantoms = default_collection();
  std::erase_if(phantoms,
                [](const Phantom& each) { return each.transfer_syntax == uid::kDeflated; });
  return phantoms;
}

int write(std::string_view what, const char* where, const char* size) {
  std::vector<Phantom> phantoms;
  if (what == "demo") {
    phantoms = demo_collection();
  } else if (what == "all") {
    phantoms = default_collection();
    for (Phantom& each : compressed_collection()) phantoms.push_back(std::move(each));
  } else if (what == "bench") {
    write_benchmark_study(where);
  } else if (what == "series") {
    write_benchmark_study(where, {.series = 1, .slices = 1000});
  } else if (what == "small") {
    write_benchmark_study(where, {.series = 40, .slices = 250, .size = 16});
  } else if (what == "frames" && size != nullptr) {
    write_many_frames(where, static_cast<int>(std::strtol(size, nullptr, 10)));
  } else if (what == "huge" && size != nullptr) {
    write_huge_object(where, std::strtoull(size, nullptr, 10));
  } else {
    std::cerr << kUsage;
    return 1;
  }
  if (!phantoms.empty()) write_files(phantoms, where);
  return 0;
}

}  // namespace
}  // namespace dcm::test

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << dcm::test::kUsage;
    return 1;
  }
  try {
    return dcm::test::write(argv[1], argv[2], argc > 3 ? argv[3] : nullptr);
  } catch (const std::exception& failure) {
    std::cerr << "phantoms: error: " << failure.what() << '\n';
    return 1;
  }
}
