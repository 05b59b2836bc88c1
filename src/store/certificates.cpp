#include "store/certificates.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <iterator>
#include <set>
#include <utility>

#include "host/files.hpp"
#include "host/reach.hpp"
#include "kernel/file.hpp"
#include "store/digest.hpp"
#include "store/tree.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

// A usual one has 220 KB.
constexpr std::size_t kMostBytes = std::size_t{16} * 1024 * 1024;

// Of Debian and Alpine, Fedora, SUSE, and what many link to one of these.
constexpr const char* kBundles[] = {"/etc/ssl/certs/ca-certificates.crt",
                                    "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
                                    "/etc/ssl/cert.pem", "/etc/ssl/certs/ca-bundle.crt"};

std::string variable(const host::Host& host, const char* name) {
  const auto found = host.env.find(name);
  return found != host.env.end() && found->second.starts_with('/') ? found->second : "";
}

// What programs of the host trust: the file of a variable goes before the system's, and Node's is
// one more.
std::vector<host::FileStamp> host_bundles(const host::Host& host) {
  std::vector<host::FileStamp> found;
  if (auto named = host::stamp_of(variable(host, "SSL_CERT_FILE"))) found.push_back(*named);
  for (const char* bundle : kBundles) {
    if (!found.empty()) break;
    if (auto there = host::stamp_of(bundle)) found.push_back(*there);
  }
  if (auto extra = host::stamp_of(variable(host, "NODE_EXTRA_CA_CERTS"))) found.push_back(*extra);
  return found;
}

// Where the image's own may be; the first that is there counts.
std::vector<std::string> image_names(const std::string& of_image) {
  std::vector<std::string> names(std::begin(kBundles), std::end(kBundles));
  if (!of_image.empty()) names.insert(names.begin(), of_image);
  return names;
}

Fd image_bundle(const std::string& tree, const std::string& of_image) {
  const Tree opened(tree);
  for (const std::string& name : image_names(of_image)) {
    if (TreeFile there = opened.open(name); there.fd) return std::move(there.fd);
  }
  return Fd();
}

// The same with fewer calls, because every start on a tree that may change asks.
Fd image_bundle_now(const std::string& tree, const std::string& of_image) {
  const Fd root(::open(tree.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (const std::string& name : image_names(of_image)) {
    const kernel::Sys<int> found = kernel::open_in_root(root.get(), name.c_str());
    if (found.err == ENOSYS) return image_bundle(tree, of_image);
    Fd fd(found.err == 0 ? found.value : -1);
    if (fd && host::stamp_of(fd.get())) return fd;
  }
  return Fd();
}

void add_stamp(Digest& digest, const host::FileStamp& stamp) {
  digest.add_field(stamp.path);
  digest.add_field(
      fmt::format("{} {} {} {}", stamp.device, stamp.inode, stamp.size, stamp.changed));
}

std::string key_of(const std::vector<host::FileStamp>& host, const std::string& tree, bool is_fixed,
                   const std::string& of_image) {
  Digest digest;
  for (const host::FileStamp& stamp : host) add_stamp(digest, stamp);
  digest.add_field(tree);
  digest.add_field(of_image);
  if (!is_fixed) {
    const Fd bundle = image_bundle_now(tree, of_image);
    if (const auto stamp = host::stamp_of(bundle.get())) add_stamp(digest, *stamp);
  }
  return digest.hex().substr(0, 32);
}

// What tells two certificates apart: the base64 between the lines, however it is broken.
std::string body_of(std::string_view block) {
  std::string body;
  for (const char c : block) {
    if (c != '\n' && c != '\r' && c != ' ' && c != '\t') body += c;
  }
  return body;
}

}  // namespace

std::vector<std::string_view> pem_certificates(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  std::vector<std::string_view> blocks;
  while (true) {
    const std::size_t begin = text.find(kBegin);
    if (begin == std::string_view::npos) return blocks;
    text.remove_prefix(begin);
    const std::size_t end = text.find(kEnd, kBegin.size());
    if (end == std::string_view::npos) return blocks;
    // One that is torn off ends where the next begins.
    const std::size_t last = text.substr(0, end).rfind(kBegin);
    blocks.push_back(text.substr(last, end - last + kEnd.size()));
    text.remove_prefix(end + kEnd.size());
  }
}

std::string merged_bundle(std::string_view image, std::string_view host) {
  std::set<std::string> known;
  for (const std::string_view block : pem_certificates(image)) known.insert(body_of(block));
  std::string added;
  for (const std::string_view block : pem_certificates(host)) {
    if (known.insert(body_of(block)).second) added.append(block).append("\n");
  }
  if (added.empty()) return "";
  std::string all(image);
  if (!all.empty() && all.back() != '\n') all += '\n';
  return all + added;
}

Certificates certificates(const host::Host& host, const std::string& tree, bool is_fixed,
                          const std::string& of_image) {
  Certificates found;
  const std::vector<host::FileStamp> bundles = host_bundles(host);
  if (bundles.empty()) {
    found.trouble =
        "the host has no bundle of certificates; its package ca-certificates brings one, or "
        "SSL_CERT_FILE names it";
    return found;
  }
  found.file = path::join(path::join(host.dirs.state, "certificates"),
                          key_of(bundles, tree, is_fixed, of_image) + ".crt");
  struct stat st {};
  if (::stat(found.file.c_str(), &st) == 0) {
    found.is_empty = st.st_size == 0;
    return found;
  }
  std::string of_host;
  for (const host::FileStamp& bundle : bundles) {
    const host::Contents read = host::contents(bundle.path.c_str(), kMostBytes);
    if (!read.ok()) {
      found.trouble = fmt::format("{} cannot be read, or is longer than {}", printable(bundle.path),
                                  host::size_text(kMostBytes));
      return found;
    }
    of_host += read.bytes + "\n";
  }
  const Fd bundle = image_bundle(tree, of_image);
  std::string of_tree;
  if (bundle) of_tree = host::contents(bundle.get(), kMostBytes).bytes;
  found.is_missing = true;
  found.content = merged_bundle(of_tree, of_host);
  found.is_empty = found.content.empty();
  return found;
}

}  // namespace devbox::store
