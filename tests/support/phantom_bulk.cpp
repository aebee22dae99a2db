// SPDX-License-Identifier: MIT
#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "support/phantoms.hpp"

namespace dcm::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHeaderElements = 259;  // without PixelData: that of a real CT

// Grows a CT header to the size of a real one with private elements, as scanners do.
void fill_header(DataSet& slice, const Place& place) {
  slice.text(0x00430010_tag, vr::kLO, "DCM PHANTOM BENCH");
  for (std::uint32_t i = 0; slice.elements().size() < kHeaderElements + 1; ++i) {
    const Tag tag = Tag::from(0x00431000 + i);
    switch (i % 4) {
      case 0:
        slice.text(tag, vr::kDS, std::to_string(place.instance) + ".125");
        break;
      case 1:
        slice.numbers(tag, vr::kSL, {place.instance, static_cast<int>(i)});
        break;
      case 2:
        slice.text(tag, vr::kLO, "VALUE OF A SCANNER " + std::to_string(i));
        break;
      default:
        slice.numbers(tag, vr::kUS, {static_cast<int>(i)});
        break;
    }
  }
}

DataSet functional_groups(int frame) {
  const std::string text = std::to_string(frame);
  const auto with = [](const DataSet& item) { return std::vector<DataSet>{item}; };
  return DataSet()
      .sequence(0x00189114_tag, with(DataSet().reals(0x00189082_tag, vr::kFD, {frame * 0.25})))
      .sequence(0x00209111_tag, with(DataSet()
                                         .text(0x00189074_tag, vr::kDT, "20230101101500.125000")
                                         .text(0x00189151_tag, vr::kDT, "20230101101500.250000")
                                         .reals(0x00189220_tag, vr::kFD, {12.5})
                                         .text(0x00209056_tag, vr::kSH, "1")
                                         .numbers(0x00209057_tag, vr::kUL, {frame})
                                         .numbers(0x00209128_tag, vr::kUL, {1})
                                         .numbers(0x00209157_tag, vr::kUL, {1, frame})))
      .sequence(0x00209113_tag,
                with(DataSet().text(0x00200032_tag, vr::kDS, "-120.5\\-110.25\\" + text)))
      .sequence(0x00209116_tag, with(DataSet().text(0x00200037_tag, vr::kDS, "1\\0\\0\\0\\1\\0")))
      .sequence(0x00289110_tag, with(DataSet()
                                         .text(0x00180050_tag, vr::kDS, "5")
                                         .text(0x00280030_tag, vr::kDS, "0.625\\0.625")))
      .sequence(
          0x00289132_tag,
          with(
              DataSet().text(0x00281050_tag, vr::kDS, "400").text(0x00281051_tag, vr::kDS, "1200")))
      .sequence(0x00289145_tag, with(DataSet()
                                         .text(0x00281052_tag, vr::kDS, "0")
                                         .text(0x00281053_tag, vr::kDS, "1")
                                         .text(0x00281054_tag, vr::kLO, "US")));
}

}  // namespace

std::vector<fs::path> write_benchmark_study(const fs::path& folder, const BenchmarkShape& shape) {
  fs::create_directories(folder);
  std::vector<fs::path> paths;
  Place place{.person = {30, "BENCH-1", "BENCH^PATIENT", "ISO_IR 100", "1 PHANTOM LANE"}};
  place.size = shape.size;
  for (place.series = 1; place.series <= shape.series; ++place.series) {
    place.series_number = std::to_string(place.series);
    place.series_description = "BENCH " + place.series_number;
    for (place.instance = 1; place.instance <= shape.slices; ++place.instance) {
      DataSet slice = make_data_set(Kind::ct, place);
      fill_header(slice, place);
      paths.push_back(folder /
                      (place.series_number + "_" + std::to_string(place.instance) + ".dcm"));
      write_file(paths.back(), file_bytes(slice, place.transfer_syntax));
    }
  }
  return paths;
}

void write_huge_object(const fs::path& path, std::uint64_t bytes) {
  constexpr std::uint64_t kFrame = 1024 * 1024;
  const std::uint64_t frames = std::max<std::uint64_t>(1, bytes / kFrame);
  if (frames * kFrame >= 0xFFFFFFFF) throw std::runtime_error("a huge object is under 4 GiB");
  Place place{.person = {31, "HUGE-1", "HUGE^PATIENT", "", "1 PHANTOM LANE"}};
  place.series_description = "HUGE";
  place.size = 1024;
  DataSet object = make_data_set(Kind::secondary_capture, place);
  Element& pixels = *object.find(tags::kPixelData);
  const std::string pattern = std::move(pixels.bytes);
  pixels.bytes.clear();
  pixels.claimed_length = static_cast<std::uint32_t>(frames * kFrame);
  object.text(tags::kSopClassUid, vr::kUI, "1.2.840.10008.5.1.4.1.1.7.2")
      .numbers(0x00280008_tag, vr::kIS, {static_cast<std::int64_t>(frames)});
  write_file(path, file_bytes(object, place.transfer_syntax));
  std::ofstream file(path, std::ios::binary | std::ios::app);
  for (std::uint64_t i = 0; i < frames; ++i)
    file.write(pattern.data(), static_cast<std::streamsize>(pattern.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

void write_many_frames(const fs::path& path, int frames) {
  Place place{.person = {32, "FRAMES-1", "FRAMES^PATIENT", "", "1 PHANTOM LANE"}};
  place.series_description = "FRAMES";
  place.size = 16;
  DataSet object = make_data_set(Kind::enhanced_mr, place);
  std::vector<DataSet> groups;
  std::string pixels;
  for (int frame = 1; frame <= frames; ++frame) {
    groups.push_back(functional_groups(frame));
    pixels += std::string(512, static_cast<char>(frame));
  }
  object.sequence(0x52009230_tag, std::move(groups)).numbers(0x00280008_tag, vr::kIS, {frames});
  object.find(tags::kPixelData)->bytes = std::move(pixels);
  write_file(path, file_bytes(object, place.transfer_syntax));
}

}  // namespace dcm::test
