#include "store/trust.hpp"

#include <doctest/doctest.h>

#include <thread>

#include "host/probe.hpp"
#include "host_temporary.hpp"
#include "store/identity.hpp"

namespace devbox::store {
namespace {

using test::error_of;
using test::TemporaryDirectory;
using Verdict = Trust::Verdict;

const std::string kDigest = sha256("the closure");
const std::string kOther = sha256("another closure");
const std::string kProfile = "/p/devbox.toml";

std::ptrdiff_t names_in(const std::string& directory) {
  const std::filesystem::directory_iterator first(directory);
  return std::distance(first, std::filesystem::directory_iterator());
}

mode_t mode_of(const std::string& path) {
  struct stat st {};
  REQUIRE(::lstat(path.c_str(), &st) == 0);
  return st.st_mode & 07777;
}

TEST_CASE("what was granted is granted, and nothing else is") {
  const TemporaryDirectory here;
  const Trust trust(here.at("state/devbox/trust"));
  CHECK(trust.verdict(kProfile, kDigest) == Verdict::unknown);
  trust.grant(kProfile, kDigest);
  CHECK(trust.verdict(kProfile, kDigest) == Verdict::granted);
  CHECK(trust.verdict(kProfile, kOther) == Verdict::changed);
  CHECK(trust.verdict("/q/devbox.toml", kDigest) == Verdict::unknown);
}

TEST_CASE("a second grant takes the place of the first") {
  const TemporaryDirectory here;
  const Trust trust(here.at("trust"));
  trust.grant(kProfile, kDigest);
  trust.grant(kProfile, kOther);
  CHECK(trust.verdict(kProfile, kOther) == Verdict::granted);
  CHECK(trust.verdict(kProfile, kDigest) == Verdict::changed);
  CHECK(names_in(here.at("trust")) == 1);
}

TEST_CASE("what was revoked is unknown, and revoking twice says so") {
  const TemporaryDirectory here;
  const Trust trust(here.at("trust"));
  CHECK_FALSE(trust.revoke(kProfile));
  trust.grant(kProfile, kDigest);
  CHECK(trust.revoke(kProfile));
  CHECK_FALSE(trust.revoke(kProfile));
  CHECK(trust.verdict(kProfile, kDigest) == Verdict::unknown);
}

TEST_CASE("asking makes nothing; granting makes directories that are the user's alone") {
  const TemporaryDirectory here;
  const Trust trust(here.at("a/b/trust"));
  trust.verdict(kProfile, kDigest);
  trust.revoke(kProfile);
  CHECK(std::filesystem::is_empty(here.path()));
  trust.grant(kProfile, kDigest);
  CHECK(mode_of(here.at("a")) == 0700);
  CHECK(mode_of(here.at("a/b/trust")) == 0700);
  CHECK(mode_of(here.at("a/b/trust/" + sha256(kProfile))) == 0600);
}

TEST_CASE("a profile whose path is no text can be granted") {
  const TemporaryDirectory here;
  const Trust trust(here.at("trust"));
  const std::string odd = "/p\n/caf\xe9/devbox.toml";
  trust.grant(odd, kDigest);
  CHECK(trust.verdict(odd, kDigest) == Verdict::granted);
  CHECK(trust.verdict(odd, kOther) == Verdict::changed);
  CHECK(trust.verdict("/p", kDigest) == Verdict::unknown);
}

TEST_CASE("a grant that was damaged or copied from another profile grants nothing") {
  const TemporaryDirectory here;
  const Trust trust(here.at("trust"));
  trust.grant(kProfile, kDigest);
  const std::string name = "trust/" + sha256(kProfile);
  const std::string whole = kDigest + "\n" + kProfile + "\n";
  for (const std::string& bytes :
       {std::string(), kDigest, whole.substr(1), whole.substr(0, whole.size() - 1), whole + "x",
        kDigest + "\n/q/devbox.toml\n", std::string(1 << 20, 'x')}) {
    here.file(name, bytes, 0600);
    CHECK(trust.verdict(kProfile, kDigest) != Verdict::granted);
  }
  here.file(name, whole, 0600);
  CHECK(trust.verdict(kProfile, kDigest) == Verdict::granted);
}

TEST_CASE("a directory that others may write is an error that says so") {
  const TemporaryDirectory here;
  const Trust trust(here.directory("trust", 0770));
  const Error error = error_of([&] { trust.verdict(kProfile, kDigest); });
  CHECK(error.message() ==
        "cannot trust " + here.at("trust") + ": others may write it (its mode is 0770)");
  CHECK_FALSE(error.hint().empty());
  CHECK_THROWS_AS(trust.grant(kProfile, kDigest), Error);
  CHECK_THROWS_AS(trust.revoke(kProfile), Error);
}

TEST_CASE("a grant that others may write is an error that says so") {
  const TemporaryDirectory here;
  const Trust trust(here.at("trust"));
  trust.grant(kProfile, kDigest);
  REQUIRE(::chmod(here.at("trust/" + sha256(kProfile)).c_str(), 0602) == 0);
  CHECK(test::contains(error_of([&] { trust.verdict(kProfile, kDigest); }).message(),
                       "others may write it"));
}

TEST_CASE("a directory of another user is an error that says so") {
  const TemporaryDirectory here;
  std::string directory = "/usr";
  std::string owner = "0";
  if (test::is_root()) {
    directory = here.directory("trust", 0700);
    test::give_away(directory);
    owner = std::to_string(test::kSomebody);
  }
  CHECK(error_of([&] { Trust(directory).verdict(kProfile, kDigest); }).message() ==
        "cannot trust " + directory + ": it belongs to uid " + owner + ", not to you");
  CHECK_THROWS_AS(Trust(directory).grant(kProfile, kDigest), Error);
}

TEST_CASE("a grant of another user is an error that says so") {
  if (!test::is_root()) return;  // only root can make a file of another user
  const TemporaryDirectory here;
  const Trust trust(here.at("trust"));
  trust.grant(kProfile, kDigest);
  test::give_away(here.at("trust/" + sha256(kProfile)));
  CHECK(test::contains(error_of([&] { trust.verdict(kProfile, kDigest); }).message(),
                       "belongs to uid 12345"));
}

TEST_CASE("links are not followed, neither for the directory nor for a grant") {
  const TemporaryDirectory here;
  Trust(here.at("real")).grant(kProfile, kDigest);
  here.link("trust", "real");
  CHECK(error_of([&] { Trust(here.at("trust")).verdict(kProfile, kDigest); }).message() ==
        "cannot trust " + here.at("trust") + ": it is a symbolic link");
  here.directory("other", 0700);
  const std::string grant = here.link("other/" + sha256(kProfile), "../real/" + sha256(kProfile));
  CHECK(error_of([&] { Trust(here.at("other")).verdict(kProfile, kDigest); }).message() ==
        "cannot trust " + grant + ": it is a symbolic link");
  Trust(here.at("other")).grant(kProfile, kOther);  // replaces the link, not what it leads to
  CHECK(Trust(here.at("real")).verdict(kProfile, kDigest) == Verdict::granted);
}

TEST_CASE("a FIFO or a directory in place of a grant grants nothing, and is not waited for") {
  const TemporaryDirectory here;
  here.directory("trust", 0700);
  here.fifo("trust/" + sha256(kProfile));
  CHECK(Trust(here.at("trust")).verdict(kProfile, kDigest) == Verdict::unknown);
  here.directory("two", 0700);
  here.directory("two/" + sha256(kProfile), 0700);
  CHECK(Trust(here.at("two")).verdict(kProfile, kDigest) == Verdict::unknown);
  CHECK_THROWS_AS(Trust(here.at("two")).grant(kProfile, kDigest), Error);
  CHECK(names_in(here.at("two")) == 1);  // no temporary file is left
}

TEST_CASE("a file in place of the directory is an error") {
  const TemporaryDirectory here;
  const Trust trust(here.file("trust", "", 0600));
  CHECK_THROWS_AS(trust.verdict(kProfile, kDigest), Error);
  CHECK_THROWS_AS(trust.grant(kProfile, kDigest), Error);
}

TEST_CASE("who asks while others grant sees a whole grant") {
  const TemporaryDirectory here;
  const Trust trust(here.at("trust"));
  trust.grant(kProfile, kDigest);
  std::thread writer([&] {
    for (int i = 0; i < 200; ++i) trust.grant(kProfile, i % 2 == 0 ? kOther : kDigest);
  });
  int unknown = 0;
  for (int i = 0; i < 2000; ++i)
    unknown += trust.verdict(kProfile, kDigest) == Verdict::unknown ? 1 : 0;
  writer.join();
  CHECK(unknown == 0);
}

TEST_CASE("the digest of a closure depends on every path and byte, and on their order") {
  using Closure = std::vector<profile::ClosureFile>;
  const std::string one = closure_digest(Closure{{"/a", "x"}, {"/b", "y"}});
  CHECK(one.size() == 64);
  CHECK(one == closure_digest(Closure{{"/a", "x"}, {"/b", "y"}}));
  CHECK(one != closure_digest(Closure{{"/b", "y"}, {"/a", "x"}}));
  CHECK(one != closure_digest(Closure{{"/a", "x"}}));
  CHECK(one != closure_digest(Closure{{"/a", "xy"}, {"/b", ""}}));
  CHECK(one != closure_digest(Closure{{"/a", "x/b"}, {"", "y"}}));
  CHECK(closure_digest(Closure{{"", ""}}) != closure_digest(Closure{}));
}

}  // namespace
}  // namespace devbox::store
