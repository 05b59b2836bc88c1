// The layers of an image, read side by side.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "image/layer.hpp"
#include "util/fd.hpp"

namespace devbox::image {

// A layer that is to be read: nothing of it is known but where it comes from.
struct LayerStream {
  Fd bytes;             // a pipe or a file; compressed or not (image/decompressor.hpp)
  Fd directory;         // empty, for its files
  std::string diff_id;  // hex: the SHA-256 that its bytes have once they are plain
};

struct ReadLayers {
  std::vector<Changes> changes;  // by layer, the lowest first
  std::vector<Fd> directories;
  std::uint64_t bytes = 0;  // of all files
};

// Called by one thread at a time, a few times a second at the most.
using LayersProgress = std::function<void(std::uint64_t names, std::uint64_t bytes)>;

// How many of so many are read at the same time: as many as there are processors.
std::size_t layers_at_once(std::size_t layers);

class LayerReaders {
 public:
  // Starts layers_at_once() threads, with the rights that the caller has now. Where a limit forbids
  // them, read() does it all.
  explicit LayerReaders(std::size_t layers);
  // A thread that waits for bytes when another has failed is left alone, with what it uses: it ends
  // with the process.
  ~LayerReaders();
  LayerReaders(const LayerReaders&) = delete;
  LayerReaders& operator=(const LayerReaders&) = delete;

  // Once. Layers are begun in their order, as many at once as there are threads, so whoever writes
  // to the streams does so too. Throws Error where one is no layer, or not the one that it should
  // be, as soon as that is known.
  ReadLayers read(std::vector<LayerStream> streams, const LayersProgress& progress);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace devbox::image
