#include "store/packed.hpp"

#include "host/files.hpp"
#include "host/new_file.hpp"
#include "store/digest.hpp"
#include "store/listing.hpp"
#include "util/error.hpp"
#include "util/path.hpp"

namespace devbox::store {
namespace {

constexpr const char* kFile = "packed";
constexpr const char* kMembers[] = {"layer", "size", "diff_id", "created", "maker"};
constexpr std::size_t kMost = std::size_t{64} << 10U;

// Of the record and of what it is of, so that a damaged one, or another tree's, is none.
std::string sum_of(const std::string& directory, const std::string& compression,
                   const Json& record) {
  Digest digest;
  digest.add_field(path::filename(directory));
  digest.add_field(compression);
  digest.add_field(json_line(record));
  return digest.hex();
}

Json all_in(const std::string& directory) {
  const std::string file = path::join(directory, kFile);
  std::optional<Json> all = parse_json(host::contents(file.c_str(), kMost).bytes);
  return all && all->is_object() ? std::move(*all) : Json::object();
}

}  // namespace

std::optional<Json> packed_before(const std::string& directory, const std::string& compression) {
  const Json all = all_in(directory);
  const auto found = all.find(compression);
  if (found == all.end() || !found->is_object()) return std::nullopt;
  const auto sum = found->find("sum");
  Json record = Json::object();
  for (const char* member : kMembers) {
    if (!found->contains(member)) return std::nullopt;
    record[member] = (*found)[member];
  }
  const bool whole = sum != found->end() && *sum == sum_of(directory, compression, record);
  return whole ? std::optional(std::move(record)) : std::nullopt;
}

void remember_packed(const std::string& directory, const std::string& compression,
                     const Json& said) {
  Json record = Json::object();
  for (const char* member : kMembers) {
    if (!said.contains(member)) return;
    record[member] = said[member];
  }
  if (packed_before(directory, compression) == record) return;
  Json all = all_in(directory);
  const std::string sum = sum_of(directory, compression, record);
  all[compression] = std::move(record);
  all[compression]["sum"] = sum;
  try {
    const Fd tree = open_directory(directory);
    host::NewFile file(tree.get(), path::join(directory, kFile), 0600);
    file.write(json_text(all));
    file.rename(kFile);
  } catch (const Error&) {
    // It is packed once more the next time.
  }
}

}  // namespace devbox::store
