// The benchmark's own directories, and the trees that are made in them.
#pragma once

#include <string>

namespace devbox::bench {

// A directory of ours in `parent`, removed with everything in it, at the end and on ^C.
class Scratch {
 public:
  explicit Scratch(const std::string& parent);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::string& path() const { return path_; }
  std::string at(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Everything in it, as far as it can be removed.
void remove_tree(const std::string& directory);

void make_directories(const std::string& path);
void write_file(const std::string& path, const std::string& text);

// A root filesystem of one static program, `guest`, as bin/true, with `files` empty files besides.
void make_minimal_tree(const std::string& path, const std::string& guest, int files);

}  // namespace devbox::bench
