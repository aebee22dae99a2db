// SPDX-License-Identifier: MIT
#include "support/referring_study.hpp"

#include <string>

namespace dcm::test {
namespace {

using Items = std::vector<DataSet>;

constexpr std::string_view kCt = "1.2.840.10008.5.1.4.1.1.2";
constexpr std::string_view kComprehensiveSr = "1.2.840.10008.5.1.4.1.1.88.33";
constexpr std::string_view kStructureSet = "1.2.840.10008.5.1.4.1.1.481.3";
constexpr std::string_view kPlan = "1.2.840.10008.5.1.4.1.1.481.5";
constexpr std::string_view kSegmentation = "1.2.840.10008.5.1.4.1.1.66.4";
constexpr std::string_view kPresentationState = "1.2.840.10008.5.1.4.1.1.11.1";
constexpr std::string_view kDetachedStudy = "1.2.840.10008.3.1.2.3.1";

constexpr int kPriorImage = 9;

Place place(int series, int instance) {
  Place place{.person = {30, "PAT-0030", "LINK^LENA"}, .study_date = "20220303"};
  place.series = series;
  place.series_number = std::to_string(series);
  place.instance = instance;
  place.size = 16;
  return place;
}

Place prior() {
  Place prior = place(1, kPriorImage);
  prior.study = 2;
  prior.study_date = "20210202";
  return prior;
}

DataSet code(std::string_view value, std::string_view meaning) {
  return DataSet()
      .text(0x00080100_tag, vr::kSH, value)
      .text(0x00080102_tag, vr::kSH, "DCM")
      .text(0x00080104_tag, vr::kLO, meaning);
}

DataSet reference(std::string_view sop_class, std::string_view uid) {
  return DataSet().text(0x00081150_tag, vr::kUI, sop_class).text(0x00081155_tag, vr::kUI, uid);
}

/// What the others refer to.
struct Targets {
  DataSet prior = make_data_set(Kind::ct, dcm::test::prior());
  Items images = {make_data_set(Kind::ct, place(1, 1)), make_data_set(Kind::ct, place(1, 2)),
                  make_data_set(Kind::ct, place(1, 3))};
  std::string study = images[0].value(tags::kStudyInstanceUid);
  std::string series = images[0].value(tags::kSeriesInstanceUid);
  std::string frame_of_reference = images[0].value(0x00200052_tag);

