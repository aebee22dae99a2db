// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "support/dataset_builder.hpp"

/// Invented patients and their studies: the same bytes in every run.
namespace dcm::test {

/// The 20 attributes that the `demographics` profile removes.
inline constexpr std::array kDemographicTags = {
    0x00081120_tag, 0x00100010_tag, 0x00100030_tag, 0x00100040_tag, 0x00101000_tag,
    0x00101001_tag, 0x00101010_tag, 0x00101020_tag, 0x00101030_tag, 0x00101040_tag,
    0x00101060_tag, 0x00101080_tag, 0x00101081_tag, 0x00101090_tag, 0x00102154_tag,
    0x00102160_tag, 0x00102297_tag, 0x00102298_tag, 0x00102299_tag, 0x00104000_tag};

/// Texts are in `character_set`, the value of (0008,0005); empty is the default repertoire.
struct Person {
  int number = 1;  ///< part of the UIDs
  std::string id = "12345";
  std::string name = "DOE^JOHN";
  std::string character_set = {};
  std::string address = "1 PHANTOM LANE";
};

enum class Kind : std::uint8_t {
  ct,
  mr,
  enhanced_mr,  ///< 4 frames with functional groups
  ultrasound,   ///< RGB, 3 frames
  report,       ///< SR, nested content, no pixels
  secondary_capture,
  structure_set  ///< RT, no pixels
};

/// Where an object stands and how it is encoded.
struct Place {
  Person person = {};
  int study = 1;
  std::string study_date = "20230101";
  int series = 1;                   ///< part of the UIDs, one for each series of the study
  std::string series_number = "1";  ///< need not be unique
  std::string series_description = "PHANTOM";
  int instance = 1;
  int size = 64;                                            ///< rows and columns, in pixels
  std::string_view transfer_syntax = uid::kExplicitLittle;  ///< an uncompressed one
  Encoding encoding = {};
};

/// One object as a whole file, and what it says about itself.
struct Phantom {
  std::string label;  ///< a unique file name, for messages too
  std::string bytes;
  std::string patient_id, patient_name, character_set;
  std::string study_uid, series_uid, sop_uid, sop_class, transfer_syntax;
  std::string series_number, series_description, study_date, modality;
};

/// All 20 attributes of kDemographicTags, filled in.
[[nodiscard]] DataSet demographics(const Person& person);

/// The data set of an object. Holds the 20 attributes at top level, in a private sequence, in
/// sequences encoded as UN of defined and of undefined length and three levels deep, with other
/// patient attributes beside them that must stay.
[[nodiscard]] DataSet make_data_set(Kind kind, const Place& place);
[[nodiscard]] Phantom make_phantom(Kind kind, const Place& place);

/// Describes an object whose data set is at hand; `bytes` may be any encoding of it.
[[nodiscard]] Phantom describe(const DataSet& data_set, std::string_view transfer_syntax,
                               std::string bytes);

/// All patients, kinds and uncompressed encodings (deflated too). Among them: DOE^JOHN (12345) with
/// studies on 20120606 and 20230101 and two series of equal number and description; SMITH^ANNA and
/// SMITHERS^PAT; names in six character sets; PatientIDs that are empty or paths.
[[nodiscard]] std::vector<Phantom> default_collection();

enum class Compression : std::uint8_t { jpeg_baseline, jpeg_lossless, jpeg_ls, rle, deflated };

/// Writes `source` compressed to `target` with the tools of the dcmtk package. Baseline wants 8
/// bits a sample. UIDs stay. Throws if the tool fails.
void compress(const std::filesystem::path& source, Compression kind,
              const std::filesystem::path& target);

/// One patient, COLLINS^CORA, with one series for each Compression. Throws if a tool fails.
[[nodiscard]] std::vector<Phantom> compressed_collection();

/// Writes each to folder/label.dcm, making the folder; returns the paths in the same order.
std::vector<std::filesystem::path> write_files(const std::vector<Phantom>& phantoms,
                                               const std::filesystem::path& folder);

/// The study that is measured: CT slices of 16 bit, 259 elements in each header, of one patient,
/// BENCH^PATIENT.
struct BenchmarkShape {
  int series = 4;
  int slices = 250;  ///< in each series
  int size = 512;    ///< rows and columns
};
std::vector<std::filesystem::path> write_benchmark_study(const std::filesystem::path& folder,
                                                         const BenchmarkShape& shape = {});

/// Writes a multi-frame object with about `bytes` of pixel data (whole frames of 1 MiB, at least
/// one, less than 4 GiB), never holding more than a frame in memory.
void write_huge_object(const std::filesystem::path& path, std::uint64_t bytes);

/// Writes an enhanced MR object of small frames, each with 17 elements in 7 functional groups: a
/// header of 4 MB for 10,000 frames.
void write_many_frames(const std::filesystem::path& path, int frames);

/// Writes a file, making its folder. Throws on failure.
void write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace dcm::test
