#include <archive.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "image/spot.hpp"

namespace devbox::image {
namespace {

constexpr std::size_t kChunk = std::size_t{64} << 10U;

// What is taken from the memory of an allowance is given back at the end.
class Held {
 public:
  explicit Held(Allowance& allowance) : allowance_(allowance) {}
  ~Held() { allowance_.memory += held_; }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  bool take(std::uint64_t bytes) {
    if (bytes > allowance_.memory) return false;
    allowance_.memory -= bytes;
    held_ += bytes;
    return true;
  }

 private:
  Allowance& allowance_;
  std::uint64_t held_ = 0;
};

struct Listing {
  std::vector<MemberHead> members;
  int format = 0;
  bool is_compressed_file = false;
  bool is_whole = false;
};

Listing listing_of(const Seekable& bytes, Allowance& allowance, Formats formats, Held& held) {
  Listing listing;
  Members members(bytes, allowance, formats);
  while (std::optional<MemberHead> head = members.next()) {
    if (!held.take(sizeof(MemberHead) + head->name.size() + head->owner.size() + head->link.size()))
      return listing;
    listing.members.push_back(std::move(*head));
    listing.format = members.format();
    listing.is_compressed_file = members.is_compressed_file();
  }
  listing.is_whole = members.is_whole();
  return listing;
}

std::string member_text(const std::string& name) { return "member " + shortened(name); }

std::string kind_word(mode_t kind) {
  switch (kind) {
    case S_IFREG:
      return "file";
    case S_IFDIR:
      return "directory";
    case S_IFLNK:
      return "link";
    default:
      return "something else";
  }
}

// What stands in the head of a member but for its name. The first that differs counts.
std::optional<Spot> head_spot(const MemberHead& a, const MemberHead& b) {
  const auto place = [&](std::string_view what, const std::string& first,
                         const std::string& second) {
    return Spot{fmt::format("{} of {}", what, member_text(a.name)),
                Texts{shortened(first), shortened(second)}};
  };
  if (a.kind != b.kind) return place("kind", kind_word(a.kind), kind_word(b.kind));
  if (a.mode != b.mode)
    return place("mode", fmt::format("{:04o}", a.mode), fmt::format("{:04o}", b.mode));
  if (a.owner != b.owner) return place("owner", a.owner, b.owner);
  if (a.link != b.link) return place("link", a.link, b.link);
  if (a.time != b.time) return place("time", time_text(a.time), time_text(b.time));
  if (a.nanoseconds != b.nanoseconds)
    return place("time", fmt::format("{} ns", a.nanoseconds), fmt::format("{} ns", b.nanoseconds));
  return std::nullopt;
}

bool differ(Members& a, Members& b, char* buffer_a, char* buffer_b) {
  while (true) {
    const std::size_t got = a.read({buffer_a, kChunk});
    if (got != b.read({buffer_b, kChunk}) || std::memcmp(buffer_a, buffer_b, got) != 0) return true;
    if (got < kChunk) return false;
  }
}

// All of member `number`; std::nullopt where it is damaged or there is no room for it.
std::optional<std::string> bytes_of(Members& members, std::size_t number, Held& held) {
  for (std::size_t i = 0; i <= number; ++i) {
    if (!members.next()) return std::nullopt;
  }
  std::string bytes;
  const auto buffer = std::make_unique<char[]>(kChunk);
  while (const std::size_t got = members.read({buffer.get(), kChunk})) {
    if (!held.take(2 * got)) return std::nullopt;  // a string grows to twice what is in it
    bytes.append(buffer.get(), got);
  }
  if (!members.is_whole()) return std::nullopt;
  return bytes;
}

class Archives {
 public:
  Archives(const Seekable& a, const Seekable& b, Allowance& allowance, Formats formats)
      : a_(a),
        b_(b),
        allowance_(allowance),
        formats_(formats),
        held_(allowance),
        first_(listing_of(a, allowance, formats, held_)),
        second_(listing_of(b, allowance, formats, held_)) {}

  // Whether one has no members, and nothing is wrong with it.
  bool has_empty() const {
    const auto is_empty = [](const Listing& listing) {
      return listing.members.empty() && listing.is_whole;
    };
    return is_empty(first_) || is_empty(second_);
  }

