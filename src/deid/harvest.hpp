// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "deid/confidentiality_table.hpp"
#include "deid/folded_text.hpp"
#include "deid/phrase_set.hpp"
#include "dicom/vr.hpp"

namespace dcm::deid {

/// A number for a table of texts; not safe against those who look for two texts with one number.
[[nodiscard]] std::uint64_t quick_hash(std::string_view text, std::uint64_t seed = 0) noexcept;

/// Whether all bytes are ASCII and none is an escape: then every character set says the same.
[[nodiscard]] bool is_plain(std::string_view raw) noexcept;

/// One decoder for each Specific Character Set that was met.
class Decoders {
 public:
  /// Valid until the next call.
  [[nodiscard]] TextDecoder& of(std::string_view character_set);

 private:
  std::unordered_map<std::string, TextDecoder> decoders_;
};

/// The values of one object that identify, each once, in the order in which they came. Objects with
/// equal bytes() know equal phrases.
class Harvest {
 public:
  void clear();
  /// As Scrubber::harvest().
  void add(Identity identity, Vr vr, std::string_view value, std::string_view character_set,
           Decoders& decoders);

  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }
  /// Whether there was more than can be remembered.
  [[nodiscard]] bool is_overfull() const noexcept { return is_overfull_; }

  /// Puts what bytes() tell into `phrases`.
  static void compile(std::string_view bytes, Decoders& decoders, PhraseSet& phrases);

 private:
  struct Slot {
    std::uint32_t generation = 0;
    std::uint32_t offset = 0;
    std::uint64_t hash = 0;
  };

  void record(Identity identity, Vr vr, std::string_view value, std::string_view character_set);
  void add_shapes(Vr vr, std::string_view value, std::string_view character_set,
                  Decoders& decoders);
  void grow();

  std::string bytes_;
  bool is_overfull_ = false;
  std::vector<Slot> slots_ = std::vector<Slot>(256);  ///< an open hash table of records
  std::uint32_t generation_ = 1;
  std::size_t count_ = 0;
  std::size_t unknown_ = 0;  ///< records from texts of unknown meaning
  /// What was found in texts of unknown meaning, as records.
  std::unordered_map<std::string, std::string> shapes_;
};

}  // namespace dcm::deid
