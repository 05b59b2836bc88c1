// An image as one file: a tar archive of an OCI image layout.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "image/oci_write.hpp"
#include "image/output_file.hpp"

namespace devbox::image {

// The same bytes for the same image. `name` may be empty. Throws Error, and what the sink throws.
void write_archive(const ImageDocuments& image, const ImagePlatform& platform,
                   const std::string& name, const OutputFile& layer,
                   const std::function<void(std::string_view)>& sink);

}  // namespace devbox::image
