// SPDX-License-Identifier: MIT
#include "app/sweep.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>
#include <vector>

#include "app/condition.hpp"
#include "dicom/date.hpp"

namespace dcm::app {
namespace {

using net::QueryLevel;
using std::chrono::days;
using std::chrono::sys_days;

constexpr Tag kStudyTime{0x0008, 0x0030};
constexpr unsigned kMostFruitless = 20;
constexpr std::uint64_t kMostMisses = 32;
/// Fewer than these are believed to be all where nothing can be found out.
constexpr std::size_t kManyAnswers = 100;
/// So many numbers are tried before the list is taken to be all that there is.
constexpr std::uint64_t kFewMisses = 2;

/// Statuses of servers that had more to say: Orthanc's "cancelled" although nobody cancelled, out
/// of resources, warnings.
bool tells_of_limit(const Error& error) noexcept {
  return error.code == Errc::dimse_status &&
         (error.detail == 0xFE00 || error.detail == 0xA700 || (error.detail & 0xF000) == 0xB000);
}

/// Whether somebody may have set this number as a limit.
constexpr bool may_be_limit(std::size_t count) noexcept {
  const bool power_of_two = count >= 16 && (count & (count - 1)) == 0;
  return count > 0 && (count >= 1000 || count % 5 == 0 || power_of_two || (count + 1) % 100 == 0);
}

Tag number_tag(QueryLevel level) noexcept {
  return level == QueryLevel::series ? tags::kSeriesNumber : tags::kInstanceNumber;
}

Tag unique_tag(QueryLevel level) noexcept {
  return level == QueryLevel::study    ? tags::kStudyInstanceUid
         : level == QueryLevel::series ? tags::kSeriesInstanceUid
                                       : tags::kSopInstanceUid;
}

net::Query with_key(net::Query query, Tag tag, Vr vr, std::string value) {
  std::erase_if(query.keys, [tag](const net::QueryKey& key) { return key.tag == tag; });
  query.keys.push_back({tag, vr, std::move(value)});
  return query;
}

std::string value_of(const net::Query& query, Tag tag) {
  for (const net::QueryKey& key : query.keys)
    if (key.tag == tag) return key.value;
  return {};
}

constexpr sys_days kFirstDay = Date(std::chrono::year(1980) / 1 / 1);
constexpr days kManyDays{20000};

sys_days today() { return std::chrono::time_point_cast<days>(std::chrono::system_clock::now()); }

/// HHMMSS of a TM value; none if it is no time.
std::optional<std::string> seconds_of(std::string_view time) {
  std::string digits(time.substr(0, time.find('.')));
  std::erase(digits, ':');
  if (digits.size() < 2 || digits.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  digits.resize(6, '0');
  return digits;
}

constexpr int kDay = 24 * 60 * 60;

int count_seconds(const std::string& hhmmss) {
  const auto two = [&](std::size_t at) { return (hhmmss[at] - '0') * 10 + (hhmmss[at + 1] - '0'); };
  return std::clamp((two(0) * 60 + two(2)) * 60 + two(4), 0, kDay - 1);
}

std::string to_tm(int seconds) {
  const int number = seconds / 3600 * 10000 + seconds / 60 % 60 * 100 + seconds % 60;
  const std::string digits = std::to_string(number);
  return std::string(6 - digits.size(), '0') + digits;
}

}  // namespace

/// The days asked for, and for a single day the seconds of it.
struct Sweep::Window {
  std::optional<sys_days> from, to;
  int first_second = 0, last_second = kDay - 1;

  static Window of(const net::Query& query) {
    Window window;
    const auto range = DateRange::parse(value_of(query, tags::kStudyDate));
    if (!range) return window;
    if (range->from) window.from = *range->from;
    if (range->to) window.to = *range->to;
    return window;
  }

  [[nodiscard]] bool is_day() const noexcept { return from && to && *from == *to; }
  [[nodiscard]] bool is_whole_day() const noexcept {
    return first_second == 0 && last_second == kDay - 1;
  }

  [[nodiscard]] bool contains(sys_days date) const noexcept {
    return (!from || *from <= date) && (!to || date <= *to);
  }

  [[nodiscard]] net::Query narrow(const net::Query& query) const {
    DateRange range;
    if (from) range.from = Date(*from);
    if (to) range.to = Date(*to);
    net::Query narrowed =
        with_key(query, tags::kStudyDate, vr::kDA, from || to ? range.dicom() : std::string());
    if (is_whole_day()) return narrowed;
    return with_key(std::move(narrowed), kStudyTime, vr::kTM,
                    to_tm(first_second) + "-" + to_tm(last_second) + ".999999");
  }

  /// What lies before, on and after these days, as far as there is anything.
  [[nodiscard]] std::vector<Window> around(sys_days first, std::optional<sys_days> last) const {
    std::vector<Window> parts;
    const auto add = [&](std::optional<sys_days> begin, std::optional<sys_days> end) {
      if (begin && end && *begin > *end) return;
      parts.push_back({.from = begin, .to = end});
    };
    add(from, first - days(1));
    add(first, last);
    if (last) add(*last + days(1), to);
    return parts;
  }

