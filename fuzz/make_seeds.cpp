// SPDX-License-Identifier: MIT
// Writes the seeds of element_reader and rewriter: make_seeds FOLDER. Run by hand when the samples
// change.
#include <filesystem>
#include <string>

#include "support/phantoms.hpp"
#include "support/samples.hpp"

namespace {

namespace tags = dcm::tags;
namespace test = dcm::test;
namespace vr = dcm::vr;

constexpr std::string_view kSyntaxes[] = {test::uid::kImplicitLittle, test::uid::kExplicitLittle,
                                          test::uid::kExplicitBig, test::uid::kDeflated,
                                          test::uid::kJpegBaseline};

void write_seed(const std::filesystem::path& folder, int number, char choice,
                const std::string& bytes) {
  test::write_file(folder / (std::to_string(number) + ".seed"), choice + bytes);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 1;
  const std::filesystem::path folder(argv[1]);
  int number = 0;
  for (const test::Sample& sample : test::samples()) {
    const auto choice = static_cast<char>(static_cast<int>(sample.encoding) + 3 * (number % 16));
    write_seed(folder / "element_reader", ++number, choice, sample.bytes);
  }
  test::DataSet patient;
  patient.text(tags::kPatientName, vr::kPN, "DOE^JOHN").text(tags::kPatientId, vr::kLO, "12345");
  const test::DataSet object =
      test::every_shape(patient).bytes(tags::kPixelData, vr::kOW, "PIXELS");
  number = 0;
  for (std::size_t i = 0; i < std::size(kSyntaxes); ++i)
    for (const test::Lengths lengths : {test::Lengths::defined, test::Lengths::undefined}) {
      const std::string bytes =
          encode(object,
                 {.syntax = test::syntax_of(kSyntaxes[i]), .sequences = lengths, .items = lengths});
      write_seed(folder / "rewriter", ++number, static_cast<char>(i + 5 * 6), bytes);
    }
  return 0;
}
