// Manifests: what is accepted is exactly what would be written, and no path in it leaves the tree.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "image/member.hpp"
#include "image/read_manifest.hpp"
#include "image/xattr.hpp"
#include "util/error.hpp"

namespace {

void require(bool what) {
  if (!what) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const devbox::image::Entries entries = devbox::image::read_manifest(text);
    require(manifest_text(entries, devbox::image::Ownership::told) == text);
    for (const auto& [path, entry] : entries) {
      require(devbox::image::member_path(path) == path);
      const std::size_t slash = path.rfind('/');
      const auto parent = entries.find(slash == std::string::npos ? "" : path.substr(0, slash));
      require(parent != entries.end());
      require(parent->second.kind == devbox::image::EntryKind::directory);
      require(entry.mode <= 07777U);
      require(devbox::image::are_recorded(entry.kind, entry.xattrs));
    }
  } catch (const devbox::Error& error) {
    for (const char c : error.message()) require(static_cast<unsigned char>(c) >= 0x20);
  }
  return 0;
}
