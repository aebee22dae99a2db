// SPDX-License-Identifier: MIT
#include "app/header_scan.hpp"

#include <algorithm>

#include "dicom/dictionary.hpp"

namespace dcm::app {

Result<void> HeaderScan::write(Bytes bytes) {
  reader_.feed(bytes);
  while (!complete_) {
    DCM_TRY(const Event event, reader_.next());
    if (event.kind == Event::Kind::need_input) break;
    take(event);
  }
  return {};
}

void HeaderScan::take(const Event& event) {
  if (event.kind == Event::Kind::value && taking_) {
    value_.insert(value_.end(), event.bytes.begin(), event.bytes.end());
    // The dictionary's VR: a server may have sent UN.
    if (value_.size() == length_) found_.add(tag_, dictionary_vr(tag_), value_);
    return;
  }
  if (event.kind != Event::Kind::element || reader_.open() > 0) return;
  complete_ = event.tag > wanted_.back();
  taking_ = std::binary_search(wanted_.begin(), wanted_.end(), event.tag) &&
            event.length <= Attributes::kMaxBytes;
  tag_ = event.tag;
  length_ = event.length;
  value_.clear();
}

}  // namespace dcm::app
