// How much room the store's file system had for an image, for whoever hears that there was too
// little.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "host/storage.hpp"
#include "store/import.hpp"
#include "util/error.hpp"

namespace devbox::store {

class Room {
 public:
  // As it is now; `directory` may not be there yet.
  explicit Room(std::string directory);

  // Remembers what is said of how large the image is.
  void take(const Step& step);

  // Where `error` is of a disk that is full: the same, with how much there was and is known to be
  // needed. Every other as it is.
  Error explained(const Error& error) const;

 private:
  std::string needed() const;

  const std::string directory_;
  const host::Storage before_;
  std::map<std::uint64_t, std::uint64_t> fetched_;  // the sizes of what is fetched, by number
  std::uint64_t names_ = 0;                         // unpacked
  std::uint64_t bytes_ = 0;
};

}  // namespace devbox::store
