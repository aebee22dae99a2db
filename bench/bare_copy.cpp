// SPDX-License-Identifier: MIT
// The floor of `./dev bench anonymize`: what copying alone costs on this machine.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// Copies `source` into a file without a name in `folder`. Returns its size, or -1.
long long copy(const fs::path& source, const char* folder) {
  const int in = ::open(source.c_str(), O_RDONLY | O_CLOEXEC);
  const int out = ::open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  struct stat status {};
  long long copied = in < 0 || out < 0 || ::fstat(in, &status) != 0 ? -1 : 0;
  while (copied >= 0 && copied < status.st_size) {
    const ssize_t moved = ::copy_file_range(in, nullptr, out, nullptr,
                                            static_cast<std::size_t>(status.st_size - copied), 0);
    copied = moved <= 0 ? -1 : copied + moved;
  }
  ::close(in);
  ::close(out);
  return copied;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: bare_copy SOURCE TARGET THREADS\n", stderr);
    return 1;
  }
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(argv[1]))
    if (entry.is_regular_file()) files.push_back(entry.path());

  std::atomic<std::size_t> next{0};
  std::atomic<long long> bytes{0};
  std::atomic<bool> failed{false};
  std::vector<std::thread> threads;
  for (long i = std::strtol(argv[3], nullptr, 10); i > 0; --i) {
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < files.size() && !failed; at = next++) {
        const long long copied = copy(files[at], argv[2]);
        if (copied < 0) failed = true;
        bytes += copied;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::printf("%zu files, %lld bytes\n", files.size(), bytes.load());
  return failed ? 1 : 0;
}
