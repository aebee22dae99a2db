// SPDX-License-Identifier: MIT
#include "support/loop_disk.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "base/fd.hpp"
#include "support/process.hpp"

namespace dcm::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = 4096;

void must(const std::vector<std::string>& command) {
  const RunResult result = run(command);
  if (result.exit_code != 0) throw std::runtime_error(command.front() + ": " + result.err);
}

}  // namespace

LoopDisk::LoopDisk(std::uintmax_t mebibytes)
    : image_(folder_.path() / "image"), mounted_(folder_.path() / "mounted") {
  if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    throw std::runtime_error("a disk image cannot be mounted without root");
  std::ofstream(image_).close();
  fs::resize_file(image_, mebibytes << 20U);
  fs::create_directory(mounted_);
  must({"mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", image_});
  must({"mount", "-o", "loop,sync,dirsync", image_, mounted_});
}

LoopDisk::~LoopDisk() { umount2(mounted_.c_str(), MNT_DETACH); }

std::string LoopDisk::blocks() const {
  const Fd root(open(mounted_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root || syncfs(root.get()) != 0) throw std::runtime_error("a disk image cannot be synced");
  std::ifstream in(image_, std::ios::binary);
  const std::string untouched(kBlock, '\0');
  std::string all, block = untouched;
  while (in.read(block.data(), kBlock))
    if (block != untouched) all += block;
  return all;
}

}  // namespace dcm::test
