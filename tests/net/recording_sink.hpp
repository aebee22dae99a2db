// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "dicom/object_sink.hpp"

namespace dcm::net::test {

/// Keeps everything it is told, and answers as it is told.
class RecordingSink final : public ObjectSink {
 public:
  struct Object {
    ObjectInfo info;
    std::string bytes;
  };

  void begin(const ObjectInfo& info) override { objects.push_back({info, {}}); }
  void write(Bytes bytes) override { objects.back().bytes += as_text(bytes); }
  Receipt end() override { return receipt; }
  void abandon() noexcept override {
    objects.pop_back();
    ++abandoned;
  }

  std::vector<Object> objects;
  Receipt receipt = Receipt::stored;
  int abandoned = 0;
};

}  // namespace dcm::net::test
