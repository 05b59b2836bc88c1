// An archive of a root filesystem that a server has, into the store.
#pragma once

#include <string>

#include "host/host.hpp"
#include "store/import.hpp"
#include "store/pinned.hpp"

namespace devbox::store {

struct ArchiveUrl {
  std::string text;       // "https://host.example/debian.tar.zst"
  bool insecure = false;  // plain http is allowed for it
};

// With what registries.toml says of its host. Throws Error where that file has mistakes.
ArchiveUrl archive_url(const host::Host& host, const std::string& text);

// As import_archive. Throws Error.
Imported import_url(const Pinned& store, const std::string& image, const ArchiveUrl& url,
                    const std::string& expected, const Progress& progress);

// Fetches and unpacks it into `staging`; of `stream` what is expected of it counts. Throws Error.
Imported fetch(const Pinned& store, const Pinned::Staging& staging, const std::string& image,
               const ArchiveUrl& url, Stream stream, const Progress& progress);

// The SHA-256 in hex of what is there now, of which nothing is kept. Throws Error.
std::string url_digest(const std::string& image, const ArchiveUrl& url, const Progress& progress);

}  // namespace devbox::store
