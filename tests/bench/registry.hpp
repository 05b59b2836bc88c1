// Debian's docker-registry, on loopback, with images that a layout holds.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "process.hpp"

namespace devbox::bench {

// Runs from its making to its end, on a port that the kernel chose; keeps all in `directory`.
class Registry {
 public:
  Registry(const Family& family, const std::string& directory);
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // An image that `layout`, a DIR:TAG, has, under `name`: `reference(name)` then stands for it.
  void put(const std::string& layout, const std::string& name) const;
  std::string reference(const std::string& name) const;

  // Its config and its layers, in no order: digests, of which file() has the bytes.
  std::vector<std::string> blobs(const std::string& name) const;
  std::string file(const std::string& digest) const;

  // How many bytes of manifests and blobs it has sent so far.
  std::uint64_t sent() const;

 private:
  std::string wait_for_port() const;
  std::uint64_t logged() const;

  const Family& family_;
  std::string directory_;
  pid_t pid_;
  std::string port_;
};

}  // namespace devbox::bench
