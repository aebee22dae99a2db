// SPDX-License-Identifier: MIT
#include "cli/origin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace dcm::cli {
namespace {

struct Setting {
  std::string_view option;
  std::string_view key;
};

constexpr std::array kSettings{
    Setting{"--host", "host"},
    Setting{"--port", "port"},
    Setting{"--called-aet", "called_aet"},
    Setting{"--calling-aet", "calling_aet"},
    Setting{"--tls", "tls"},
    Setting{"--tls-ca", "tls.ca"},
    Setting{"--tls-cert", "tls.cert"},
    Setting{"--tls-key", "tls.key"},
    Setting{"--tls-name", "tls.name"},
    Setting{"--user", "user"},
    Setting{"--password-file", "password_file"},
    Setting{"--password-env", "password_env"},
    Setting{"--jwt-file", "jwt_file"},
    Setting{"--jwt-env", "jwt_env"},
    Setting{"--user-response", "user_response"},
    Setting{"--character-set", "character_set"},
    Setting{"--method", "method"},
    Setting{"--receive-port", "receive_port"},
    Setting{"--receive-from", "receive_from"},
    Setting{"--receive-plain", "receive_plain"},
};

/// The key for an option; empty where the entry has none, or the option was typed.
std::string_view key_for(std::string_view option, const Origin& origin) {
  if (origin.typed.contains(option)) return {};
  const auto* const found =
      std::find_if(kSettings.begin(), kSettings.end(),
                   [&](const Setting& setting) { return setting.option == option; });
  return found == kSettings.end() ? std::string_view() : found->key;
}

}  // namespace

std::string entry_words(const Origin& origin) {
  return fmt::format("server {} in {}", origin.entry, origin.file);
}

std::string as_written(std::string_view words, const Origin& origin) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz-";
  std::string text;
  bool any = false;
  while (!origin.file.empty()) {
    const auto begin = words.find("--");
    if (begin == std::string_view::npos) break;
    const auto end = std::min(words.find_first_not_of(kLetters, begin), words.size());
    const auto option = words.substr(begin, end - begin);
    const auto key = key_for(option, origin);
    text += words.substr(0, begin);
    text += key.empty() ? std::string(option) : fmt::format("`{}`", key);
    any = any || !key.empty();
    words.remove_prefix(end);
  }
  text += words;
  return any ? fmt::format("{} ({})", text, entry_words(origin)) : text;
}

}  // namespace dcm::cli
