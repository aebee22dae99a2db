// SPDX-License-Identifier: MIT
#include "app/filing.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "base/fd.hpp"
#include "support/dataset_builder.hpp"
#include "support/temp_dir.hpp"

namespace dcm::app {
namespace {

using test::DataSet;
using test::TempDir;
using test::operator""_tag;

DataSet object() {
  DataSet data_set;
  data_set.text(0x00080016_tag, vr::kUI, "1.2.840.10008.5.1.4.1.1.7")
      .text(0x00080018_tag, vr::kUI, "1.2.3.4")
      .text(0x00100020_tag, vr::kLO, "12345")
      .text(0x0020000D_tag, vr::kUI, "1.2.3")
      .text(0x0020000E_tag, vr::kUI, "1.2.3.1")
      .text(0x00200011_tag, vr::kIS, "7");
  return data_set;
}

Result<store::ObjectDescription> described(const DataSet& data_set, std::string_view syntax) {
  const TempDir folder;
  const auto path = folder.path() / "object.dcm";
  Fd out(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  EXPECT_TRUE(write_all(out.get(), as_bytes(test::file_bytes(data_set, syntax))));
  const Fd in(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return describe_file(in.get());
}

TEST(Filing, DescribesAFileInEveryEncoding) {
  for (const std::string_view syntax : {test::uid::kImplicitLittle, test::uid::kExplicitLittle,
                                        test::uid::kExplicitBig, test::uid::kDeflated}) {
    const auto description = described(object(), syntax);
    ASSERT_TRUE(description) << syntax;
    EXPECT_EQ(description->patient_id, "12345") << syntax;
    EXPECT_EQ(description->series_number, "7") << syntax;
  }
}

TEST(Filing, ReadsOnBehindALargeValueInTheMiddleOfTheHeader) {
  DataSet data_set = object();
  data_set.text(0x00090010_tag, vr::kLO, "ACME")
      .bytes(0x00091010_tag, vr::kOB, std::string(std::size_t{2} << 20, 'x'));
  const auto description = described(data_set, test::uid::kExplicitLittle);
  ASSERT_TRUE(description);
  EXPECT_EQ(description->patient_id, "12345");
  EXPECT_EQ(description->series_instance_uid, "1.2.3.1");
}

TEST(Filing, FailsForWhatIsNoDicomFile) {
  const TempDir folder;
  const auto path = folder.path() / "object.dcm";
  const Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  const auto description = describe_file(file.get());
  ASSERT_FALSE(description);
  EXPECT_EQ(description.error().code, Errc::bad_file_meta);
}

}  // namespace
}  // namespace dcm::app
