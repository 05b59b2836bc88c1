#include "host/subordinate.hpp"

#include <doctest/doctest.h>

#include "host/probe.hpp"
#include "host_temporary.hpp"

namespace devbox::host {
namespace {

using test::TemporaryDirectory;
using test::Variable;

std::string text_of(const std::vector<IdRange>& ranges) {
  std::string text;
  for (const IdRange& range : ranges)
    text += std::to_string(range.start) + "+" + std::to_string(range.count) + " ";
  return text;
}

struct Row {
  const char* why;
  std::string_view text;
  const char* ranges;
};

const Row kFiles[] = {
    {"the usual line", "dev:100000:65536\n", "100000+65536 "},
    {"no newline at the end", "dev:100000:65536", "100000+65536 "},
    {"by number", "1000:100000:65536\n", "100000+65536 "},
    {"two ranges, in order", "dev:200000:10\nann:1:1\n1000:100:20\n", "200000+10 100+20 "},
    {"comments and blank lines", "# dev:1:1\n\n\ndev:5:6\n#\n", "5+6 "},
    {"somebody else", "ann:100000:65536\ndeva:1:1\nde:1:1\n10000:1:1\n", ""},
    {"an empty range", "dev:100000:0\n", ""},
    {"up to the last id", "dev:4294967294:1\ndev:1:4294967294\n", "4294967294+1 1+4294967294 "},
    {"2^32-1 is no id", "dev:4294967295:1\ndev:4294967294:2\ndev:1:4294967295\n", ""},
    {"sums that overflow",
     "dev:4294967294:4294967295\ndev:18446744073709551615:2\ndev:2:18446744073709551615\n", ""},
    {"numbers with a sign, a blank, hex, or more behind",
     "dev:-1:5\ndev:+1:5\ndev: 1:5\ndev:1 :5\ndev:0x10:5\ndev:1:5x\ndev:1:5:6\ndev:1:5\r\n", ""},
    {"fields that are missing", "dev\ndev:\ndev:1\ndev::\ndev:1:\ndev::1\n:1:1\n", ""},
    {"bytes that are no text", std::string_view("dev\0:1:1\n\xff:1:1\ndev:1:1\0\n", 24), ""},
};

TEST_CASE("subuid lines of the user are taken, and what is not of the form is left out") {
  for (const Row& row : kFiles) {
    CHECK_MESSAGE(text_of(parse_subordinate_ids(row.text, "dev", 1000)) == row.ranges, row.why);
  }
}

TEST_CASE("a user without a name has the ranges of the number alone") {
  CHECK(text_of(parse_subordinate_ids(":1:1\n1000:2:2\n", "", 1000)) == "2+2 ");
}

const Row kOutputs[] = {
    {"the usual output", "0: dev 100000 65536\n", "100000+65536 "},
    {"two ranges", "0: dev 100000 65536\n1: dev 300000 10", "100000+65536 300000+10 "},
    {"a name with a blank", "0: CORP\\ann lee 5 6\n", "5+6 "},
    {"an empty range, and one too far", "0: dev 5 0\n0: dev 4294967295 1\n", ""},
    {"an error message", "Error fetching ranges\n", ""},
    {"parts that are missing", "0: 5 6\n: dev 5 6\nx: dev 5 6\n0:dev 5 6\n5 6\n \n  \n0:  \n", ""},
};

TEST_CASE("the output of getsubids is read as strictly") {
  for (const Row& row : kOutputs)
    CHECK_MESSAGE(text_of(parse_getsubids(row.text)) == row.ranges, row.why);
}

Host user_called(const char* name, std::uint32_t uid) {
  Host host;
  host.user = name;
  host.uid = uid;
  return host;
}

TEST_CASE("getsubids is asked where it exists, for users and for groups") {
  const TemporaryDirectory here;
  here.file("getsubids", "#!/bin/sh\n[ \"$1\" = -g ] && echo \"0: $2 7 8\" || echo \"0: $1 5 6\"\n",
            0755);
  const Variable path("PATH", (here.path() + ":/usr/bin:/bin").c_str());
  const SubordinateIds ids = subordinate_ids(user_called("dev", 1000));
  CHECK(text_of(ids.uids) == "5+6 ");
  CHECK(text_of(ids.gids) == "7+8 ");
}

TEST_CASE("where getsubids knows no ranges there are none, whatever /etc/subuid says") {
  const TemporaryDirectory here;
  here.file("getsubids", "#!/bin/sh\necho 'Error fetching ranges'\nexit 1\n", 0755);
  const Variable path("PATH", (here.path() + ":/usr/bin:/bin").c_str());
  CHECK(subordinate_ids(user_called("dev", 1001)).uids.empty());
}

TEST_CASE("without getsubids the files are read") {
  const TemporaryDirectory here;
  const Variable path("PATH", here.path().c_str());
  const Host host = user_called("dev", 1001);
  const std::string file =
      ::access("/etc/subuid", R_OK) == 0 ? read_file("/etc/subuid", 1 << 20) : "";
  CHECK(text_of(subordinate_ids(host).uids) == text_of(parse_subordinate_ids(file, "dev", 1001)));
  CHECK(subordinate_ids(user_called("devbox-nobody", 4000000)).uids.empty());
}

}  // namespace

TEST_CASE("a new range begins where nobody has one") {
  struct Row {
    const char* text;
    std::uint32_t start;
    const char* reason;
  };
  const Row rows[] = {
      {"", 100000, "the first"},
      {"ann:100000:65536\nbob:165536:65536\n", 231072, "behind the last"},
      {"bob:500000:10\nann:100000:65536\n", 500010, "whatever their order"},
      {"ann:1000:5\n", 100000, "not among the host's own ids"},
      {"# ann:900000:65536\nnonsense\nann:x:1\n", 100000, "what is no range is left out"},
      {"ann:100000:4294860000\n", 0, "there is no room for 65536 more"},
  };
  for (const Row& row : rows) CHECK_MESSAGE(first_unused(row.text) == row.start, row.reason);
}

TEST_CASE("the command for a range adds what is missing, with what the distribution has") {
  const SubordinateIds none;
  const SubordinateIds uids_alone{{{100000, 65536}}, {}, {}};
  CHECK(add_ranges_command(none, "ann", 165536, Family::debian) ==
        "sudo usermod --add-subuids 165536-231071 --add-subgids 165536-231071 ann");
  CHECK(add_ranges_command(uids_alone, "ann", 100000, Family::fedora) ==
        "sudo usermod --add-subgids 100000-165535 ann");
  CHECK(add_ranges_command(none, "a b", 100000, Family::alpine) ==
        "echo 'a b':100000:65536 | sudo tee -a /etc/subuid /etc/subgid");
  CHECK(add_ranges_command(none, "ann", 0, Family::debian).empty());
  CHECK(add_ranges_command({{{1, 1}}, {{1, 1}}, {}}, "ann", 100000, Family::debian).empty());
}

}  // namespace devbox::host
