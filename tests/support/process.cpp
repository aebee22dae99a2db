// SPDX-License-Identifier: MIT
#include "support/process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace dcm::test {
namespace {

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  // The test's own choice of a python or a dcmdump must not depend on who runs it.
  std::istringstream folders("/usr/bin:/usr/sbin:" + std::string(path != nullptr ? path : ""));
  for (std::string folder; std::getline(folders, folder, ':');)
    if (access((folder + "/" + name).c_str(), X_OK) == 0) return folder + "/" + name;
  return name;
}

std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> out;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string entry = *each;
    bool replaced = false;
    for (const auto& [name, value] : added) replaced |= entry.rfind(name + "=", 0) == 0;
    if (!replaced) out.push_back(entry);
  }
  for (const auto& [name, value] : added) out.push_back(name + "=" + value);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (std::string& each : strings) out.push_back(each.data());
  out.push_back(nullptr);
  return out;
}

std::string content(const Fd& file) {
  struct stat info {};
  fstat(file.get(), &info);
  std::string out(static_cast<std::size_t>(info.st_size), '\0');
  const ssize_t got = pread(file.get(), out.data(), out.size(), 0);
  out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return out;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

Process::Process(const std::vector<std::string>& argv, const RunOptions& options)
    : started_(std::chrono::steady_clock::now()),
      out_(memfd_create("out", MFD_CLOEXEC)),
      err_(memfd_create("err", MFD_CLOEXEC)) {
  const std::string program = find_program(argv.front());
  std::vector<std::string> arguments = argv;
  std::vector<std::string> environment = environment_with(options.environment);
  const std::vector<char*> arguments_z = pointers(arguments);
  const std::vector<char*> environment_z = pointers(environment);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ > 0) {
    setpgid(pid_, pid_);  // both sides, so that nobody sees it undone
    return;
  }
  // Only async-signal-safe calls from here on: the parent may have threads.
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(126);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  dup2(out_.get(), STDOUT_FILENO);
  dup2(err_.get(), STDERR_FILENO);
  if (!options.working_directory.empty() && chdir(options.working_directory.c_str()) != 0)
    _exit(126);
  execve(program.c_str(), arguments_z.data(), environment_z.data());
  _exit(127);
}

Process::~Process() {
  if (ended_) return;
  kill(-pid_, SIGKILL);
  reap(0);
}

bool Process::reap(int flags) {
  if (ended_) return true;
  int status = 0;
  rusage usage{};
  if (wait4(pid_, &status, flags, &usage) != pid_) return false;
  ended_ = true;
  result_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result_.peak_rss_kib = usage.ru_maxrss;
  result_.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  return true;
}

bool Process::running() { return !reap(WNOHANG); }

void Process::signal(int number) const {
  if (!ended_) kill(pid_, number);
}

void Process::run_until(const std::function<bool()>& seen) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (running() && !seen()) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("what a running program was to do does not come");
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

std::optional<RunResult> Process::wait(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!reap(WNOHANG)) {
    if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  RunResult result = result_;
  result.out = out();
  result.err = err();
  return result;
}

std::string Process::out() const { return content(out_); }
std::string Process::err() const { return content(err_); }

RunResult run(const std::vector<std::string>& argv, const RunOptions& options) {
  Process process(argv, options);
  if (auto result = process.wait(options.timeout)) return *result;
  kill(-process.pid(), SIGKILL);
  RunResult result = process.wait(std::chrono::seconds(10)).value_or(RunResult{});
  result.timed_out = true;
  return result;
}

std::uint16_t free_port() {
  // The kernel gives those from 32768 on to who connects: a client that asks whether a server is
  // up could get that very port, and so meet itself.
  std::random_device random;
  std::uniform_int_distribution<unsigned> ports(12000, 31999);
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const auto port = static_cast<std::uint16_t>(ports(random));
    const Fd probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(port);
    if (bind(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
      return port;
  }
  throw std::runtime_error("no free port");
}

Fd connect_to(std::uint16_t port, const char* from) {
  Fd connection(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  sockaddr_in own = loopback(0);
  inet_pton(AF_INET, from, &own.sin_addr);
  if (bind(connection.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0 ||
      connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    connection.reset();
  return connection;
}

}  // namespace dcm::test
