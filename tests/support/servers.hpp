// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/phantoms.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

/// Debian's real servers on free ports of 127.0.0.1, with stock settings. They run until their
/// object is destroyed. A server that does not start throws, with what it printed.
namespace dcm::test {

/// Whom a server may send to when asked by C-MOVE.
struct MovePeer {
  std::string ae_title;
  std::uint16_t port = 0;
};

/// dcmqrscp. Case-sensitive, neither matches nor returns ModalitiesInStudy, sends each object on
/// the first accepted context of its class.
class DcmqrscpServer {
 public:
  struct Options {
    std::vector<std::string> arguments = {};  ///< such as "+xs"
    std::string ae_title = "PACS";
    std::vector<MovePeer> move_peers = {};
    int max_associations = 16;
  };

  DcmqrscpServer();
  explicit DcmqrscpServer(const Options& options);

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::string& ae_title() const { return ae_title_; }
  [[nodiscard]] Process& process() { return *process_; }

  /// Ends it by kill -9, with all its associations. start() has it go on with what it holds.
  void crash() { process_.reset(); }
  void start();

  /// Sends files by storescu, as they are encoded. The server must have been started for their
  /// transfer syntaxes (dcmqrscp_arguments). False if any was not stored.
  [[nodiscard]] bool store(const std::vector<std::filesystem::path>& files) const;
  [[nodiscard]] bool store(const std::vector<Phantom>& phantoms) const;

 private:
  TempDir folder_;
  std::uint16_t port_;
  std::string ae_title_;
  std::vector<std::string> command_;
  std::unique_ptr<Process> process_;
};

/// The argument with which dcmqrscp takes a transfer syntax, such as "+xs"; empty for uncompressed.
[[nodiscard]] std::vector<std::string> dcmqrscp_arguments(std::string_view transfer_syntax);

/// storescu to any server on 127.0.0.1, one association for each transfer syntax, with more options
/// of storescu. False if any file was not stored.
[[nodiscard]] bool store_by_storescu(const std::vector<std::filesystem::path>& files,
                                     std::uint16_t port, const std::string& called_ae_title,
                                     const std::vector<std::string>& options = {});

struct HttpResponse {
  int status = 0;  ///< 0 if there was no answer
  std::string body;
};

/// One HTTP/1.1 request to 127.0.0.1 on a connection of its own.
[[nodiscard]] HttpResponse http(std::uint16_t port, std::string_view method, std::string_view path,
                                std::string_view body = {});

/// Orthanc.
class OrthancServer {
 public:
  struct Options {
    std::string ae_title = "ORTHANC";
    std::vector<MovePeer> move_peers = {};
    /// Added to the configuration: {{"DicomCheckCalledAet", true}, {"OverwriteInstances", true}}
    nlohmann::json settings = nlohmann::json::object();
  };

  OrthancServer();
  explicit OrthancServer(const Options& options);

  [[nodiscard]] std::uint16_t port() const { return dicom_port_; }
  [[nodiscard]] std::uint16_t http_port() const { return http_port_; }
  [[nodiscard]] const std::string& ae_title() const { return ae_title_; }
  [[nodiscard]] Process& process() { return *process_; }

  /// Ends it by kill -9, with all its associations. start() has it go on with what it holds.
  void crash() { process_.reset(); }
  void start();

  /// Over HTTP, any transfer syntax. False if Orthanc does not accept the bytes.
  [[nodiscard]] bool store(std::string_view file) const;
  [[nodiscard]] bool store(const std::vector<Phantom>& phantoms) const;
  [[nodiscard]] std::size_t instances() const;
  void delete_all() const;

 private:
  TempDir folder_;
  std::uint16_t dicom_port_, http_port_;
  std::string ae_title_;
  std::unique_ptr<Process> process_;
};

}  // namespace dcm::test
