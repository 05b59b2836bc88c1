// Any bytes as a lock file.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "profile/lock.hpp"

namespace {

using devbox::profile::Lock;
using devbox::profile::lock_text;
using devbox::profile::LockedImage;
using devbox::profile::LockedPackage;
using devbox::profile::LockPart;
using devbox::profile::parse_lock;
using devbox::profile::ParsedLock;

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_hex(const std::string& digest) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return digest.size() == 64 && std::all_of(digest.begin(), digest.end(), is_digit);
}

bool same(const LockedPackage& a, const LockedPackage& b) {
  return a.name == b.name && a.version == b.version && a.architecture == b.architecture &&
         a.sha256 == b.sha256;
}

// The time of an archive is not written.
bool same_head(const LockedImage& a, const LockedImage& b) {
  const bool same_time = a.epoch == b.epoch || !a.archive.empty();
  return a.archive == b.archive && a.plain == b.plain && a.tree == b.tree && same_time;
}

bool same_head(const Lock& a, const Lock& b) {
  return a.source == b.source && a.packages == b.packages &&
         std::equal(a.platforms.begin(), a.platforms.end(), b.platforms.begin(), b.platforms.end(),
                    [](const auto& one, const auto& other) {
                      return one.first == other.first && same_head(one.second, other.second);
                    });
}

void require_same_packages(const Lock& a, const Lock& b) {
  for (const auto& [name, image] : a.platforms) {
    const LockedImage& other = b.platforms.at(name);
    require(std::equal(image.installed.begin(), image.installed.end(), other.installed.begin(),
                       other.installed.end(), same));
  }
}

void check_text(const ParsedLock& parsed) {
  for (const std::string& mistake : parsed.mistakes) require(mistake.starts_with("lock.toml:"));
}

void check_values(const Lock& lock) {
  require(!lock.source.empty());
  for (const auto& [name, image] : lock.platforms) {
    require(is_hex(image.plain) && image.epoch >= 0);
    require(image.archive.empty() || is_hex(image.archive));
    require(image.tree.empty() || is_hex(image.tree));
    for (const LockedPackage& package : image.installed)
      require(is_hex(package.sha256) && !package.version.empty() && !package.architecture.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_text(parse_lock(bytes, "lock.toml", LockPart::without_packages));
  const ParsedLock read = parse_lock(bytes, "lock.toml", LockPart::whole);
  check_text(read);
  if (!read.mistakes.empty()) return 0;
  check_values(read.lock);

  const std::string text = lock_text(read.lock, bytes);  // any bytes may name the profile too
  const ParsedLock again = parse_lock(text, "lock.toml", LockPart::whole);
  require(again.mistakes.empty());
  require(same_head(read.lock, again.lock));
  require_same_packages(read.lock, again.lock);
  require(lock_text(again.lock, bytes) == text);

  const ParsedLock head = parse_lock(text, "lock.toml", LockPart::without_packages);
  require(head.mistakes.empty());
  require(same_head(read.lock, head.lock));
  for (const auto& [name, image] : head.lock.platforms) require(image.installed.empty());
  return 0;
}
