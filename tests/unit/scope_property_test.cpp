// The words that launch gives devbox-scope, as the values that the manager gets.
#include "scope/property.hpp"

#include <doctest/doctest.h>

#include "scope/protocol.hpp"
#include "util/error.hpp"

namespace devbox::scope {
namespace {

template <class T>
T value_of(const std::string& word) {
  const Property property = parse_property(word);
  CHECK(property.name == word.substr(0, word.find('=')));
  REQUIRE_MESSAGE(std::holds_alternative<T>(property.value), word);
  return std::get<T>(property.value);
}

std::string refusal_of(std::string_view word) {
  try {
    parse_property(word);
  } catch (const Error& error) {
    CHECK(error.kind() == Error::Kind::usage);
    return error.message();
  }
  return "it is accepted";
}

TEST_CASE("sizes, quotas, weights and numbers of tasks are 64 bits, or infinity") {
  CHECK(value_of<std::uint64_t>("MemoryMax=52428800") == 52'428'800);
  CHECK(value_of<std::uint64_t>("MemoryHigh=0") == 0);
  CHECK(value_of<std::uint64_t>("MemorySwapMax=infinity") == UINT64_MAX);
  CHECK(value_of<std::uint64_t>("CPUQuotaPerSecUSec=1500000") == 1'500'000);
  CHECK(value_of<std::uint64_t>("CPUWeight=100") == 100);
  CHECK(value_of<std::uint64_t>("IOWeight=1") == 1);
  CHECK(value_of<std::uint64_t>("TasksMax=18446744073709551615") == UINT64_MAX);
}

TEST_CASE("what is no number of 64 bits is refused with the word") {
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "1k", "0x10", "1.5", "Infinity", "1=1",
                           "18446744073709551616", "99999999999999999999999"}) {
    const std::string word = std::string("MemoryMax=") + text;
    CHECK(refusal_of(word) == word + ": neither a number below 2^64 nor \"infinity\"");
  }
}

TEST_CASE("processor n of a cpuset is bit n % 8 of byte n / 8") {
  struct Row {
    const char* list;
    Bytes mask;
  };
  const Row rows[] = {
      {"0", {0x01}},         {"7", {0x80}},
      {"8", {0x00, 0x01}},   {"0-3,8", {0x0f, 0x01}},
      {"6-9", {0xc0, 0x03}}, {"8,0-3,1", {0x0f, 0x01}},  // in any order, and twice
      {"5-5", {0x20}},       {"23", {0x00, 0x00, 0x80}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.list);
    CHECK(value_of<Bytes>(std::string("AllowedCPUs=") + row.list) == row.mask);
  }
  const Bytes longest = value_of<Bytes>("AllowedCPUs=8191");
  REQUIRE(longest.size() == 1024);
  CHECK(longest.back() == 0x80);
}

TEST_CASE("a cpuset that is empty, reversed, torn or beyond every machine is refused") {
  for (const char* list : {"", ",", "0,", ",0", "3-0", "-3", "0-", "0--3", "0-1-2", "0 1", "a",
                           "8192", "0-8192", "0-18446744073709551616", "infinity"}) {
    const std::string word = std::string("AllowedCPUs=") + list;
    CHECK(refusal_of(word) == word + ": no list of processors from 0 to 8191, as \"0-3,8\" is one");
  }
}

TEST_CASE("a device's limit is a path and a number") {
  const DeviceLimit disk{"/dev/nvme0n1", 2'000'000};
  for (const char* name :
       {"IOReadBandwidthMax", "IOWriteBandwidthMax", "IOReadIOPSMax", "IOWriteIOPSMax"})
    CHECK(value_of<DeviceLimit>(name + std::string("=/dev/nvme0n1 2000000")) == disk);
  CHECK(value_of<DeviceLimit>("IOReadIOPSMax=/a b=c/ d 7") == DeviceLimit{"/a b=c/ d", 7});
  CHECK(value_of<DeviceLimit>("IOReadIOPSMax=/dev/sda infinity") ==
        DeviceLimit{"/dev/sda", UINT64_MAX});
}

TEST_CASE("a device without an absolute path or a number is refused") {
  for (const char* text : {"", "/dev/sda", "dev/sda 1", " 1", "1"}) {
    const std::string word = std::string("IOReadIOPSMax=") + text;
    CHECK(refusal_of(word) == word + ": not an absolute path, a space and a number");
  }
  for (const char* text : {"/dev/sda ", "/dev/sda -1", "/dev/sda 1k"}) {
    const std::string word = std::string("IOReadIOPSMax=") + text;
    CHECK(refusal_of(word) == word + ": neither a number below 2^64 nor \"infinity\"");
  }
}

TEST_CASE("booleans are yes and no") {
  CHECK(value_of<bool>("Delegate=yes"));
  CHECK_FALSE(value_of<bool>("Delegate=no"));
  CHECK(value_of<bool>("IOAccounting=yes"));
  for (const char* text : {"", "true", "1", "Yes", "yes "}) {
    const std::string word = std::string("Delegate=") + text;
    CHECK(refusal_of(word) == word + ": neither \"yes\" nor \"no\"");
  }
}

TEST_CASE("a property that is not in the table is refused, and what it says is made printable") {
  CHECK(refusal_of("MemoryMaximum=1") == "MemoryMaximum=1: there is no such property");
  CHECK(refusal_of("memorymax=1") == "memorymax=1: there is no such property");
  CHECK(refusal_of("ExecStart=/bin/sh") == "ExecStart=/bin/sh: there is no such property");
  CHECK(refusal_of("=1") == "=1: there is no such property");
  CHECK(refusal_of("") == ": not PROPERTY=VALUE");
  CHECK(refusal_of("MemoryMax") == "MemoryMax: not PROPERTY=VALUE");
  CHECK(refusal_of("a\nb=\x1b[31m") == "a\\x0ab=\\x1b[31m: there is no such property");
}

}  // namespace
}  // namespace devbox::scope
