#include "image/program/layers_half.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "host/cannot.hpp"
#include "host/process.hpp"
#include "image/flatten.hpp"
#include "image/layered_tree.hpp"
#include "image/layers.hpp"
#include "image/program/say.hpp"
#include "image/program/tree.hpp"

namespace devbox::image {
namespace {

constexpr const char* kLayers = "layers";  // beside the tree, until it is made

std::vector<LayerStream> streams_of(std::vector<Fd> pipes,
                                    const std::vector<std::string>& diff_ids) {
  std::vector<LayerStream> streams;
  if (::mkdir(kLayers, 0700) < 0) throw host::cannot("make", "a directory for the layers", errno);
  for (std::size_t i = 0; i < pipes.size(); ++i) {
    const std::string name = std::string(kLayers) + "/" + std::to_string(i);
    if (::mkdir(name.c_str(), 0700) < 0) throw host::cannot("make", name, errno);
    Fd directory(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory) throw host::cannot("open", name, errno);
    streams.push_back({std::move(pipes[i]), std::move(directory), diff_ids[i]});
  }
  return streams;
}

// Of every file once, however many names it has.
std::uint64_t bytes_in(const Flattened& flattened) {
  std::vector<bool> counted(flattened.places.size());
  std::uint64_t bytes = 0;
  for (const auto& [path, entry] : flattened.entries) {
    if (!counted[entry.inode]) bytes += entry.size;
    counted[entry.inode] = true;
  }
  return bytes;
}

void make_tree_here(LayerReaders& readers, std::vector<Fd> pipes,
                    const std::vector<std::string>& diff_ids, const Owners& owners) {
  const ReadLayers read = readers.read(streams_of(std::move(pipes), diff_ids),
                                       [](std::uint64_t names, std::uint64_t bytes) {
                                         say({{"names", names}, {"bytes", bytes}});
                                       });
  const Flattened flattened = flatten(read.changes);
  std::vector<int> directories;
  for (const Fd& directory : read.directories) directories.push_back(directory.get());
  const Fd root = new_tree();
  make_tree(flattened, directories, root.get(), owners);
  std::filesystem::remove_all(kLayers);
  finish_tree(flattened.entries, bytes_in(flattened), device_notes(flattened.entries));
}

int confined_half(const std::string& directory, const Owners& owners, std::vector<Fd> pipes,
                  const std::vector<std::string>& diff_ids) {
  return say_errors([&] {
    confine(directory, Reach::write, owners);
    die_with_parent();  // after confine: new credentials clear it (prctl(2), PR_SET_PDEATHSIG)
    LayerReaders readers(pipes.size());  // the last threads that there can be, confined as this is
    forbid_children();
    make_tree_here(readers, std::move(pipes), diff_ids, owners);
  });
}

}  // namespace

LayersHalf start_layers_half(const std::string& directory, const Owners& owners,
                             const std::vector<std::string>& diff_ids) {
  std::vector<Fd> read;
  LayersHalf half;
  for (std::size_t i = 0; i < diff_ids.size(); ++i) {
    host::Pipe pipe = host::make_pipe();
    host::widen(pipe);
    read.push_back(std::move(pipe.read));
    half.layers.push_back(std::move(pipe.write));
  }
  half.pid = ::fork();
  if (half.pid < 0) throw host::cannot("start", "a process", errno);
  if (half.pid == 0) {
    half.layers.clear();
    ::close(STDIN_FILENO);
    ::close(STDOUT_FILENO);
    ::_exit(confined_half(directory, owners, std::move(read), diff_ids));
  }
  return half;
}

int end_layers_half(LayersHalf half) {
  half.layers.clear();
  return host::wait_status(half.pid);
}

}  // namespace devbox::image