  std::optional<std::vector<Spot>> compare() {
    if (first_.members.empty() || second_.members.empty() || first_.format != second_.format)
      return std::nullopt;
    while (same_ < std::min(first_.members.size(), second_.members.size()) && has_same_name(same_))
      ++same_;
    if (!first_.is_compressed_file) compare_heads();
    compare_names();
    const bool is_known = compare_contents() && first_.is_whole && second_.is_whole;
    if (spots_.empty() && !is_known) return std::nullopt;
    return std::move(spots_);
  }

 private:
  bool has_same_name(std::size_t i) const {
    return first_.is_compressed_file || first_.members[i].name == second_.members[i].name;
  }

  void compare_heads() {
    for (std::size_t i = 0; i < same_; ++i) {
      std::optional<Spot> spot = head_spot(first_.members[i], second_.members[i]);
      if (!spot) continue;
      spots_.push_back(std::move(*spot));
      return;
    }
  }

  void compare_names() {
    const auto names_of = [](const Listing& listing) {
      std::set<std::string_view> names;
      for (const MemberHead& head : listing.members) names.insert(head.name);
      return names;
    };
    const std::string* a = same_ < first_.members.size() ? &first_.members[same_].name : nullptr;
    const std::string* b = same_ < second_.members.size() ? &second_.members[same_].name : nullptr;
    if (a == nullptr && b == nullptr) return;
    if (a != nullptr && (b == nullptr || !names_of(second_).contains(*a)))
      return add(member_text(*a) + ", which is only in the first");
    if (a == nullptr || !names_of(first_).contains(*b))
      return add(member_text(*b) + ", which is only in the second");
    add(fmt::format("order of members: {} before {}", shortened(*a), shortened(*b)));
  }

  // False where they could not be read to the end.
  bool compare_contents() {
    const auto buffer_a = std::make_unique<char[]>(kChunk);
    const auto buffer_b = std::make_unique<char[]>(kChunk);
    Members a(a_, allowance_, formats_);
    Members b(b_, allowance_, formats_);
    for (std::size_t i = 0; i < same_; ++i) {
      if (!a.next() || !b.next()) return false;
      const bool is_other = differ(a, b, buffer_a.get(), buffer_b.get());
      if (!a.is_whole() || !b.is_whole()) return false;
      if (!is_other) continue;
      spots_.push_back(look_into(i));
      break;
    }
    return true;
  }

  Spot look_into(std::size_t number) {
    const std::string what =
        first_.is_compressed_file ? "uncompressed bytes" : member_text(first_.members[number].name);
    if (allowance_.depth == 0) return {what, std::nullopt};
    Held held(allowance_);
    const std::optional<std::string> a = held_bytes(a_, number, held);
    if (!a) return {what, std::nullopt};
    const std::optional<std::string> b = held_bytes(b_, number, held);
    if (!b) return {what, std::nullopt};
    const MemoryBytes bytes_a(*a);
    const MemoryBytes bytes_b(*b);
    const auto found = first_difference(bytes_a, bytes_b, Count::no);
    if (!found) return {what, std::nullopt};
    --allowance_.depth;
    Spot spot = spot_of(bytes_a, bytes_b, found->offset, allowance_);
    ++allowance_.depth;
    spot.where = spot.where.empty() ? what : what + ", " + spot.where;
    return spot;
  }

  std::optional<std::string> held_bytes(const Seekable& archive, std::size_t number, Held& held) {
    Members members(archive, allowance_, formats_);
    return bytes_of(members, number, held);
  }

  void add(std::string where) { spots_.push_back({std::move(where), std::nullopt}); }

  const Seekable& a_;
  const Seekable& b_;
  Allowance& allowance_;
  Formats formats_;
  Held held_;
  Listing first_;
  Listing second_;
  std::size_t same_ = 0;  // so many members from the start have the same names
  std::vector<Spot> spots_;
};

}  // namespace

std::optional<std::vector<Spot>> archive_spots(const Seekable& a, const Seekable& b,
                                               Allowance& allowance) {
  Archives archives(a, b, allowance, Formats::all);
  if (archives.has_empty()) return Archives(a, b, allowance, Formats::compressed_file).compare();
  return archives.compare();
}

}  // namespace devbox::image
