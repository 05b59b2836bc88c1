#include "image/parents.hpp"

#include "host/cannot.hpp"
#include "kernel/file.hpp"

namespace devbox::image {

int Parents::of(const std::string& path) {
  std::string parent = parent_of(path);
  if (parent == path_) return fd_.get();
  const kernel::Sys<int> opened = kernel::open_below(root_, parent.c_str());
  if (!opened) throw host::cannot("open the directory of", path, opened.err);
  fd_ = Fd(opened.value);
  path_ = std::move(parent);
  return fd_.get();
}

void Parents::forget(const std::string& path) {
  if (path_ == path) path_ = "/";
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace devbox::image
