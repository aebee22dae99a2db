// SPDX-License-Identifier: MIT
#include "support/object_catalog.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "support/read_back.hpp"

namespace dcm::test {
namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, '\\');) out.push_back(part);
  return out;
}

bool wildcard(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*')
    return wildcard(pattern.substr(1), text) ||
           (!text.empty() && wildcard(pattern, text.substr(1)));
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
         wildcard(pattern.substr(1), text.substr(1));
}

bool matches(Vr vr, const std::string& key, const std::string& value) {
  if (key.empty() || key == "*") return true;
  if (vr == vr::kUI) {
    const std::vector<std::string> uids = split(key);
    return std::find(uids.begin(), uids.end(), value) != uids.end();
  }
  if (const std::size_t dash = key.find('-');
      (vr == vr::kDA || vr == vr::kTM) && dash != std::string::npos) {
    const std::string from = key.substr(0, dash), to = key.substr(dash + 1);
    return !value.empty() && value >= from && (to.empty() || value <= to);
  }
  const std::vector<std::string> values = split(value);
  return std::any_of(values.begin(), values.end(),
                     [&](const std::string& each) { return wildcard(key, each); });
}

Tag unique_key(const std::string& level) {
  if (level == "PATIENT") return tags::kPatientId;
  if (level == "STUDY") return tags::kStudyInstanceUid;
  if (level == "SERIES") return tags::kSeriesInstanceUid;
  return tags::kSopInstanceUid;
}

std::string joined(const std::set<std::string>& values) {
  std::string out;
  for (const std::string& each : values) out += (out.empty() ? "" : "\\") + each;
  return out;
}

std::string value_of(const ObjectCatalog::Object& object, Tag tag) {
  const auto at = object.attributes.find(tag);
  return at == object.attributes.end() ? std::string() : at->second.value;
}

bool is_derived(Tag tag) {
  static const std::set<Tag> kDerived = {
      tags::kQueryRetrieveLevel,   tags::kModalitiesInStudy,         tags::kSopClassesInStudy,
      tags::kStudyRelatedSeries,   tags::kStudyRelatedInstances,     tags::kSeriesRelatedInstances,
      tags::kSpecificCharacterSet, tags::kAvailableTransferSyntaxUid};
  return kDerived.count(tag) != 0;
}

Vr derived_vr(Tag tag) {
  if (tag == tags::kSopClassesInStudy || tag == tags::kAvailableTransferSyntaxUid) return vr::kUI;
  return tag.group == 0x0020 ? vr::kIS : vr::kCS;
}

void add_attributes(ObjectCatalog::Object& object, DcmDataset& data_set) {
  for (DcmObject* each = nullptr; (each = data_set.nextInContainer(each)) != nullptr;) {
    auto* element = dynamic_cast<DcmElement*>(each);
    if (element == nullptr || each->ident() == EVR_SQ || each->getGTag() == 0x7FE0) continue;
    OFString value;
    if (element->getOFStringArray(value).bad()) continue;
    while (!value.empty() && (value.back() == ' ' || value.back() == '\0')) value.pop_back();
    object.attributes[{each->getGTag(), each->getETag()}] = {
        make_vr(DcmVR(each->ident()).getVRName()), value};
  }
}

}  // namespace

ObjectCatalog::Object read_object(const std::string& file) {
  DcmInputBufferStream stream;
  stream.setBuffer(file.data(), static_cast<offile_off_t>(file.size()));
  stream.setEos();
  DcmFileFormat format;
  format.transferInit();
  if (format.read(stream).bad()) throw std::runtime_error("DCMTK cannot read an object");
  format.transferEnd();
  ObjectCatalog::Object object;
  add_attributes(object, *format.getDataset());
  object.sop_class = value_of(object, tags::kSopClassUid);
  object.sop_instance = value_of(object, tags::kSopInstanceUid);
  object.transfer_syntax = transfer_syntax_of(file);
  object.data_set = data_set_of(file);
  return object;
}

ObjectCatalog::ObjectCatalog(const std::vector<std::string>& files) {
  for (const std::string& file : files) objects_.push_back(read_object(file));
}

std::vector<std::size_t> ObjectCatalog::select(const Keys& keys,
                                               const std::set<Tag>& ignored) const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    const bool all = std::all_of(keys.begin(), keys.end(), [&](const auto& key) {
      const auto& [tag, wanted] = key;
      if (wanted.empty() || ignored.count(tag) != 0) return true;
      if (tag == tags::kModalitiesInStudy)
        return matches(vr::kCS, wanted, derived(tag, objects_[i]));
      if (is_derived(tag)) return true;
      const auto there = objects_[i].attributes.find(tag);
      const Vr vr = there == objects_[i].attributes.end() ? vr::kLO : there->second.vr;
      return matches(vr, wanted, value_of(objects_[i], tag));
    });
    if (all) out.push_back(i);
  }
  return out;
}

std::vector<DataSet> ObjectCatalog::find(const Keys& keys, const std::set<Tag>& ignored,
                                         const std::set<Tag>& absent) const {
  const auto level = keys.find(tags::kQueryRetrieveLevel);
  const Tag unique = unique_key(level == keys.end() ? "" : level->second);
  std::set<std::string> seen;
  std::vector<DataSet> out;
  for (const std::size_t i : select(keys, ignored))
    if (seen.insert(value_of(objects_[i], tags::kPatientId) + '\\' + value_of(objects_[i], unique))
            .second)
      out.push_back(answer(objects_[i], keys, absent));
  return out;
}

std::string ObjectCatalog::derived(Tag tag, const Object& object) const {
  if (tag == tags::kSpecificCharacterSet) return value_of(object, tag);
  if (tag == tags::kAvailableTransferSyntaxUid) return object.transfer_syntax;
  const Tag scope =
      tag == tags::kSeriesRelatedInstances ? tags::kSeriesInstanceUid : tags::kStudyInstanceUid;
  std::set<std::string> modalities, classes, series;
  std::size_t count = 0;
  for (const Object& each : objects_) {
    if (value_of(each, scope) != value_of(object, scope) ||
        value_of(each, tags::kPatientId) != value_of(object, tags::kPatientId))
      continue;
    modalities.insert(value_of(each, tags::kModality));
    classes.insert(each.sop_class);
    series.insert(value_of(each, tags::kSeriesInstanceUid));
    ++count;
  }
  if (tag == tags::kModalitiesInStudy) return joined(modalities);
  if (tag == tags::kSopClassesInStudy) return joined(classes);
  return std::to_string(tag == tags::kStudyRelatedSeries ? series.size() : count);
}

DataSet ObjectCatalog::answer(const Object& object, const Keys& keys,
                              const std::set<Tag>& absent) const {
  DataSet out;
  for (const auto& [tag, wanted] : keys) {
    if (absent.count(tag) != 0) continue;
    if (tag == tags::kQueryRetrieveLevel) {
      out.text(tag, vr::kCS, wanted);
    } else if (is_derived(tag)) {
      const std::string value = derived(tag, object);
      if (tag != tags::kSpecificCharacterSet || !value.empty())
        out.text(tag, derived_vr(tag), value);
    } else if (const auto at = object.attributes.find(tag); at != object.attributes.end()) {
      if (at->second.vr == vr::kUS)
        out.numbers(tag, vr::kUS, {std::stoi(at->second.value)});
      else
        out.text(tag, at->second.vr, at->second.value);
    }
  }
  if (const std::string set = value_of(object, tags::kSpecificCharacterSet); !set.empty())
    out.text(tags::kSpecificCharacterSet, vr::kCS, set);
  return out;
}

}  // namespace dcm::test
