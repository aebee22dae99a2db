// SPDX-License-Identifier: MIT
#include "deid/scrubber.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "deid/harvest.hpp"
#include "deid/phrase_set.hpp"
#include "deid/text_cutter.hpp"

namespace dcm::deid {
namespace {

/// Phrases of one object, more than fit into any honest one.
constexpr std::size_t kMaxPhrases = std::size_t{1} << 15;
constexpr std::size_t kMatchers = 6;
constexpr std::size_t kMaxRemembered = 2048;     ///< texts of one matcher
constexpr std::size_t kLongestRemembered = 256;  ///< bytes

/// What became of texts that were seen before. Bounded: when full, it begins anew.
class ResultMemo {
 public:
  /// All that a result depends on, once the phrases are known.
  struct Text {
    std::string_view value;
    Vr vr;
    std::string_view character_set;  ///< empty if it makes no difference
  };
  using Result = std::optional<std::string>;

  [[nodiscard]] static std::uint64_t hash_of(const Text& text) noexcept {
    return quick_hash(text.value, static_cast<std::uint64_t>(text.vr));
  }

  [[nodiscard]] const Result* find(std::uint64_t hash, const Text& text) const noexcept {
    if (slots_.empty()) return nullptr;
    for (std::size_t at = hash % kSlots; slots_[at].entry != kFree; at = (at + 1) % kSlots) {
      if (slots_[at].tag != tag_of(hash)) continue;
      const Entry& entry = entries_[slots_[at].entry];
      if (entry.value == text.value && entry.vr == text.vr &&
          entry.character_set == text.character_set)
        return &entry.result;
    }
    return nullptr;
  }

  const Result& add(std::uint64_t hash, const Text& text, Result result) {
    if (slots_.empty() || entries_.size() == kMaxRemembered) {
      slots_.assign(kSlots, {kFree, 0});
      entries_.clear();
    }
    std::size_t at = hash % kSlots;
    while (slots_[at].entry != kFree) at = (at + 1) % kSlots;
    slots_[at] = {static_cast<std::uint16_t>(entries_.size()), tag_of(hash)};
    entries_.push_back(
        {std::string(text.value), text.vr, std::string(text.character_set), std::move(result)});
    return entries_.back().result;
  }

 private:
  struct Entry {
    std::string value;
    Vr vr;
    std::string character_set;
    Result result;
  };
  struct Slot {
    std::uint16_t entry;
    std::uint16_t tag;  ///< some bits of the hash
  };
  static constexpr std::size_t kSlots = 2 * kMaxRemembered;
  static constexpr std::uint16_t kFree = std::numeric_limits<std::uint16_t>::max();
  static std::uint16_t tag_of(std::uint64_t hash) noexcept {
    return static_cast<std::uint16_t>(hash >> 48);
  }

  std::vector<Slot> slots_;
  std::vector<Entry> entries_;
};

/// What one harvest makes of texts.
struct Matcher {
  std::uint64_t hash = 0;
  std::string harvest;
  PhraseSet phrases{kMaxPhrases};
  bool is_overfull = false;
  ResultMemo memo;
};

}  // namespace

struct Scrubber::State {
  UidFate uids = UidFate::cut;
  PhraseSet given{std::numeric_limits<std::size_t>::max()};  ///< by the user
  Decoders decoders;
  Harvest harvest;
  std::vector<std::unique_ptr<Matcher>> matchers;  ///< the last used first
  Matcher* current = nullptr;
  TextCutter cutter;
  std::string result;

  Matcher& matcher();
  std::optional<std::string> clean(std::string_view value, Vr vr, std::string_view character_set);
};

Matcher& Scrubber::State::matcher() {
  if (current != nullptr) return *current;
  const std::uint64_t hash = quick_hash(harvest.bytes(), harvest.is_overfull() ? 1 : 0);
  auto found = std::find_if(matchers.begin(), matchers.end(), [&](const auto& known) {
    return known->hash == hash && known->harvest == harvest.bytes() &&
           known->is_overfull == harvest.is_overfull();
  });
  if (found == matchers.end()) {
    if (matchers.size() == kMatchers) matchers.pop_back();
    auto made = std::make_unique<Matcher>();
    made->hash = hash;
    made->harvest = harvest.bytes();
    made->is_overfull = harvest.is_overfull();
    Harvest::compile(made->harvest, decoders, made->phrases);
    found = matchers.insert(matchers.begin(), std::move(made));
  }
  std::rotate(matchers.begin(), found, found + 1);
  current = matchers.front().get();
  return *current;
}

std::optional<std::string> Scrubber::State::clean(std::string_view value, Vr vr,
                                                  std::string_view character_set) {
  const Matcher& known = matcher();
  const std::array<const PhraseSet*, 2> phrases = {&given, &known.phrases};
  const bool distrusts = known.is_overfull || known.phrases.is_full();
  std::optional<std::string> cleaned =
      cutter.cut(value, vr, decoders.of(character_set), {phrases, uids, distrusts});
  if (cleaned && cleaned->size() % 2 != 0) cleaned->push_back(' ');
  return cleaned;
}

Scrubber::Scrubber(std::span<const std::string> phrases, Uids uids)
    : state_(std::make_unique<State>()) {
  state_->uids = uids == Uids::keep ? UidFate::keep : UidFate::cut;
  TextDecoder decoder("ISO_IR 192");
  FoldedText text;
  for (const std::string& phrase : phrases) {
    for (const auto umlauts : {TextDecoder::Umlauts::bare, TextDecoder::Umlauts::with_e}) {
      text.clear();
      decoder.start(phrase, vr::kUT, umlauts);
      decoder.read(text, phrase.size());
      text.find_words();
      state_->given.add_phrase(text);
      if (phrase.find('^') != std::string::npos) state_->given.add_name(text);
    }
  }
}

Scrubber::~Scrubber() = default;
Scrubber::Scrubber(Scrubber&&) noexcept = default;
Scrubber& Scrubber::operator=(Scrubber&&) noexcept = default;

void Scrubber::begin() {
  state_->harvest.clear();
  state_->current = nullptr;
}

void Scrubber::harvest(Identity identity, Vr vr, std::string_view value,
                       std::string_view character_set) {
  state_->current = nullptr;
  state_->harvest.add(identity, vr, value, character_set, state_->decoders);
}

std::optional<std::string_view> Scrubber::scrub(std::string_view value, Vr vr,
                                                std::string_view character_set) {
  if (value.empty() || !is_text(vr)) return std::nullopt;
  State& state = *state_;
  if (value.size() > kLongestRemembered) {
    std::optional<std::string> cleaned = state.clean(value, vr, character_set);
    if (!cleaned) return std::nullopt;
    state.result = *std::move(cleaned);
    return state.result;
  }
  const ResultMemo::Text text{value, vr, is_plain(value) ? std::string_view() : character_set};
  const std::uint64_t hash = ResultMemo::hash_of(text);
  ResultMemo& memo = state.matcher().memo;
  const ResultMemo::Result* known = memo.find(hash, text);
  if (known == nullptr) known = &memo.add(hash, text, state.clean(value, vr, character_set));
  if (!*known) return std::nullopt;
  return **known;
}

}  // namespace dcm::deid
