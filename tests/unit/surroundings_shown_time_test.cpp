// What the clock, a file and a deadline become where devbox-surroundings.so changes the time.
#include "surroundings/shown_time.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

namespace devbox::surroundings {
namespace {

constexpr int64_t kStart = 1'700'000'000 * kSecond + 123;
constexpr int64_t kPast = 1'600'000'000 * kSecond;
constexpr int64_t kFuture = kStart + 400 * 86400 * kSecond + 54321;
constexpr int64_t kLater = kStart + 900 * kSecond;  // now, after a quarter of an hour

constexpr TimeMap kMaps[] = {{kStart, kPast, 1},   {kStart, kPast, 1000}, {kStart, kFuture, 1},
                             {kStart, kFuture, 7}, {kStart, kStart, 1},   {kStart, kStart, 1000}};

TEST_CASE("the clock begins at the base and is slowed") {
  CHECK(shown({kStart, kPast, 1}, kStart) == kPast);
  CHECK(shown({kStart, kPast, 1}, kLater) == kPast + 900 * kSecond);
  CHECK(shown({kStart, kPast, 1000}, kLater) == kPast + kSecond * 9 / 10);
  CHECK(shown({kStart, kPast, 1000}, kStart - kSecond) == kPast);  // a clock that was set back
}

TEST_CASE("of two files the shown times are ordered as the real ones, where they differ enough") {
  for (const TimeMap& map : kMaps)
    for (int64_t step = map.slowdown; step < kSecond; step *= 3)
      CHECK(shown_of_file(map, kStart + 5 * kSecond, kLater) <
            shown_of_file(map, kStart + 5 * kSecond + step, kLater));
}

TEST_CASE("a time that is set reads back exactly, whatever the clock shows") {
  for (const TimeMap& map : kMaps) {
    CAPTURE(map.base);
    CAPTURE(map.slowdown);
    const int64_t now_shown = shown(map, kLater);
    for (const int64_t wanted : {int64_t{0}, kPast - 1, map.base - 1, map.base, map.base + 1,
                                 map.base + kSecond / 3, now_shown - 1, now_shown, kFuture * 2}) {
      // Where the base is the present, just before and behind it lies what the clock made.
      if (map.base == kStart && (wanted == kStart - 1 || wanted > now_shown)) continue;
      CHECK(shown_of_file(map, stored_for(map, wanted, kLater), kLater) == wanted);
    }
  }
}

TEST_CASE("what a copy keeps is stored between the real times of its neighbours") {
  for (const TimeMap& map : kMaps) {
    const int64_t real = kStart + 17 * kSecond + 1'000'001;
    const int64_t copy = stored_for(map, shown_of_file(map, real, kLater), kLater);
    CHECK(copy <= real);
    CHECK(copy > real - map.slowdown);
  }
}

TEST_CASE("files that were there, and times that only someone can have set, are left") {
  for (const TimeMap& map : kMaps) {
    CHECK(shown_of_file(map, kStart - kSecond / 10, kLater) == kStart - kSecond / 10);
    CHECK(shown_of_file(map, kLater + 2 * kSecond, kLater) == kLater + 2 * kSecond);
    CHECK(shown_of_file(map, kLater + kSecond / 2, kLater) == shown(map, kLater + kSecond / 2));
  }
}

TEST_CASE("a file made in the first tick, before the start as the kernel has it, is the build's") {
  for (const TimeMap& map : kMaps)
    CHECK(shown_of_file(map, kStart - kSecond / 100, kLater) == map.base);
}

TEST_CASE("of a file that was there nothing lies in the future of the shown clock") {
  const TimeMap map{kStart, kPast, 1000};
  CHECK(shown_of_old_file(map, kPast - 1, kLater) == kPast - 1);
  CHECK(shown_of_old_file(map, kStart - kSecond, kLater) == kPast);
  CHECK(shown_of_old_file(map, kStart + kSecond, kLater) == kPast + kSecond / 1000);  // it was read
  const TimeMap ahead{kStart, kFuture, 1};
  CHECK(shown_of_old_file(ahead, kStart - kSecond, kLater) == kStart - kSecond);
}

TEST_CASE("a wait lasts as long as it was meant to") {
  for (const TimeMap& map : kMaps) {
    const int64_t now_shown = shown(map, kLater);
    CHECK(real_deadline(map, now_shown + kSecond / 5, kLater) == kLater + kSecond / 5);
    CHECK(real_deadline(map, now_shown - kSecond, kLater) == kLater - kSecond);
  }
}

TEST_CASE("a deadline of the monotonic clock is left, and none is before 1970") {
  const TimeMap map{kStart, kFuture, 1};
  CHECK(real_deadline(map, 0, kLater) == 0);
  const int64_t ten_years_up = int64_t{10} * 366 * 86400 * kSecond;
  CHECK(real_deadline(map, ten_years_up, kLater) == ten_years_up);
  const TimeMap far{1000 * kSecond, kFuture, 1};
  CHECK(real_deadline(far, kFuture - 2000 * kSecond, 1000 * kSecond) == 0);
}

}  // namespace
}  // namespace devbox::surroundings
