// An image into a directory: the OCI image layout (image specification, image-layout.md).
#pragma once

#include <memory>
#include <string>

#include "image/oci_write.hpp"
#include "image/output_file.hpp"
#include "util/fd.hpp"

namespace devbox::image {

class LayoutWriter {
 public:
  // A layout that is there gets one image more; an empty directory becomes one, and so does what
  // is not there. Throws Error where it is something else.
  explicit LayoutWriter(const std::string& directory);

  // Where the layer's bytes go.
  OutputFile& layer() { return *layer_; }

  // All of it, under that name, which may be empty; index.json comes last. Throws Error.
  void add(const ImageDocuments& image, const ImagePlatform& platform, const std::string& name);

 private:
  void fill(int layout, const ImageDocuments& image, const ImagePlatform& platform,
            const std::string& name);
  void put(int directory, const std::string& name, std::string_view bytes);

  const std::string path_;
  Fd directory_;  // the layout, or, where that is new, the directory that it will be in
  bool is_new_ = false;
  std::unique_ptr<OutputFile> layer_;
};

}  // namespace devbox::image
