// SPDX-License-Identifier: MIT
#include "dicom/file_meta.hpp"

#include <gtest/gtest.h>

#include "support/dataset_builder.hpp"
#include "support/phantoms.hpp"
#include "support/process.hpp"
#include "support/read_back.hpp"
#include "support/temp_dir.hpp"

namespace dcm {
namespace {

using test::operator""_tag;

constexpr std::string_view kClass = "1.2.840.10008.5.1.4.1.1.7";

std::string text_of(const std::vector<std::byte>& bytes) { return std::string(as_text(bytes)); }

std::string file_around(std::string_view data_set) {
  return test::file_bytes_around(data_set, test::uid::kImplicitLittle, kClass, "1.2.3");
}

Errc code_of(std::string_view file) {
  const Result<ParsedFileMeta> parsed = parse_file_meta(as_bytes(file));
  return parsed ? Errc::ok : parsed.error().code;
}

TEST(FileMeta, ReadsWhatAnotherEncoderWrote) {
  const std::string data_set = encode(test::DataSet().text(tags::kPatientId, vr::kLO, "12345"),
                                      {.syntax = test::Encoding::Syntax::implicit_le});
  const std::string file = file_around(data_set);
  const Result<ParsedFileMeta> parsed = parse_file_meta(as_bytes(file));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->meta.sop_class_uid, kClass);
  EXPECT_EQ(parsed->meta.sop_instance_uid, "1.2.3");
  EXPECT_EQ(parsed->meta.transfer_syntax_uid, test::uid::kImplicitLittle);
  EXPECT_EQ(file.substr(parsed->data_set_offset), data_set);
}

TEST(FileMeta, ReadsWhatItWrote) {
  for (const char* uid : {"1.2.3", "1.2.34"}) {
    const FileMeta meta{std::string(kClass), uid, std::string(test::uid::kExplicitLittle)};
    const std::string bytes = text_of(meta.encode());
    const Result<ParsedFileMeta> parsed = parse_file_meta(as_bytes(bytes));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->meta.sop_instance_uid, uid);
    EXPECT_EQ(parsed->data_set_offset, bytes.size());
    EXPECT_EQ(test::transfer_syntax_of(bytes), test::uid::kExplicitLittle);
    EXPECT_EQ(bytes.substr(0, 128), std::string(128, '\0'));
  }
}

TEST(FileMeta, IsReadByDcmdump) {
  const test::TempDir folder;
  const FileMeta meta{std::string(kClass), "1.2.3", std::string(test::uid::kExplicitLittle)};
  const std::string path = folder.path() / "file.dcm";
  test::write_file(path, text_of(meta.encode()) +
                             encode(test::DataSet().text(tags::kPatientId, vr::kLO, "12345"), {}));
  const test::RunResult result = test::run({"dcmdump", "-q", path});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_NE(result.out.find("(0002,0012) UI [2.25."), std::string::npos);
  EXPECT_NE(result.out.find("[12345]"), std::string::npos);
}

TEST(FileMeta, RefusesWhatIsNoDicomFile) {
  const std::string file = file_around("");
  EXPECT_EQ(code_of(file), Errc::ok);
  EXPECT_EQ(code_of(""), Errc::bad_file_meta);
  EXPECT_EQ(code_of(file.substr(128)), Errc::bad_file_meta);
  EXPECT_EQ(code_of(std::string(128, '\0') + "DICM"), Errc::bad_file_meta);
  EXPECT_EQ(code_of(std::string(200, '\0')), Errc::bad_file_meta);
}

TEST(FileMeta, RefusesAGroupThatIsCutBeforeTheTransferSyntax) {
  const std::string file = file_around("");
  const std::size_t syntax_end = file.find(test::uid::kImplicitLittle) + 18;
  for (std::size_t size = 0; size < syntax_end; ++size)
    EXPECT_EQ(code_of(file.substr(0, size)), Errc::bad_file_meta) << size;
}

TEST(FileMeta, RefusesAGroupWithoutTransferSyntax) {
  const std::string file = std::string(128, '\0') + "DICM" +
                           encode(test::DataSet().text(0x00020003_tag, vr::kUI, "1.2.3"), {});
  EXPECT_EQ(code_of(file), Errc::bad_file_meta);
}

TEST(FileMeta, RefusesAnElementLongerThanTheFile) {
  test::DataSet meta;
  meta.text(tags::kTransferSyntaxUid, vr::kUI, test::uid::kImplicitLittle)
      .bytes(0x00020102_tag, vr::kOB, "1234")
      .find(0x00020102_tag)
      ->claimed_length = 0xFFFFFFFE;
  EXPECT_EQ(code_of(std::string(128, '\0') + "DICM" + encode(meta, {})), Errc::bad_file_meta);
}

}  // namespace
}  // namespace dcm
