// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "net/storage_scp.hpp"

namespace dcm::net::test {

/// Keeps what all associations of a StorageScp receive. Safe for several threads.
class StorageShelf {
 public:
  struct Object {
    Caller caller;
    ObjectInfo info;
    std::string bytes;
  };

  /// For StorageScp::open; the shelf must outlive it.
  [[nodiscard]] SinkFactory factory() {
    return [this](const Caller& caller) { return std::make_unique<Sink>(*this, caller); };
  }

  void answer_with(Receipt receipt) {
    const std::lock_guard lock(mutex_);
    receipt_ = receipt;
  }

  [[nodiscard]] std::vector<Object> objects() const {
    const std::lock_guard lock(mutex_);
    return objects_;
  }
  [[nodiscard]] std::map<std::string, Object> by_uid() const {
    std::map<std::string, Object> sorted;
    for (auto& each : objects()) sorted[each.info.sop_instance_uid] = each;
    return sorted;
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return objects_.size();
  }
  [[nodiscard]] int abandoned() const {
    const std::lock_guard lock(mutex_);
    return abandoned_;
  }

 private:
  class Sink final : public ObjectSink {
   public:
    Sink(StorageShelf& shelf, Caller caller) : shelf_(shelf), object_{std::move(caller), {}, {}} {}
    void begin(const ObjectInfo& info) override {
      object_.info = info;
      object_.bytes.clear();
    }
    void write(Bytes bytes) override { object_.bytes += as_text(bytes); }
    Receipt end() override {
      const std::lock_guard lock(shelf_.mutex_);
      if (shelf_.receipt_ == Receipt::stored) shelf_.objects_.push_back(object_);
      return shelf_.receipt_;
    }
    void abandon() noexcept override {
      const std::lock_guard lock(shelf_.mutex_);
      ++shelf_.abandoned_;
    }

   private:
    StorageShelf& shelf_;
    Object object_;
  };

  mutable std::mutex mutex_;
  std::vector<Object> objects_;
  Receipt receipt_ = Receipt::stored;
  int abandoned_ = 0;
};

}  // namespace dcm::net::test
