#include <doctest/doctest.h>

#include "surroundings/settings_text.hpp"

namespace devbox::surroundings {
namespace {

TEST_CASE("settings are written a line each, and what is left alone is not written") {
  CHECK(settings_text({}).empty());
  CHECK(settings_text({.time = Time{123, 456, 1000}}) ==
        "time_start 123\ntime_base 456\ntime_slowdown 1000\n");
  CHECK(settings_text({.order = Order::sorted}) == "order sorted\n");
  CHECK(settings_text({.order = Order::reversed}) == "order reversed\n");
  CHECK(settings_text({.order = Order::hashed, .seed = ~std::uint64_t{0}}) ==
        "order hashed-18446744073709551615\n");
  CHECK(settings_text({.release = "5.0.1-x", .version = "#1 SMP now"}) ==
        "release 5.0.1-x\nversion #1 SMP now\n");
}

TEST_CASE("the longest settings fit into what the library reads") {
  const std::string text(kMostText, 'x');
  const std::int64_t most = INT64_MAX;
  CHECK(settings_text({Time{most, most, most}, Order::hashed, ~std::uint64_t{0}, text, text})
            .size() <= kMostSettings);
}

}  // namespace
}  // namespace devbox::surroundings