  [[nodiscard]] static DataSet to(const DataSet& image) {
    return reference(kCt, image.value(tags::kSopInstanceUid));
  }
  [[nodiscard]] Items to_images() const {
    Items items;
    for (const DataSet& image : images) items.push_back(to(image));
    return items;
  }
};

/// An object of its own series, of another class than its kind.
DataSet object(Kind kind, int series, std::string_view sop_class, std::string_view modality) {
  return make_data_set(kind, place(series, 1))
      .text(tags::kSopClassUid, vr::kUI, sop_class)
      .text(tags::kModality, vr::kCS, modality);
}

DataSet evidence(const DataSet& first, const Items& references) {
  const DataSet series =
      DataSet()
          .text(tags::kSeriesInstanceUid, vr::kUI, first.value(tags::kSeriesInstanceUid))
          .sequence(0x00081199_tag, references);
  return DataSet()
      .text(tags::kStudyInstanceUid, vr::kUI, first.value(tags::kStudyInstanceUid))
      .sequence(0x00081115_tag, {series});
}

DataSet content(std::string_view type, const DataSet& concept_name) {
  return DataSet()
      .text(0x0040A010_tag, vr::kCS, "CONTAINS")
      .text(0x0040A040_tag, vr::kCS, type)
      .sequence(0x0040A043_tag, {concept_name});
}

DataSet report(const Targets& targets) {
  Items items;
  for (const DataSet& to : targets.to_images())
    items.push_back(
        content("IMAGE", code("121112", "Source of Measurement")).sequence(0x00081199_tag, {to}));
  items.push_back(content("UIDREF", code("112002", "Series Instance UID"))
                      .text(0x0040A124_tag, vr::kUI, targets.series));
  items.push_back(content("SCOORD3D", code("121230", "Path"))
                      .text(0x00700023_tag, vr::kCS, "POINT")
                      .text(0x30060024_tag, vr::kUI, targets.frame_of_reference));
  DataSet section = content("CONTAINER", code("121070", "Findings"));
  section.text(0x0040A050_tag, vr::kCS, "SEPARATE").sequence(0x0040A730_tag, items);
  return object(Kind::report, 2, kComprehensiveSr, "SR")
      .sequence(0x0040A375_tag, {evidence(targets.images[0], targets.to_images())})
      .sequence(0x0040A385_tag, {evidence(targets.prior, {Targets::to(targets.prior)})})
      .sequence(0x0040A730_tag, {section});
}

DataSet structure_set(const Targets& targets) {
  const DataSet series = DataSet()
                             .text(tags::kSeriesInstanceUid, vr::kUI, targets.series)
                             .sequence(0x30060016_tag, targets.to_images());
  const DataSet study = reference(kDetachedStudy, targets.study).sequence(0x30060014_tag, {series});
  Items contours;
  for (const DataSet& to : targets.to_images())
    contours.push_back(DataSet()
                           .text(0x30060042_tag, vr::kCS, "POINT")
                           .numbers(0x30060046_tag, vr::kIS, {1})
                           .text(0x30060050_tag, vr::kDS, "0\\0\\0")
                           .sequence(0x30060016_tag, {to}));
  return object(Kind::structure_set, 3, kStructureSet, "RTSTRUCT")
      .sequence(0x30060010_tag, {DataSet()
                                     .text(0x00200052_tag, vr::kUI, targets.frame_of_reference)
                                     .sequence(0x30060012_tag, {study})})
      .sequence(
          0x30060039_tag,
          {DataSet().sequence(0x30060040_tag, contours).numbers(0x30060084_tag, vr::kIS, {1})});
}

DataSet plan(const DataSet& structure_set, const Targets& targets) {
  return object(Kind::structure_set, 4, kPlan, "RTPLAN")
      .erase(0x30060020_tag)
      .erase(0x30060039_tag)
      .text(0x00200052_tag, vr::kUI, targets.frame_of_reference)
      .text(0x300A0002_tag, vr::kSH, "PHANTOM PLAN")
      .sequence(0x300C0060_tag,
                {reference(kStructureSet, structure_set.value(tags::kSopInstanceUid))});
}

DataSet segmentation(const Targets& targets) {
  const std::string organization = targets.study + ".8";
  Items frames;
  for (const DataSet& to : targets.to_images())
    frames.push_back(
        DataSet().sequence(0x00089124_tag, {DataSet().sequence(0x00082112_tag, {to})}));
  const DataSet series = DataSet()
                             .text(tags::kSeriesInstanceUid, vr::kUI, targets.series)
                             .sequence(0x0008114A_tag, targets.to_images());
  return object(Kind::secondary_capture, 5, kSegmentation, "SEG")
      .text(0x00200052_tag, vr::kUI, targets.frame_of_reference)
      .sequence(0x00081115_tag, {series})
      .sequence(0x00209221_tag, {DataSet().text(0x00209164_tag, vr::kUI, organization)})
      .sequence(0x00209222_tag, {DataSet()
                                     .text(0x00209164_tag, vr::kUI, organization)
                                     .numbers(0x00209165_tag, vr::kAT, {0x00200032})})
      .sequence(0x00620002_tag, {DataSet()
                                     .numbers(0x00620004_tag, vr::kUS, {1})
                                     .text(0x00620021_tag, vr::kUI, targets.study + ".7")})
      .sequence(0x52009230_tag, frames);
}

DataSet presentation_state(const Targets& targets) {
  const DataSet series = DataSet()
                             .text(tags::kSeriesInstanceUid, vr::kUI, targets.series)
                             .sequence(0x00081140_tag, targets.to_images());
  const DataSet text = DataSet().text(0x00700006_tag, vr::kST, "LOOK HERE");
  return object(Kind::report, 6, kPresentationState, "PR")
      .erase(0x0040A730_tag)
      .sequence(0x00081115_tag, {series})
      .sequence(0x00700001_tag, {DataSet()
                                     .sequence(0x00081140_tag, {targets.to_images()[1]})
                                     .text(0x00700002_tag, vr::kCS, "LAYER")
                                     .sequence(0x00700008_tag, {text})})
      .sequence(0x0070005A_tag, {DataSet().sequence(0x00081140_tag, targets.to_images())});
}

}  // namespace

std::vector<Phantom> referring_study() {
  Targets targets;
  for (DataSet& image : targets.images)
    image.sequence(0x00081140_tag, {Targets::to(targets.prior)})
        .sequence(0x00082112_tag, {Targets::to(targets.images[0])});
  Items objects = targets.images;
  objects.push_back(targets.prior);
  objects.push_back(report(targets));
  objects.push_back(structure_set(targets));
  objects.push_back(plan(objects.back(), targets));
  objects.push_back(segmentation(targets));
  objects.push_back(presentation_state(targets));
  std::vector<Phantom> phantoms;
  for (const DataSet& each : objects)
    phantoms.push_back(
        describe(each, uid::kExplicitLittle, file_bytes(each, uid::kExplicitLittle)));
  return phantoms;
}

}  // namespace dcm::test
