// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"

namespace dcm {

/// What the C-STORE command says about the object whose bytes follow (PS3.7 9.1.1), as received:
/// padding trimmed, otherwise unchecked. Peer text: never a path, never a log line.
struct ObjectInfo {
  std::string sop_class_uid;
  std::string sop_instance_uid;
  std::string transfer_syntax_uid;       ///< of the presentation context that carries the data set
  std::string move_originator_aet = {};  ///< who asked for it by C-MOVE; empty if not told
  std::optional<std::uint16_t> move_originator_message_id = {};  ///< of that C-MOVE
};

/// What became of an object, as its source needs to know.
enum class Receipt : std::uint8_t {
  stored,   ///< safely kept (or already there): C-STORE success
  refused,  ///< this object cannot be kept, others can: the source goes on with the next
  stop,     ///< nothing more can be kept (disk full): the source answers and ends
};

/// Takes objects one after another, each as begin, any number of writes, and end - or abandon when
/// the source breaks off. Every object source (C-GET, C-MOVE, files) keeps to this order; used by
/// one thread. A sink that has refused an object in the middle still accepts its other bytes.
class ObjectSink {
 public:
  virtual ~ObjectSink() = default;

  virtual void begin(const ObjectInfo& info) = 0;

  /// The next bytes of the data set, as encoded; valid during the call only.
  virtual void write(Bytes bytes) = 0;

  /// The source vouches that the object is whole. Until then nothing of it may become visible.
  [[nodiscard]] virtual Receipt end() = 0;

  /// The source broke off in the middle of the object: nothing of it remains.
  virtual void abandon() noexcept = 0;
};

}  // namespace dcm
