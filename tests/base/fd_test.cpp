// SPDX-License-Identifier: MIT
#include "base/fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

namespace dcm {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("pipe");
    read = Fd(ends[0]);
    write = Fd(ends[1]);
  }
  Fd read, write;
};

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

TEST(Fd, ClosesWhatItOwnsOnce) {
  Pipe pipe;
  const int number = pipe.read.get();
  EXPECT_TRUE(pipe.read);
  pipe.read.reset();
  EXPECT_FALSE(is_open(number));
  EXPECT_FALSE(pipe.read);
  pipe.read.reset();
  EXPECT_EQ(pipe.read.get(), -1);
}

TEST(Fd, MovesItsDescriptor) {
  Pipe pipe;
  const int number = pipe.read.get();
  Fd other(std::move(pipe.read));
  EXPECT_EQ(other.get(), number);
  other = std::move(pipe.write);
  EXPECT_FALSE(is_open(number));
  EXPECT_TRUE(is_open(other.get()));
  Fd& same = other;
  other = std::move(same);
  EXPECT_TRUE(is_open(other.get()));
}

TEST(Fd, WritesAndReadsAll) {
  Pipe pipe;
  const std::string text(300'000, 'x');  // more than a pipe holds
  std::thread writer([&] {
    EXPECT_TRUE(write_all(pipe.write.get(), as_bytes(text)));
    pipe.write.reset();
  });
  const Result<std::string> all = read_all(pipe.read.get(), text.size());
  writer.join();
  ASSERT_TRUE(all);
  EXPECT_EQ(*all, text);
}

TEST(Fd, RefusesToReadMoreThanItsLimit) {
  Pipe pipe;
  ASSERT_TRUE(write_all(pipe.write.get(), as_bytes("12345")));
  pipe.write.reset();
  const Result<std::string> all = read_all(pipe.read.get(), 4);
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error(), (Error{.code = Errc::io, .detail = EFBIG}));
}

TEST(Fd, TellsTheErrnoOfAFailure) {
  EXPECT_EQ(write_all(-1, as_bytes("x")).error(), (Error{.code = Errc::io, .detail = EBADF}));
  EXPECT_EQ(read_all(-1, 10).error(), (Error{.code = Errc::io, .detail = EBADF}));
}

}  // namespace
}  // namespace dcm
