// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/budget.hpp"
#include "base/byte_sink.hpp"
#include "deid/deidentifier.hpp"
#include "deid/project.hpp"
#include "dicom/attributes.hpp"
#include "dicom/deflate.hpp"
#include "dicom/element_reader.hpp"
#include "dicom/element_writer.hpp"
#include "dicom/file_meta.hpp"
#include "dicom/header_tape.hpp"
#include "dicom/object_sink.hpp"

namespace dcm::deid {

/// Bytes of a data set that nobody has to look at.
struct PassingBytes {
  std::uint64_t count = 0;
  bool kept = false;  ///< they belong to the output, else they are left out
};

/// Turns the data set of one object after another, as its bytes arrive, into the file to keep: a
/// new file meta group, the header after the profile's edits, and pixel data copied through unread.
/// The header is kept until pixel data, and what follows that until the end; pixel data are never
/// buffered. Nor are other large top-level values (above kBulkBytes, holding no items) that go, or
/// that stay under plain `demographics`, whose rules look at one element at a time; those that stay
/// under a PS3.15 profile are part of the header, with its limit. In the same transfer syntax; a
/// deflated data set is inflated, edited and deflated again.
///
/// Without a project the data set is written exactly as received, but read all the same: an object
/// whose elements cannot be told apart is refused in every mode.
class Rewriter : private ByteSink {
 public:
  /// Top-level bulk values (OB, OW, OF, OD, OL, OV, UN) above this stream past the tape.
  static constexpr std::uint32_t kBulkBytes = std::uint32_t{1} << 20;

  /// `project` may be nullptr; it and `budget` must outlive the rewriter.
  Rewriter(const Project* project, Budget& budget);
  ~Rewriter() override;

  /// Starts an object; what came of the one before is forgotten. `output` must live until finish()
  /// or the next begin(). Fails with unsupported_syntax, missing_uid, or as the output does.
  Result<void> begin(const ObjectInfo& info, ByteSink& output);

  /// The next bytes of the data set, as encoded. Fails as ElementReader, HeaderTape, Inflater and
  /// the output do; after that the object is lost, and only begin() makes sense.
  Result<void> feed(Bytes bytes);

  /// The source vouches that the data set is whole. Fails with truncated, missing_uid (no SOP
  /// instance UID in the data set) or uid_mismatch (not that of the command).
  Result<void> finish();

  /// How many of the bytes that come next belong to a value that passes through as it is, or is
  /// left out. A source that has them in a file may take them past the rewriter: it flushes and
  /// appends them to the output itself (or not), and says so by pass().
  [[nodiscard]] PassingBytes passing() const noexcept;
  void pass(std::uint64_t count) noexcept;

  /// Gives back what the object holds of the budget; only begin() makes sense after that. Called
  /// here when anything fails; a source that breaks off calls it.
  void abandon() noexcept;

  /// What the project could not settle about the object; complete after finish().
  [[nodiscard]] Findings findings() const noexcept;

  /// What the object is filed by - patient, study, series and instance attributes - as written.
  [[nodiscard]] const Attributes& written() const noexcept { return written_; }

 private:
  enum class Streaming : std::uint8_t { no, keep, drop };

  Result<void> write(Bytes inflated) override;
  Result<void> take(Bytes bytes);
  Result<void> complete();
  Result<void> on_event(const Event& event);
  Result<void> judge_bulk();
  Result<void> decide(const Event& piece);
  Result<void> begin_streaming(Streaming streaming);
  Result<void> stream(const Event& event);
  void count_streamed(std::uint64_t bytes) noexcept;
  Result<void> flush();
  void file_by(const Edits& edits);
  [[nodiscard]] std::string_view creator_of(const TapeRecord& record) const noexcept;
  [[nodiscard]] bool stays(const TapeRecord& record) const noexcept;

  const Project* project_;
  std::optional<Deidentifier> deidentifier_;
  HeaderTape tape_;
  ObjectInfo info_;
  ByteSink* output_ = nullptr;  ///< of the edited data set: the file, or the deflater before it
  ByteSink* file_ = nullptr;
  std::optional<ElementReader> reader_;
  std::unique_ptr<Inflater> inflater_;
  std::unique_ptr<Deflater> deflater_;
  Attributes written_;
  std::string received_uid_;  ///< the SOP instance UID in the data set
  Part part_ = Part::header;
  Streaming streaming_ = Streaming::no;
  std::size_t undecided_ = 0;      ///< bytes of a large value that will tell whether it streams
  std::uint64_t stream_left_ = 0;  ///< of a streamed value of defined length
};

}  // namespace dcm::deid
