#include <doctest/doctest.h>

#include "util/cpu_list.hpp"

namespace devbox {
namespace {

TEST_CASE("a list of processors is read in any order and written ascending") {
  CHECK(cpu_list_text(parse_cpu_list("7,5,0-2,6,1", 1023)) == "0-2,5-7");
  CHECK(cpu_list_text(parse_cpu_list("3", 1023)) == "3");
  CHECK(cpu_list_text({}).empty());
}

TEST_CASE("what is no range names no processor") {
  CHECK(parse_cpu_list("", 1023).empty());
  CHECK(parse_cpu_list("3-1", 1023).empty());
  CHECK(parse_cpu_list("0-4294967295,2", 1023) == std::vector<unsigned>{2});
  CHECK(parse_cpu_list("1-,-1,x,4", 1023) == std::vector<unsigned>{4});
  CHECK_FALSE(parse_cpu_range("1 "));
  CHECK_FALSE(parse_cpu_range("1-2-3"));
}

}  // namespace
}  // namespace devbox
