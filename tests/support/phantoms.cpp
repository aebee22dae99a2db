// SPDX-License-Identifier: MIT
#include "support/phantoms.hpp"

#include <fstream>
#include <stdexcept>

#include "support/process.hpp"
#include "support/read_back.hpp"
#include "support/temp_dir.hpp"

namespace dcm::test {
namespace {

namespace fs = std::filesystem;

const Person kJohn{};
const Person kJane{.number = 2, .id = "PAT-0002", .name = "DOE^JANE"};
const Person kAnna{.number = 3, .id = "PAT-0003", .name = "SMITH^ANNA"};
const Person kPat{.number = 4, .id = "PAT-0004", .name = "SMITHERS^PAT"};

const std::vector<Person>& people_of_the_world() {
  static const std::vector<Person> people = {
      {5, "PAT-0005", "M\334STER^J\326RG", "ISO_IR 100", "M\374llerstra\337e 1"},
      {6, "PAT-0006", "\304\317\312\311\314\307^\301\315\315\301", "ISO_IR 126",
       "\317\344\374\362 \304\357\352\351\354\336\362 1"},
      {7, "PAT-0007",
       "TESUTO^HANAKO=\033$B;n83\033(B^\033$B2V;R\033(B=\033$B$F$9$H\033(B^\033$B$O$J$3\033(B",
       "\\ISO 2022 IR 87", "\033$B;n83D.\033(B"},
      {8, "PAT-0008",
       "SIHEOM^MINJI=\033$)C\343\313\372\320^\033$)C\332\305\362\252"
       "=\033$)C\275\303\307\350^\033$)C\271\316\301\366",
       "\\ISO 2022 IR 149", "\033$)C\275\303\307\350\267\316"},
      // The last character of the address ends with the byte of a backslash.
      {9, "PAT-0009", "CESHI^XIAOMING=\262\342\312\324^\320\241\303\367", "GB18030",
       "\262\342\312\324\302\267\201\\"},
      {10, "PAT-0010",
       "\303\221AND\303\232^ZO\303\213=\343\203\206\343\202\271\343\203\210^\316\251", "ISO_IR 192",
       "\303\234n\303\257code stra\303\237e \346\235\261 1"}};
  return people;
}

constexpr Encoding kUndefinedLengths{.sequences = Lengths::undefined, .items = Lengths::undefined};
constexpr Encoding kGroupLengths{.sequences = Lengths::undefined,
                                 .group_lengths = Encoding::GroupLengths::present};

void add_series(std::vector<Phantom>& out, Kind kind, Place place, int instances) {
  for (place.instance = 1; place.instance <= instances; ++place.instance)
    out.push_back(make_phantom(kind, place));
}

void add_john(std::vector<Phantom>& out) {
  const Place old{.person = kJohn, .study = 1, .study_date = "20120606"};
  Place place = old;
  place.series_description = "HEAD";
  add_series(out, Kind::ct, place, 3);
  place.series = 2;  // same number, same description, another series
  place.encoding = kUndefinedLengths;
  add_series(out, Kind::ct, place, 3);
  place = old;
  place.series = 3;
  place.series_number = "99";
  place.series_description = "REPORT";
  add_series(out, Kind::report, place, 1);

  const Place recent{.person = kJohn, .study = 2, .study_date = "20230101"};
  place = recent;
  place.series_number = "2";
  place.series_description = "CHEST";
  add_series(out, Kind::ct, place, 3);
  place.series = 2;
  place.series_number = "3";
  place.series_description = "T1 SE";
  place.transfer_syntax = uid::kImplicitLittle;
  add_series(out, Kind::mr, place, 3);
}

void add_jane(std::vector<Phantom>& out) {
  const Place study{.person = kJane, .study_date = "20230101"};
  Place place = study;
  place.series_description = "T2 TSE";
  place.transfer_syntax = uid::kImplicitLittle;
  place.encoding = kUndefinedLengths;
  add_series(out, Kind::mr, place, 3);
  place.series = 2;
  place.series_number = "2";
  place.transfer_syntax = uid::kExplicitBig;
  add_series(out, Kind::mr, place, 2);
  place = study;
  place.series = 3;
  place.series_number = "501";
  place.series_description = "SCREEN";
  place.encoding = kGroupLengths;
  add_series(out, Kind::secondary_capture, place, 1);
  place = study;
  place.study = 2;
  place.study_date = "20211115";
  place.series_description = "DEFLATED";
  place.transfer_syntax = uid::kDeflated;
  add_series(out, Kind::ct, place, 2);
}

void add_anna_and_pat(std::vector<Phantom>& out) {
  const Place anna{.person = kAnna, .study_date = "20230615"};
  Place place = anna;
  place.series_description = "FLAIR";
  add_series(out, Kind::mr, place, 2);
  place.series = 2;
  place.series_number = "2";
  place.series_description = "ENHANCED";
  add_series(out, Kind::enhanced_mr, place, 1);

  const Place pat{.person = kPat, .study_date = "20221231"};
  place = pat;
  place.series_description = "LIVER";
  add_series(out, Kind::ultrasound, place, 1);
  place.series = 2;
  place.series_number = "7";
  place.series_description = "CONTOURS";
  place.encoding = kUndefinedLengths;
  add_series(out, Kind::structure_set, place, 1);
}

void add_hostile(std::vector<Phantom>& out) {
  Place place{.person = {11, "../evil", "HOSTILE^PATH", "", "1 PHANTOM LANE"}};
  place.study_date = "20200229";
  place.series_description = "a/b:*?\"<>|..";
  add_series(out, Kind::ct, place, 1);
  place.person = {12, "", "NAMELESS^ID", "", "1 PHANTOM LANE"};
  place.study_date = "20191201";
  place.series_number = "";
  place.series_description = "";
  add_series(out, Kind::secondary_capture, place, 1);
  place.person = {13, "PAT-0013", "CONTROL^CHARACTERS", "", "1 PHANTOM LANE"};
  place.study_date = "20190101";
  place.series_number = "-1";
  place.series_description = "tab\tbell\aline\nesc\033[31mred";
  add_series(out, Kind::ct, place, 1);
}

std::string_view transfer_syntax(Compression kind) {
  switch (kind) {
    case Compression::jpeg_baseline:
      return uid::kJpegBaseline;
    case Compression::jpeg_lossless:
      return uid::kJpegLossless;
    case Compression::jpeg_ls:
      return uid::kJpegLsLossless;
    case Compression::rle:
      return uid::kRle;
    case Compression::deflated:
      return uid::kDeflated;
  }
  return {};
}

}  // namespace

std::vector<Phantom> default_collection() {
  std::vector<Phantom> out;
  add_john(out);
  add_jane(out);
  add_anna_and_pat(out);
  for (const Person& person : people_of_the_world()) {
    Place place{.person = person,
                .study_date = "20180" + std::to_string(person.number % 9 + 1) + "11"};
    place.series_description = "WORLD";
    add_series(out, person.number % 2 == 0 ? Kind::ct : Kind::mr, place, 1);
    place.series = 2;
    place.series_number = "2";
    place.transfer_syntax = uid::kImplicitLittle;
    add_series(out, Kind::secondary_capture, place, 1);
  }
  add_hostile(out);
  return out;
}

void compress(const fs::path& source, Compression kind, const fs::path& target) {
  std::vector<std::string> command;
  switch (kind) {
    case Compression::jpeg_baseline:
      command = {"dcmcjpeg", "+eb", "+un"};
      break;
    case Compression::jpeg_lossless:
      command = {"dcmcjpeg", "+e1", "+un"};
      break;
    case Compression::jpeg_ls:
      command = {"dcmcjpls", "+el", "+un"};
      break;
    case Compression::rle:
      command = {"dcmcrle", "+un"};
      break;
    case Compression::deflated:
      command = {"dcmconv", "+td"};
      break;
  }
  command.insert(command.end(), {source.string(), target.string()});
  const RunResult result = run(command);
  if (result.exit_code != 0) throw std::runtime_error(command.front() + ": " + result.err);
}

std::vector<Phantom> compressed_collection() {
  const TempDir folder;
  Place place{.person = {20, "PAT-0020", "COLLINS^CORA", "ISO_IR 100", "1 PHANTOM LANE"}};
  place.study_date = "20170707";
  std::vector<Phantom> out;
  for (const Compression kind : {Compression::jpeg_baseline, Compression::jpeg_lossless,
                                 Compression::jpeg_ls, Compression::rle, Compression::deflated}) {
    const bool eight_bits = kind == Compression::jpeg_baseline;
    place.series_number = std::to_string(place.series);
    place.series_description = "COMPRESSED";
    for (place.instance = 1; place.instance <= 2; ++place.instance) {
      Phantom phantom = make_phantom(eight_bits ? Kind::ultrasound : Kind::ct, place);
      write_file(folder.path() / "plain", phantom.bytes);
      compress(folder.path() / "plain", kind, folder.path() / "compressed");
      phantom.bytes = read_file(folder.path() / "compressed");
      phantom.transfer_syntax = transfer_syntax(kind);
      out.push_back(std::move(phantom));
    }
    ++place.series;
  }
  return out;
}

std::vector<fs::path> write_files(const std::vector<Phantom>& phantoms, const fs::path& folder) {
  fs::create_directories(folder);
  std::vector<fs::path> paths;
  for (const Phantom& phantom : phantoms) {
    paths.push_back(folder / (phantom.label + ".dcm"));
    write_file(paths.back(), phantom.bytes);
  }
  return paths;
}

void write_file(const fs::path& path, std::string_view bytes) {
  if (path.has_parent_path()) fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace dcm::test