  /// The same with seconds of a day.
  [[nodiscard]] std::vector<Window> around(int first, int last) const {
    std::vector<Window> parts;
    const auto add = [&](int begin, int end) {
      if (begin <= end) parts.push_back({from, to, begin, end});
    };
    add(first_second, first - 1);
    add(first, last);
    add(last + 1, last_second);
    return parts;
  }
};

/// What a query was answered.
struct Sweep::Pile {
  struct When {
    std::optional<sys_days> date;
    std::optional<int> second;
  };
  std::size_t count = 0;
  std::set<std::string> keys;       ///< unique keys of the level
  std::set<std::uint64_t> numbers;  ///< SeriesNumber or InstanceNumber
  std::vector<When> when;           ///< of studies
  std::optional<Error> cut;         ///< the status that told of a limit

  void add(const Attributes& answer, QueryLevel level) {
    ++count;
    keys.insert(answer.text(unique_tag(level)));
    if (level == QueryLevel::series || level == QueryLevel::image) {
      if (const auto number = parse_count(answer.text(number_tag(level)))) numbers.insert(*number);
      return;
    }
    When moment;
    if (const auto date = parse_da(answer.text(tags::kStudyDate))) moment.date = *date;
    if (const auto time = seconds_of(answer.text(kStudyTime))) moment.second = count_seconds(*time);
    when.push_back(moment);
  }

  [[nodiscard]] bool tells_more_than(const Pile& other) const {
    return !std::includes(other.keys.begin(), other.keys.end(), keys.begin(), keys.end());
  }

  /// Whether anything lies outside of `window`: the server ignores ranges.
  [[nodiscard]] bool strays_from(const Window& window) const {
    return std::any_of(when.begin(), when.end(), [&](const When& moment) {
      return moment.date && !window.contains(*moment.date);
    });
  }

  /// Sorted, without duplicates.
  template <typename T>
  [[nodiscard]] std::vector<T> distinct(std::optional<T> When::*what) const {
    std::set<T> values;
    for (const When& moment : when)
      if (moment.*what) values.insert(*(moment.*what));
    return {values.begin(), values.end()};
  }

  /// Parts of `window` such that, if answers are missing, some part tells more than this pile; none
  /// if it cannot be parted.
  [[nodiscard]] std::vector<Window> split(const Window& window) const {
    return window.is_day() ? split_day(window) : split_days(window);
  }

 private:
  [[nodiscard]] std::vector<Window> split_days(const Window& window) const {
    const auto dates = distinct(&When::date);
    if (dates.size() == 1) return window.around(dates.front(), dates.front());
    if (!dates.empty()) return window.around(dates[dates.size() / 2], window.to);
    const sys_days first =
        window.from.value_or(window.to ? std::min(kFirstDay, *window.to - kManyDays) : kFirstDay);
    const sys_days last = window.to.value_or(std::max(today(), first + kManyDays));
    return window.around(first + (last - first + days(1)) / 2, window.to);
  }

  [[nodiscard]] std::vector<Window> split_day(const Window& window) const {
    if (window.first_second == window.last_second) return {};
    const auto seconds = distinct(&When::second);
    if (seconds.size() == 1) return window.around(seconds.front(), seconds.front());
    const int middle = window.first_second + (window.last_second - window.first_second + 1) / 2;
    return window.around(seconds.empty() ? middle : seconds[seconds.size() / 2],
                         window.last_second);
  }
};

/// Asks for series or instances by their numbers, one after the other.
class Sweep::Numbering {
 public:
  Numbering(Sweep& sweep, const net::Query& query, std::optional<std::uint64_t> counted, Pile& pile,
            const net::OnAnswer& on_answer)
      : sweep_(sweep), query_(query), counted_(counted), pile_(pile), on_answer_(on_answer) {}

  Result<void> run() {
    const std::set<std::uint64_t> known = pile_.numbers;
    if (!known.empty()) DCM_CHECK(ask(*known.rbegin() + 1));
    for (std::uint64_t number = 1; goes_on(number); ++number)
      if (known.count(number) == 0) DCM_CHECK(ask(number));
    if (!is_limited()) return note();
    if (wants_more()) DCM_CHECK(ask(0));
    // Several may share a number.
    for (const std::uint64_t number : known)
      if (wants_more()) DCM_CHECK(ask(number));
    return note();
  }

 private:
  [[nodiscard]] bool is_limited() const noexcept { return news_ || pile_.cut; }

  [[nodiscard]] bool wants_more() const noexcept {
    return !ignored_ && (!counted_ || pile_.keys.size() < *counted_);
  }

  [[nodiscard]] bool goes_on(std::uint64_t number) const noexcept {
    if (!wants_more()) return false;
    if (!is_limited()) return misses_ < kFewMisses;
    return misses_ < kMostMisses || (!pile_.numbers.empty() && number <= *pile_.numbers.rbegin());
  }

