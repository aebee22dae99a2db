// SPDX-License-Identifier: MIT
#include "support/servers.hpp"

#include <sys/socket.h>

#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "support/read_back.hpp"

namespace dcm::test {
namespace {

namespace fs = std::filesystem;

void wait_until_up(Process& process, const std::function<bool()>& is_up) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!is_up()) {
    if (!process.running() || std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("server did not start: " + process.out() + process.err());
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

bool accepts(std::uint16_t port) { return static_cast<bool>(connect_to(port)); }

std::string dcmqrscp_configuration(const DcmqrscpServer::Options& options, std::uint16_t port,
                                   const fs::path& storage) {
  std::ostringstream out;
  out << "NetworkTCPPort = " << port
      << "\nMaxPDUSize = 131072\nMaxAssociations = " << options.max_associations
      << "\nHostTable BEGIN\n";
  for (const MovePeer& peer : options.move_peers)
    out << peer.ae_title << " = (" << peer.ae_title << ", localhost, " << peer.port << ")\n";
  out << "HostTable END\nVendorTable BEGIN\nVendorTable END\nAETable BEGIN\n"
      << options.ae_title << " " << storage.string() << " RW (500, 8192mb) ANY\nAETable END\n";
  return out.str();
}

// The letter that storescu and dcmqrscp share: -xs proposes what +xs accepts.
std::string option_letters(std::string_view transfer_syntax) {
  static const std::map<std::string_view, std::string> kLetters = {{uid::kDeflated, "xd"},
                                                                   {uid::kJpegBaseline, "xy"},
                                                                   {"1.2.840.10008.1.2.4.51", "xx"},
                                                                   {uid::kJpegLossless, "xs"},
                                                                   {uid::kJpegLsLossless, "xt"},
                                                                   {"1.2.840.10008.1.2.4.81", "xu"},
                                                                   {"1.2.840.10008.1.2.4.90", "xv"},
                                                                   {"1.2.840.10008.1.2.4.91", "xw"},
                                                                   {uid::kRle, "xr"}};
  const auto at = kLetters.find(transfer_syntax);
  return at == kLetters.end() ? "" : at->second;
}

}  // namespace

std::vector<std::string> dcmqrscp_arguments(std::string_view transfer_syntax) {
  const std::string letters = option_letters(transfer_syntax);
  return letters.empty() ? std::vector<std::string>{} : std::vector<std::string>{"+" + letters};
}

bool store_by_storescu(const std::vector<fs::path>& files, std::uint16_t port,
                       const std::string& called_ae_title,
                       const std::vector<std::string>& options) {
  std::map<std::string, std::vector<std::string>> by_option;
  for (const fs::path& file : files) {
    const std::string letters = option_letters(transfer_syntax_of(read_file(file)));
    by_option[letters.empty() ? "-x=" : "-" + letters].push_back(file.string());
  }
  for (const auto& [option, paths] : by_option) {
    std::vector<std::string> command = {"storescu",  "-q",
                                        "-R",        "-pdu",
                                        "131072",    option,
                                        "-aec",      called_ae_title,
                                        "127.0.0.1", std::to_string(port)};
    command.insert(command.end(), paths.begin(), paths.end());
    command.insert(command.begin() + 1, options.begin(), options.end());
    // Without it each object waits 40 ms for a delayed acknowledgement.
    if (run(command, {.environment = {{"TCP_NODELAY", "1"}}}).exit_code != 0) return false;
  }
  return true;
}

DcmqrscpServer::DcmqrscpServer() : DcmqrscpServer(Options{}) {}

DcmqrscpServer::DcmqrscpServer(const Options& options)
    : port_(free_port()), ae_title_(options.ae_title) {
  const fs::path storage = folder_.path() / "db";
  fs::create_directory(storage);
  write_file(folder_.path() / "dcmqrscp.cfg", dcmqrscp_configuration(options, port_, storage));
  command_ = {"dcmqrscp", "-c", (folder_.path() / "dcmqrscp.cfg").string()};
  command_.insert(command_.end(), options.arguments.begin(), options.arguments.end());
  command_.push_back(std::to_string(port_));
  start();
}

void DcmqrscpServer::start() {
  process_ = std::make_unique<Process>(command_);
  wait_until_up(*process_, [this] { return accepts(port_); });
}

bool DcmqrscpServer::store(const std::vector<fs::path>& files) const {
  return store_by_storescu(files, port_, ae_title_);
}

bool DcmqrscpServer::store(const std::vector<Phantom>& phantoms) const {
  const TempDir folder;
  return store(write_files(phantoms, folder.path()));
}

HttpResponse http(std::uint16_t port, std::string_view method, std::string_view path,
                  std::string_view body) {
  const Fd connection = connect_to(port);
  if (!connection) return {};
  std::ostringstream request;
  request << method << ' ' << path << " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
          << "Content-Length: " << body.size() << "\r\n\r\n"
          << body;
  const std::string bytes = request.str();
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t n =
        send(connection.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return {};
    sent += static_cast<std::size_t>(n);
  }
  std::string answer;
  char buffer[65536];
  for (ssize_t n; (n = recv(connection.get(), buffer, sizeof buffer, 0)) > 0;)
    answer.append(buffer, static_cast<std::size_t>(n));
  const std::size_t head = answer.find("\r\n\r\n");
  if (head == std::string::npos || answer.rfind("HTTP/1.", 0) != 0) return {};
  return {std::stoi(answer.substr(9, 3)), answer.substr(head + 4)};
}

OrthancServer::OrthancServer() : OrthancServer(Options{}) {}

OrthancServer::OrthancServer(const Options& options)
    : dicom_port_(free_port()), http_port_(free_port()), ae_title_(options.ae_title) {
  while (http_port_ == dicom_port_) http_port_ = free_port();
  nlohmann::json settings = {{"StorageDirectory", (folder_.path() / "storage").string()},
                             {"IndexDirectory", (folder_.path() / "index").string()},
                             {"DicomPort", dicom_port_},
                             {"HttpPort", http_port_},
                             {"DicomAet", options.ae_title},
                             {"RemoteAccessAllowed", false},
                             {"AuthenticationEnabled", false},
                             {"DicomAlwaysAllowGet", true},
                             {"DicomAlwaysAllowMove", true},
                             {"DicomCheckCalledAet", false},
                             {"Plugins", nlohmann::json::array()}};
  settings["DicomModalities"] = nlohmann::json::object();
  for (const MovePeer& peer : options.move_peers)
    settings["DicomModalities"][peer.ae_title] = {peer.ae_title, "127.0.0.1", peer.port};
  settings.update(options.settings);
  write_file(folder_.path() / "orthanc.json", settings.dump(2));
  start();
}

void OrthancServer::start() {
  process_ = std::make_unique<Process>(
      std::vector<std::string>{"Orthanc", (folder_.path() / "orthanc.json").string()});
  wait_until_up(*process_, [this] {
    return http(http_port_, "GET", "/system").status == 200 && accepts(dicom_port_);
  });
}

bool OrthancServer::store(std::string_view file) const {
  return http(http_port_, "POST", "/instances", file).status == 200;
}

bool OrthancServer::store(const std::vector<Phantom>& phantoms) const {
  bool stored = true;
  for (const Phantom& phantom : phantoms) stored = store(phantom.bytes) && stored;
  return stored;
}

std::size_t OrthancServer::instances() const {
  const HttpResponse response = http(http_port_, "GET", "/statistics");
  if (response.status != 200) throw std::runtime_error("Orthanc does not answer");
  return nlohmann::json::parse(response.body).at("CountInstances").get<std::size_t>();
}

void OrthancServer::delete_all() const {
  const HttpResponse patients = http(http_port_, "GET", "/patients");
  for (const auto& id : nlohmann::json::parse(patients.body))
    if (http(http_port_, "DELETE", "/patients/" + id.get<std::string>()).status != 200)
      throw std::runtime_error("Orthanc keeps a patient");
}

}  // namespace dcm::test
