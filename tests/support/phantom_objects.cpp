// SPDX-License-Identifier: MIT
#include <map>

#include "support/phantoms.hpp"

namespace dcm::test {
namespace {

constexpr std::string_view kRoot = "1.2.826.0.1.3680043.10.1337.1";
constexpr std::string_view kCreator = "DCM PHANTOM 1.0";

std::string uid_of(const Place& place, int depth) {
  const std::array parts = {place.person.number, place.study, place.series, place.instance};
  std::string uid(kRoot);
  for (int i = 0; i < depth; ++i) uid += "." + std::to_string(parts[static_cast<std::size_t>(i)]);
  return uid;
}

struct KindFacts {
  std::string_view sop_class, modality;
};

KindFacts facts(Kind kind) {
  switch (kind) {
    case Kind::ct:
      return {"1.2.840.10008.5.1.4.1.1.2", "CT"};
    case Kind::mr:
      return {"1.2.840.10008.5.1.4.1.1.4", "MR"};
    case Kind::enhanced_mr:
      return {"1.2.840.10008.5.1.4.1.1.4.1", "MR"};
    case Kind::ultrasound:
      return {"1.2.840.10008.5.1.4.1.1.3.1", "US"};
    case Kind::report:
      return {"1.2.840.10008.5.1.4.1.1.88.11", "SR"};
    case Kind::secondary_capture:
      return {"1.2.840.10008.5.1.4.1.1.7", "OT"};
    case Kind::structure_set:
      return {"1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT"};
  }
  return {};
}

DataSet code(std::string_view value, std::string_view meaning) {
  return DataSet()
      .text(0x00080100_tag, vr::kSH, value)
      .text(0x00080102_tag, vr::kSH, "99PHANTOM")
      .text(0x00080104_tag, vr::kLO, meaning);
}

DataSet reference(std::string_view sop_class, std::string_view sop_instance) {
  return DataSet()
      .text(0x00081150_tag, vr::kUI, sop_class)
      .text(0x00081155_tag, vr::kUI, sop_instance);
}

// Look like demographics and are none: these must stay.
DataSet neighbours(const Person& person) {
  return DataSet()
      .text(0x00100020_tag, vr::kLO, person.id)
      .text(0x00100021_tag, vr::kLO, "PHANTOM HOSPITAL")
      .text(0x00100032_tag, vr::kTM, "101500")
      .sequence(0x00101002_tag, {DataSet()
                                     .text(0x00100020_tag, vr::kLO, "ALT-" + person.id)
                                     .text(0x00100022_tag, vr::kCS, "TEXT")})
      .text(0x001021F0_tag, vr::kLO, "NONE STATED")
      .text(0x00102201_tag, vr::kLO, "HUMAN");
}

void add_identification(DataSet& out, Kind kind, const Place& place) {
  if (!place.person.character_set.empty())
    out.text(0x00080005_tag, vr::kCS, place.person.character_set);
  out.text(0x00080016_tag, vr::kUI, facts(kind).sop_class)
      .text(0x00080018_tag, vr::kUI, uid_of(place, 4))
      .text(0x00080020_tag, vr::kDA, place.study_date)
      .text(0x00080021_tag, vr::kDA, place.study_date)
      .text(0x00080023_tag, vr::kDA, place.study_date)
      .text(0x00080030_tag, vr::kTM, "093000")
      .text(0x00080033_tag, vr::kTM, "093100")
      .text(0x00080050_tag, vr::kSH,
            "ACC" + std::to_string(place.person.number * 100 + place.study))
      .text(0x00080060_tag, vr::kCS, facts(kind).modality)
      .text(0x00080070_tag, vr::kLO, "PHANTOM WORKS")
      .text(0x00080080_tag, vr::kLO, "PHANTOM HOSPITAL")
      .text(0x00080090_tag, vr::kPN, "REFERRER^RITA")
      .text(0x00081030_tag, vr::kLO, "STUDY " + std::to_string(place.study))
      .text(0x0008103E_tag, vr::kLO, place.series_description)
      .text(0x0020000D_tag, vr::kUI, uid_of(place, 2))
      .text(0x0020000E_tag, vr::kUI, uid_of(place, 3))
      .text(0x00200010_tag, vr::kSH, std::to_string(place.study))
      .text(0x00200011_tag, vr::kIS, place.series_number)
      .numbers(0x00200013_tag, vr::kIS, {place.instance});
}

// The 20 attributes in every kind of nest that a reader must look into.
void add_nests(DataSet& out, const Place& place) {
  const DataSet nested = demographics(place.person).merge(neighbours(place.person));
  DataSet third_level = nested;
  third_level.merge(code("LEVEL3", "Three levels deep"));
  out.sequence(0x00081110_tag,
               {reference("1.2.840.10008.3.1.2.3.1", uid_of(place, 2)).merge(nested),
                reference("1.2.840.10008.3.1.2.3.1", uid_of(place, 2))})
      .sequence(0x00081111_tag, {nested}, Lengths::undefined)
      .sequence(0x00400275_tag,
                {DataSet()
                     .text(0x00400007_tag, vr::kLO, "PHANTOM STEP")
                     .sequence(0x00400008_tag,
                               {code("P1", "Protocol").sequence(0x00400440_tag, {third_level})})})
      .un_sequence(0x04000561_tag,
                   {DataSet()
                        .text(0x04000563_tag, vr::kLO, "PHANTOM WORKS")
                        .sequence(0x04000550_tag, {nested})},
                   Lengths::defined);
}

// In implicit VR only an undefined length shows that a private element is a sequence.
void add_private(DataSet& out, const Place& place) {
  const DataSet nested = demographics(place.person).text(0x00290010_tag, vr::kLO, kCreator);
  out.text(0x00290010_tag, vr::kLO, kCreator)
      .text(0x00291001_tag, vr::kLO, "PRIVATE TEXT")
      .numbers(0x00291002_tag, vr::kUS, {1, 2, 3})
      .sequence(0x00291010_tag, {nested, DataSet(nested).text(0x00291001_tag, vr::kLO, "INNER")},
                Lengths::undefined)
      .un_sequence(0x00291020_tag, {nested}, Lengths::undefined)
      .bytes(0x00291030_tag, vr::kUN, std::string("\x01\x02\x03\xFF\xFE\x00\xE0\xDD", 8))
      .reals(0x00291031_tag, vr::kFD, {0.5, -1.25});
}

struct Pixels {
  int frames = 1;
  int samples = 1;
  int bits = 16;
};

void add_pixels(DataSet& out, const Place& place, const Pixels& pixels) {
  const int size = place.size;
  std::string data;
  data.reserve(
      static_cast<std::size_t>(pixels.frames * size * size * pixels.samples * pixels.bits / 8));
  for (int frame = 0; frame < pixels.frames; ++frame)
    for (int y = 0; y < size; ++y)
      for (int x = 0; x < size * pixels.samples; ++x) {
        const int value = x * 5 + y * 3 + (x * y) / 7 + place.instance * 11 + frame * 17;
        data.push_back(static_cast<char>(value & 0xFF));
        if (pixels.bits == 16) data.push_back(static_cast<char>((value >> 8) & 0x0F));
      }
  const bool deep = pixels.bits == 16;
  out.numbers(0x00280002_tag, vr::kUS, {pixels.samples})
      .text(0x00280004_tag, vr::kCS, pixels.samples == 3 ? "RGB" : "MONOCHROME2")
      .numbers(0x00280010_tag, vr::kUS, {size})
      .numbers(0x00280011_tag, vr::kUS, {size})
      .numbers(0x00280100_tag, vr::kUS, {pixels.bits})
      .numbers(0x00280101_tag, vr::kUS, {deep ? 12 : 8})
      .numbers(0x00280102_tag, vr::kUS, {deep ? 11 : 7})
      .numbers(0x00280103_tag, vr::kUS, {0})
      .bytes(0x7FE00010_tag, deep ? vr::kOW : vr::kOB, std::move(data));
  if (pixels.samples == 3) out.numbers(0x00280006_tag, vr::kUS, {0});
  if (pixels.frames > 1) out.numbers(0x00280008_tag, vr::kIS, {pixels.frames});
}

void add_geometry(DataSet& out, const Place& place) {
  out.text(0x00180050_tag, vr::kDS, "2.5")
      .text(0x00200032_tag, vr::kDS, "-160\\-160\\" + std::to_string(place.instance * 5))
      .text(0x00200037_tag, vr::kDS, "1\\0\\0\\0\\1\\0")
      .text(0x00200052_tag, vr::kUI, uid_of(place, 2) + ".9")
      .text(0x00280030_tag, vr::kDS, "0.625\\0.625");
}

void add_ct(DataSet& out, const Place& place) {
  add_geometry(out, place);
  out.text(0x00080008_tag, vr::kCS, "ORIGINAL\\PRIMARY\\AXIAL")
      .text(0x00180060_tag, vr::kDS, "120")
      .text(0x00281052_tag, vr::kDS, "-1024")
      .text(0x00281053_tag, vr::kDS, "1");
  add_pixels(out, place, {});
}

void add_mr(DataSet& out, const Place& place) {
  add_geometry(out, place);
  out.text(0x00080008_tag, vr::kCS, "ORIGINAL\\PRIMARY\\OTHER")
      .text(0x00180020_tag, vr::kCS, "SE")
      .text(0x00180080_tag, vr::kDS, "500")
      .text(0x00180081_tag, vr::kDS, "15");
  add_pixels(out, place, {});
}

void add_enhanced_mr(DataSet& out, const Place& place) {
  constexpr int kFrames = 4;
  std::vector<DataSet> frames;
  for (int i = 1; i <= kFrames; ++i) {
    DataSet content, position;
    content.numbers(0x00209157_tag, vr::kUL, {1, i}).text(0x00209056_tag, vr::kSH, "1");
    position.text(0x00200032_tag, vr::kDS, "0\\0\\" + std::to_string(i * 5));
    frames.push_back(DataSet()
                         .sequence(0x00209111_tag, {content})
                         .sequence(0x00209113_tag, {position})
                         .sequence(0x00081140_tag, {demographics(place.person)}));
  }
  const DataSet measures = DataSet().text(0x00280030_tag, vr::kDS, "0.625\\0.625");
  out.text(0x00080008_tag, vr::kCS, "ORIGINAL\\PRIMARY\\M\\NONE")
      .sequence(0x52009229_tag, {DataSet().sequence(0x00289110_tag, {measures})})
      .sequence(0x52009230_tag, frames);
  add_pixels(out, place, {.frames = kFrames});
}

void add_ultrasound(DataSet& out, const Place& place) {
  out.text(0x00080008_tag, vr::kCS, "ORIGINAL\\PRIMARY")
      .text(0x00181063_tag, vr::kDS, "33.3")
      .numbers(0x00280009_tag, vr::kAT, {0x00181063});
  add_pixels(out, place, {.frames = 3, .samples = 3, .bits = 8});
}

DataSet content_item(std::string_view type, const DataSet& concept_name) {
  return DataSet()
      .text(0x0040A010_tag, vr::kCS, "CONTAINS")
      .text(0x0040A040_tag, vr::kCS, type)
      .sequence(0x0040A043_tag, {concept_name});
}

void add_report(DataSet& out, const Place& place) {
  DataSet finding = content_item("TEXT", code("121071", "Finding"));
  finding.text(0x0040A160_tag, vr::kUT, "Nothing but a phantom.").merge(demographics(place.person));
  DataSet observer = content_item("PNAME", code("121008", "Person Observer Name"));
  observer.text(0x0040A123_tag, vr::kPN, "OBSERVER^OTTO");
  DataSet section = content_item("CONTAINER", code("121070", "Findings"));
  section.text(0x0040A050_tag, vr::kCS, "SEPARATE").sequence(0x0040A730_tag, {finding, observer});
  out.text(0x0040A040_tag, vr::kCS, "CONTAINER")
      .sequence(0x0040A043_tag, {code("18782-3", "Report")})
      .text(0x0040A050_tag, vr::kCS, "SEPARATE")
      .text(0x0040A491_tag, vr::kCS, "COMPLETE")
      .text(0x0040A493_tag, vr::kCS, "UNVERIFIED")
      .sequence(0x0040A372_tag, {})
      .sequence(0x0040A730_tag, {section});
}

void add_secondary_capture(DataSet& out, const Place& place) {
  out.text(0x00080064_tag, vr::kCS, "WSD").text(0x00200020_tag, vr::kCS, "");
  add_pixels(out, place, {.bits = 8});
}

void add_structure_set(DataSet& out, const Place& place) {
  std::vector<DataSet> regions, contours;
  for (int i = 1; i <= 3; ++i) {
    regions.push_back(DataSet()
                          .numbers(0x30060022_tag, vr::kIS, {i})
                          .text(0x30060024_tag, vr::kUI, uid_of(place, 2) + ".9")
                          .text(0x30060026_tag, vr::kLO, "REGION " + std::to_string(i)));
    DataSet contour;
    contour.text(0x30060042_tag, vr::kCS, "CLOSED_PLANAR")
        .numbers(0x30060046_tag, vr::kIS, {3})
        .text(0x30060050_tag, vr::kDS, "0\\0\\0\\10\\0\\0\\10\\10\\0");
    contours.push_back(DataSet()
                           .numbers(0x3006002A_tag, vr::kIS, {255, 0, i})
                           .sequence(0x30060040_tag, {contour, contour})
                           .numbers(0x30060084_tag, vr::kIS, {i}));
  }
  out.text(0x30060002_tag, vr::kSH, "PHANTOM SET")
      .sequence(0x30060020_tag, regions)
      .sequence(0x30060039_tag, contours);
}

}  // namespace

DataSet demographics(const Person& person) {
  return DataSet()
      .sequence(0x00081120_tag,
                {reference("1.2.840.10008.3.1.2.1.1",
                           std::string(kRoot) + ".99." + std::to_string(person.number))})
      .text(0x00100010_tag, vr::kPN, person.name)
      .text(0x00100030_tag, vr::kDA, "19700131")
      .text(0x00100040_tag, vr::kCS, "O")
      .text(0x00101000_tag, vr::kLO, "OTHER-" + std::to_string(person.number) + "\\OTHER-B")
      .text(0x00101001_tag, vr::kPN, person.name)
      .text(0x00101010_tag, vr::kAS, "053Y")
      .text(0x00101020_tag, vr::kDS, "1.77")
      .text(0x00101030_tag, vr::kDS, "71.5")
      .text(0x00101040_tag, vr::kLO, person.address)
      .text(0x00101060_tag, vr::kPN, "MAIDEN^MOTHER")
      .text(0x00101080_tag, vr::kLO, "CORPORAL")
      .text(0x00101081_tag, vr::kLO, "PHANTOM CORPS")
      .text(0x00101090_tag, vr::kLO, "SHELF 7")
      .text(0x00102154_tag, vr::kSH, "+00 555 0100")
      .text(0x00102160_tag, vr::kSH, "PHANTOMESE")
      .text(0x00102297_tag, vr::kPN, "GUARDIAN^GUS")
      .text(0x00102298_tag, vr::kCS, "PARENT")
      .text(0x00102299_tag, vr::kLO, "GUARDIANS INC")
      .text(0x00104000_tag, vr::kLT, "COMMENT ON " + person.address);
}

DataSet make_data_set(Kind kind, const Place& place) {
  DataSet out = demographics(place.person).merge(neighbours(place.person));
  add_identification(out, kind, place);
  add_nests(out, place);
  add_private(out, place);
  switch (kind) {
    case Kind::ct:
      add_ct(out, place);
      break;
    case Kind::mr:
      add_mr(out, place);
      break;
    case Kind::enhanced_mr:
      add_enhanced_mr(out, place);
      break;
    case Kind::ultrasound:
      add_ultrasound(out, place);
      break;
    case Kind::report:
      add_report(out, place);
      break;
    case Kind::secondary_capture:
      add_secondary_capture(out, place);
      break;
    case Kind::structure_set:
      add_structure_set(out, place);
      break;
  }
  return out;
}

Phantom make_phantom(Kind kind, const Place& place) {
  const DataSet data_set = make_data_set(kind, place);
  return describe(data_set, place.transfer_syntax,
                  file_bytes(data_set, place.transfer_syntax, place.encoding));
}

Phantom describe(const DataSet& data_set, std::string_view transfer_syntax, std::string bytes) {
  Phantom out;
  out.bytes = std::move(bytes);
  out.patient_id = data_set.value(tags::kPatientId);
  out.patient_name = data_set.value(tags::kPatientName);
  out.character_set = data_set.value(tags::kSpecificCharacterSet);
  out.study_uid = data_set.value(tags::kStudyInstanceUid);
  out.series_uid = data_set.value(tags::kSeriesInstanceUid);
  out.sop_uid = data_set.value(tags::kSopInstanceUid);
  out.sop_class = data_set.value(tags::kSopClassUid);
  out.transfer_syntax = transfer_syntax;
  out.series_number = data_set.value(tags::kSeriesNumber);
  out.series_description = data_set.value(tags::kSeriesDescription);
  out.study_date = data_set.value(tags::kStudyDate);
  out.modality = data_set.value(tags::kModality);
  out.label = out.modality + out.sop_uid.substr(kRoot.size());
  return out;
}

}  // namespace dcm::test
