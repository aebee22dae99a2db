// SPDX-License-Identifier: MIT
#include "dicom/attributes.hpp"

#include <algorithm>

#include "dicom/element_reader.hpp"
#include "dicom/text.hpp"

namespace dcm {

Result<Attributes> Attributes::parse(Bytes data_set, Encoding encoding, std::string_view fallback) {
  if (data_set.size() > kMaxBytes) return fail(Errc::header_limit, {.offset = data_set.size()});
  Attributes attributes;
  attributes.fallback_ = fallback;
  attributes.character_sets_ = CharacterSets::parse({}, fallback);
  ElementReader reader(encoding);
  reader.feed(data_set);
  Event element;
  for (;;) {
    DCM_TRY(const Event event, reader.next());
    if (event.kind == Event::Kind::need_input) break;
    if (reader.open() > 0) continue;
    // The whole data set is lent at once, so each value comes in one piece.
    if (event.kind == Event::Kind::value) attributes.add(element.tag, element.vr, event.bytes);
    if (event.kind != Event::Kind::element) continue;
    element = event;
    if (event.length == 0) attributes.add(event.tag, event.vr, {});
  }
  DCM_CHECK(reader.finish());
  return attributes;
}

void Attributes::add(Tag tag, Vr vr, Bytes value) {
  if (tag.is_private() || !is_string(vr)) return;
  const auto at = std::lower_bound(values_.begin(), values_.end(), tag,
                                   [](const Value& v, Tag t) { return v.tag < t; });
  if (at != values_.end() && at->tag == tag) return;
  if (tag == tags::kSpecificCharacterSet)
    character_sets_ = CharacterSets::parse(as_text(value), fallback_);
  values_.insert(at, Value{tag, vr, std::string(as_text(value))});
}

const Attributes::Value* Attributes::find(Tag tag) const noexcept {
  const auto at = std::lower_bound(values_.begin(), values_.end(), tag,
                                   [](const Value& v, Tag t) { return v.tag < t; });
  return at != values_.end() && at->tag == tag ? &*at : nullptr;
}

bool Attributes::has(Tag tag) const noexcept { return find(tag) != nullptr; }

std::string Attributes::text(Tag tag) const {
  const Value* value = find(tag);
  if (value == nullptr) return {};
  return std::string(trim(to_utf8(value->bytes, character_sets_, value->vr)));
}

std::vector<std::string> Attributes::values(Tag tag) const {
  const Value* value = find(tag);
  if (value == nullptr) return {};
  std::vector<std::string> values = split_values(value->bytes, character_sets_, value->vr);
  for (std::string& each : values) each = trim(each);
  if (values.size() == 1 && values.front().empty()) values.clear();
  return values;
}

std::vector<Tag> Attributes::all_tags() const {
  std::vector<Tag> tags;
  tags.reserve(values_.size());
  for (const Value& value : values_) tags.push_back(value.tag);
  return tags;
}

}  // namespace dcm
