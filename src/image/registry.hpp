// A repository in a registry, by the distribution specification 1.1: bytes by their digest, checked
// while they come. Several threads may use one Registry.
//
// Mirrors are asked first, in their order, and never to push; each has credentials of its own. What
// may pass (a broken connection, 5xx, 429) is tried again a few times, with growing pauses, and the
// rest of a blob is asked for by Range.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "image/blobs.hpp"
#include "image/http.hpp"

namespace devbox::image {

struct RegistryAccess {
  std::string registry;                 // "docker.io", "localhost:5000"
  std::string repository;               // "library/gcc"
  std::vector<std::string> mirrors;     // "https://mirror.example/docker"
  bool insecure = false;                // plain http; a loopback address needs no leave for it
  std::vector<std::string> auth_files;  // image/auth.hpp; in order
  Timeouts timeouts;
};

// Opens what is to be pushed from its start; called once for each try.
using OpenBytes = std::function<ReadBytes()>;

class Registry final : public Blobs {
 public:
  explicit Registry(const RegistryAccess& access);
  ~Registry() override;
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  Document manifest(std::string_view tag_or_digest) override;
  std::string small_blob(const Descriptor& descriptor) override;
  void blob(const Descriptor& descriptor, const Sink& sink,
            const BlobProgress& progress = {}) override;

  // --- Push ---

  bool has_blob(const Descriptor& descriptor);

  // Nothing is sent where it is there already, or where the registry mounts it from the repository
  // `from` (may be empty). True where its bytes were sent. Throws Error.
  bool push_blob(const Descriptor& descriptor, const OpenBytes& open, std::string_view from = {});

  // Throws Error.
  void push_manifest(std::string_view tag, std::string_view bytes, std::string_view media_type);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace devbox::image