  Result<void> ask(std::uint64_t number) {
    const Tag tag = number_tag(query_.level);
    DCM_TRY(Pile part,
            sweep_.ask(with_key(query_, tag, vr::kIS, std::to_string(number)), on_answer_));
    ignored_ = std::any_of(part.numbers.begin(), part.numbers.end(),
                           [number](std::uint64_t other) { return other != number; });
    const bool tells_more = part.tells_more_than(pile_);
    misses_ = tells_more ? 0 : misses_ + 1;
    news_ = news_ || tells_more;
    pile_.keys.merge(part.keys);
    pile_.numbers.merge(part.numbers);
    return {};
  }

  Result<void> note() {
    if (news_) sweep_.learn_limit(pile_, query_.level);
    if (counted_ && pile_.keys.size() < *counted_) ++sweep_.gaps_.short_lists;
    // Without a count nobody knows whether there are others.
    if (!counted_ && is_limited()) ++sweep_.gaps_.cut;
    return {};
  }

  Sweep& sweep_;
  const net::Query& query_;
  std::optional<std::uint64_t> counted_;
  Pile& pile_;
  const net::OnAnswer& on_answer_;
  std::uint64_t misses_ = 0;  ///< numbers in a row that brought nothing new
  bool news_ = false;
  bool ignored_ = false;  ///< the number is not matched
};

bool Sweep::may_be_cut(const Pile& pile, QueryLevel level) const noexcept {
  const auto limit = limits_[static_cast<std::size_t>(level)];
  return pile.cut || (limit ? pile.count >= *limit : may_be_limit(pile.count));
}

void Sweep::learn_limit(const Pile& pile, QueryLevel level) noexcept {
  auto& limit = limits_[static_cast<std::size_t>(level)];
  // A server that tells needs no guess.
  if (!pile.cut) limit = std::min(limit.value_or(pile.count), pile.count);
}

Result<Sweep::Pile> Sweep::ask(const net::Query& query, const net::OnAnswer& on_answer) {
  Pile pile;
  const Result<void> asked = archive_.find(query, [&](Attributes answer) {
    pile.add(answer, query.level);
    return on_answer(std::move(answer));
  });
  if (!asked && !tells_of_limit(asked.error())) return fail(asked.error());
  if (!asked) pile.cut = asked.error();
  fruitless_ = pile.cut && pile.count == 0 ? fruitless_ + 1 : 0;
  if (fruitless_ > kMostFruitless) return fail(*pile.cut);
  return pile;
}

Result<Sweep::Extent> Sweep::once(const net::Query& query, const net::OnAnswer& on_answer) {
  DCM_TRY(const Pile pile, ask(query, on_answer));
  if (!may_be_cut(pile, query.level)) return Extent::whole;
  const bool is_known = pile.cut || limits_[static_cast<std::size_t>(query.level)];
  return is_known ? Extent::cut : Extent::perhaps_cut;
}

Result<void> Sweep::studies(const net::Query& query, const net::OnAnswer& on_answer) {
  DCM_TRY(const Pile whole, ask(query, on_answer));
  if (!may_be_cut(whole, query.level)) return {};
  return divide(query, Window::of(query), whole, on_answer);
}

Result<void> Sweep::divide(const net::Query& query, const Window& window, const Pile& whole,
                           const net::OnAnswer& on_answer) {
  std::vector<std::pair<Window, Pile>> parts;
  bool is_limited = whole.cut.has_value();
  bool ignores_dates = false;
  for (const Window& each : whole.split(window)) {
    DCM_TRY(Pile pile, ask(each.narrow(query), on_answer));
    ignores_dates = pile.strays_from(each);
    if (ignores_dates) {
      parts.clear();
      break;
    }
    is_limited = is_limited || pile.tells_more_than(whole);
    parts.emplace_back(each, std::move(pile));
  }
  if (is_limited) learn_limit(whole, query.level);
  const bool is_likely = whole.cut || limits_[static_cast<std::size_t>(query.level)] ||
                         (ignores_dates && whole.count >= kManyAnswers);
  if (parts.empty() && is_likely) ++gaps_.cut;
  if (is_limited && (!(window.from || window.to) || window.is_day())) gaps_.undated = true;
  for (const auto& [part, pile] : parts) {
    // As long as nothing new came up, what is missing can only hide where everything is.
    const bool goes_on = is_limited ? may_be_cut(pile, query.level) : pile.count >= whole.count;
    if (goes_on) DCM_CHECK(divide(query, part, pile, on_answer));
  }
  return {};
}

Result<void> Sweep::parts(const net::Query& query, std::optional<std::uint64_t> counted,
                          const net::OnAnswer& on_answer) {
  DCM_TRY(Pile pile, ask(query, on_answer));
  const bool is_short = counted ? pile.keys.size() < *counted : may_be_cut(pile, query.level);
  if (!is_short) return {};
  return Numbering(*this, query, counted, pile, on_answer).run();
}

}  // namespace dcm::app
