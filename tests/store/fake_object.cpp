// SPDX-License-Identifier: MIT
#include "store/fake_object.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>
#include <vector>

#include "base/fd.hpp"

namespace dcm::store::test {
namespace {

namespace fs = std::filesystem;

template <typename Description>
auto fields(Description& d) {
  return std::array{&d.patient_id,          &d.study_instance_uid, &d.study_date,
                    &d.study_description,   &d.study_id,           &d.accession_number,
                    &d.series_instance_uid, &d.series_number,      &d.series_description,
                    &d.series_date,         &d.modality,           &d.sop_instance_uid};
}

}  // namespace

std::string FakeObject::bytes() const {
  std::string result;
  for (const std::string* field : fields(about))
    result += std::to_string(field->size()) + ":" + *field;
  return result + payload;
}

FakeObject object_of(const std::string& series, const std::string& sop_instance_uid) {
  FakeObject object;
  object.about.patient_id = "DOE1";
  object.about.study_instance_uid = "1.2.1";
  object.about.study_date = "20230101";
  object.about.series_instance_uid = series;
  object.about.series_number = "1";
  object.about.series_description = "T1";
  object.about.modality = "MR";
  object.about.sop_instance_uid = sop_instance_uid;
  return object;
}

Result<ObjectDescription> describe_fake(int fd) {
  DCM_TRY(const std::string text, read_all(fd, 1U << 24U));
  ObjectDescription about;
  std::size_t at = 0;
  for (std::string* field : fields(about)) {
    const std::size_t colon = text.find(':', at);
    if (colon == std::string::npos) return fail(Errc::truncated);
    const std::size_t size = std::stoul(text.substr(at, colon - at));
    *field = text.substr(colon + 1, size);
    at = colon + 1 + size;
  }
  return about;
}

TreeIdentity demographics() { return {"demographics", {}, "2026c", "0.1.0"}; }

Result<Tree> open_tree(const fs::path& root) {
  return Tree::open(root.string(), demographics(), describe_fake);
}

Placed put(Tree& tree, const FakeObject& object) {
  auto file = tree.stage();
  if (!file || !file->write(as_bytes(object.bytes()))) {
    ADD_FAILURE() << "cannot stage";
    return Placed::conflict;
  }
  const auto placed = tree.place(std::move(*file), object.about);
  if (placed) return *placed;
  ADD_FAILURE() << "cannot place: " << placed.error().detail;
  return Placed::conflict;
}

Scratch::Scratch() {
  const fs::path memory = "/dev/shm";
  const fs::path base = ::access(memory.c_str(), W_OK) == 0 ? memory : fs::temp_directory_path();
  std::string name = (base / "dicom-client-test-XXXXXX").string();
  path_ = ::mkdtemp(name.data());
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string read_text(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

void write_text(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

std::map<std::string, std::string> snapshot(const fs::path& root) {
  std::map<std::string, std::string> result;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string name = entry.path().lexically_relative(root).string();
    if (entry.is_symlink())
      result[name] = "-> " + fs::read_symlink(entry.path()).string();
    else if (entry.is_directory())
      result[name + "/"];
    else
      result[name] = read_text(entry.path());
  }
  return result;
}

}  // namespace dcm::store::test
