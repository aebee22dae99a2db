// SPDX-License-Identifier: MIT
#include "support/read_back.hpp"

#include <cstdint>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "support/process.hpp"

namespace dcm::test {
namespace {

constexpr std::size_t kMeta = 132;  // after preamble and DICM

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  if (at + size > bytes.size()) throw std::runtime_error("no whole file meta group");
  std::uint32_t value = 0;
  for (std::size_t i = size; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

std::string_view meta_of(std::string_view file) {
  if (file.size() < kMeta + 12 || file.substr(128, 4) != "DICM" ||
      file.substr(kMeta, 6) != std::string_view("\2\0\0\0UL", 6))
    throw std::runtime_error("no file meta group");
  const std::size_t length = number_at(file, kMeta + 8, 4);
  if (kMeta + 12 + length > file.size()) throw std::runtime_error("file meta group too long");
  return file.substr(kMeta + 12, length);
}

}  // namespace

std::string dump(const std::filesystem::path& path) {
  const RunResult result = run({"dcmdump", "-q", path.string()});
  if (result.exit_code != 0) throw std::runtime_error("dcmdump refuses " + path.string());
  return result.out;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return std::move(content).str();
}

std::string data_set_of(std::string_view file) {
  return std::string(file.substr(kMeta + 12 + meta_of(file).size()));
}

std::string transfer_syntax_of(std::string_view file) {
  const std::string_view meta = meta_of(file);
  for (std::size_t at = 0; at + 8 <= meta.size();) {
    const bool is_long = meta.substr(at + 4, 2) == "OB" || meta.substr(at + 4, 2) == "UN";
    const std::size_t length = is_long ? number_at(meta, at + 8, 4) : number_at(meta, at + 6, 2);
    const std::size_t value = at + (is_long ? 12 : 8);
    if (number_at(meta, at, 4) == 0x00100002) {
      std::string uid(meta.substr(value, length));
      while (!uid.empty() && (uid.back() == '\0' || uid.back() == ' ')) uid.pop_back();
      return uid;
    }
    at = value + length;
  }
  throw std::runtime_error("no transfer syntax");
}

}  // namespace dcm::test
