#include "store/certificates.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <string>

#include "host_temporary.hpp"

namespace devbox::store {
namespace {

using test::contains;
using test::TemporaryDirectory;

std::string pem(const std::string& body) {
  return "-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----\n";
}

host::Host host_with(const TemporaryDirectory& here, const std::string& bundle) {
  host::Host host;
  here.file("host.pem", bundle);
  host.env["SSL_CERT_FILE"] = here.at("host.pem");
  host.dirs.state = here.at("state");
  return host;
}

}  // namespace

TEST_CASE("a bundle is merged by what the certificates are, not by how they are written") {
  CHECK(merged_bundle(pem("AAAA"), pem("AAAA")).empty());
  CHECK(merged_bundle(pem("AAAABBBB"), pem("AAAA\r\nBBBB")).empty());
  CHECK(merged_bundle(pem("AAAA"), pem("AAAA") + "# ours\n" + pem("CCCC")) ==
        pem("AAAA") + pem("CCCC"));
  CHECK(merged_bundle("", pem("CCCC") + pem("CCCC")) == pem("CCCC"));
  CHECK(merged_bundle("no newline", pem("CCCC")) == "no newline\n" + pem("CCCC"));
  CHECK(merged_bundle(pem("AAAA"), "").empty());
}

TEST_CASE("what is torn off is no certificate") {
  CHECK(pem_certificates("-----BEGIN CERTIFICATE-----\nAAAA\n").empty());
  CHECK(pem_certificates("AAAA\n-----END CERTIFICATE-----\n").empty());
  const std::string torn = "-----BEGIN CERTIFICATE-----\nAAAA\n" + pem("BBBB");
  const auto found = pem_certificates(torn);
  REQUIRE(found.size() == 1);
  CHECK(contains(std::string(found[0]), "BBBB"));
  CHECK_FALSE(contains(std::string(found[0]), "AAAA"));
  // Its lines share their dashes.
  CHECK(pem_certificates("-----BEGIN CERTIFICATE------END CERTIFICATE-----\n").empty());
  CHECK(pem_certificates("-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----\n").empty());
}

TEST_CASE("a merged bundle that was kept is found again by what its sources are") {
  const TemporaryDirectory here;
  here.file("tree/etc/ssl/certs/ca-certificates.crt", pem("IMAGE"));
  const host::Host host = host_with(here, pem("HOST"));
  const Certificates first = certificates(host, here.at("tree"), false, "");
  REQUIRE(first.is_missing);
  CHECK(first.content == pem("IMAGE") + pem("HOST"));
  CHECK(first.file.starts_with(here.at("state/certificates/")));
  here.file(first.file.substr(here.path().size() + 1), first.content);
  const Certificates second = certificates(host, here.at("tree"), false, "");
  CHECK(second.file == first.file);
  CHECK_FALSE(second.is_missing);
  CHECK_FALSE(second.is_empty);

  here.file("tree/etc/ssl/certs/ca-certificates.crt", pem("ANOTHER") + pem("IMAGE"));
  CHECK(certificates(host, here.at("tree"), false, "").file != first.file);
  here.file("host.pem", pem("HOST") + pem("MORE"));
  CHECK(certificates(host, here.at("tree"), false, "").is_missing);
}

TEST_CASE("an image that lacks none is remembered as such") {
  const TemporaryDirectory here;
  here.file("tree/etc/ssl/certs/ca-certificates.crt", pem("BOTH"));
  const host::Host host = host_with(here, pem("BOTH"));
  const Certificates first = certificates(host, here.at("tree"), true, "");
  CHECK(first.is_missing);
  CHECK(first.is_empty);
  here.file(first.file.substr(here.path().size() + 1), first.content);
  const Certificates second = certificates(host, here.at("tree"), true, "");
  CHECK_FALSE(second.is_missing);
  CHECK(second.is_empty);
}

TEST_CASE("the bundle that an image names itself is its bundle") {
  const TemporaryDirectory here;
  here.file("tree/nix/ca.crt", pem("NIX"));
  const host::Host host = host_with(here, pem("HOST"));
  CHECK(certificates(host, here.at("tree"), true, "/nix/ca.crt").content ==
        pem("NIX") + pem("HOST"));
  // A link out of the tree is followed inside it.
  here.link("tree/out.crt", here.at("host.pem"));
  CHECK(certificates(host, here.at("tree"), true, "/out.crt").content == pem("HOST"));
}

TEST_CASE("Node's additional certificates of the host are among them") {
  const TemporaryDirectory here;
  here.directory("tree");
  host::Host host = host_with(here, pem("HOST"));
  here.file("node.pem", pem("NODE"));
  host.env["NODE_EXTRA_CA_CERTS"] = here.at("node.pem");
  CHECK(certificates(host, here.at("tree"), true, "").content == pem("HOST") + pem("NODE"));
}

}  // namespace devbox::store
