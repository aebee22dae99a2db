// SPDX-License-Identifier: MIT
#include "cli/tally_words.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/messages.hpp"

namespace dcm::cli {
namespace {

void append(std::string& text, std::uint64_t count, std::string_view words) {
  if (count > 0) text += fmt::format(", {} {}", grouped(count), words);
}

void add_doubts(const app::DoubtReport& doubts, std::vector<std::string>& warnings) {
  if (doubts.declared_burned_in > 0)
    warnings.push_back(
        fmt::format("{} that the pixels show who the patient is: --allow-burned-in let that pass",
                    quantity(doubts.declared_burned_in, "object says", "objects say")));
  if (doubts.suspected_burned_in > 0)
    warnings.push_back(fmt::format(
        "{} of a kind that often shows text in its pixels: look before you pass them on",
        quantity(doubts.suspected_burned_in, "object is", "objects are")));
  if (doubts.unreadable > 0)
    warnings.push_back(fmt::format("{} removed, which could not be interpreted",
                                   quantity(doubts.unreadable, "element was", "elements were")));
}

}  // namespace

void add_warnings(const app::Tally& tally, std::vector<std::string>& warnings) {
  for (const auto& [reason, count] : tally.refused_for) {
    warnings.push_back(fmt::format("{} refused: {}", quantity(count, "object", "objects"),
                                   reason_words({.code = reason})));
  }
  if (tally.conflict > 0) {
    warnings.push_back(fmt::format(
        "{} in the tree with other content under the same name: the tree keeps what it had until "
        "you remove it",
        tally.conflict == 1 ? "1 object is" : grouped(tally.conflict) + " objects are"));
  }
  if (tally.displaced > 0) {
    warnings.push_back(fmt::format(
        "{} a new folder beside one of that name which is not known as theirs, as it has no "
        "metadata.json of ours or is a link: put that right and remove the new one, or both stay",
        quantity(tally.displaced, "patient has", "patients have")));
  }
  add_doubts(tally.doubts, warnings);
}

std::string stored_words(const app::Tally& tally, const Counted& counted, std::string_view output) {
  auto text = fmt::format("{} of {} stored in {}", grouped(tally.stored + tally.skipped),
                          quantity(tally.expected, counted.one, counted.many), output);
  if (tally.skipped > 0) text += fmt::format(" ({} there before)", grouped(tally.skipped));
  append(text, tally.refused, "refused");
  append(text, tally.failed, "failed");
  append(text, tally.conflict, "in conflict");
  append(text, tally.missing, counted.absent);
  if (tally.waiting > 0)
    text += fmt::format("; {} of them in {}/.dicom-client until all of their patient has come",
                        grouped(tally.waiting), output);
  return text;
}

std::string pace_words(const app::Tally& tally) {
  const auto bytes = static_cast<double>(tally.bytes);
  auto text = fmt::format("; {} in {:.1f} s", size_words(bytes), tally.seconds);
  if (tally.seconds >= 0.05) text += fmt::format(" ({}/s)", size_words(bytes / tally.seconds));
  return text;
}

nlohmann::ordered_json tally_json(const app::Tally& tally, bool verified, ExitCode exit) {
  auto refused_for = nlohmann::ordered_json::array();
  for (const auto& [reason, count] : tally.refused_for) {
    refused_for.push_back({{"reason", code_name(reason)}, {"count", count}});
  }
  return {
      {"expected", tally.expected},
      {"stored", tally.stored},
      {"skipped", tally.skipped},
      {"refused", tally.refused},
      {"failed", tally.failed},
      {"conflict", tally.conflict},
      {"missing", tally.missing},
      {"displaced_patients", tally.displaced},
      {"waiting", tally.waiting},
      {"verified", verified},
      {"bytes", tally.bytes},
      {"seconds", std::round(tally.seconds * 1000) / 1000},
      {"exit", static_cast<int>(exit)},
      {"refused_for", std::move(refused_for)},
      {"doubts",
       {{"declared_burned_in", tally.doubts.declared_burned_in},
        {"suspected_burned_in", tally.doubts.suspected_burned_in},
        {"unreadable_elements", tally.doubts.unreadable}}},
  };
}

}  // namespace dcm::cli
