// image/registry.hpp as a program, for tests/e2e/registry.sh. The recipe (image/source.hpp) is on
// standard input.
//
//   manifest WANTED                  prints the media type and the digest
//   blob DIGEST SIZE                 writes it to standard output; on standard error, what came
//   blobs THREADS DIGEST SIZE        by so many threads at once; prints how many got all of it
//   has DIGEST SIZE                  prints yes or no
//   push-blob FILE DIGEST SIZE [FROM]   prints whether it was sent
//   push-manifest TAG FILE TYPE
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "image/recipe.hpp"
#include "image/registry.hpp"
#include "image/source.hpp"
#include "util/error.hpp"

namespace {

using devbox::Error;
using devbox::image::Descriptor;
using devbox::image::Registry;

Descriptor descriptor(const std::string& digest, const std::string& size) {
  return {"application/octet-stream", digest, std::strtoull(size.c_str(), nullptr, 10)};
}

void write_out(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size())
    throw Error("standard output is closed");
}

void blob(Registry& registry, const Descriptor& wanted) {
  std::uint64_t came = 0;
  registry.blob(wanted, write_out, [&](std::uint64_t bytes) { came = bytes; });
  std::fputs(fmt::format("{} bytes came\n", came).c_str(), stderr);
}

void blobs(Registry& registry, int threads, const Descriptor& wanted) {
  std::atomic<int> whole = 0;
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&] {
      std::uint64_t size = 0;
      try {
        registry.blob(wanted, [&](std::string_view bytes) { size += bytes.size(); });
        if (size == wanted.size) ++whole;
      } catch (const Error& error) {
        std::fputs((error.message() + "\n").c_str(), stderr);
      }
    });
  }
  for (std::thread& one : all) one.join();
  std::fputs(fmt::format("{}\n", whole.load()).c_str(), stdout);
}

bool push(Registry& registry, const std::string& path, const Descriptor& wanted,
          const std::string& from) {
  const auto open = [&] {
    auto file = std::make_shared<std::ifstream>(path, std::ios::binary);
    return [file](char* buffer, std::size_t size) {
      file->read(buffer, static_cast<std::streamsize>(size));
      return static_cast<std::size_t>(file->gcount());
    };
  };
  return registry.push_blob(wanted, open, from);
}

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

int run(const std::vector<std::string>& words) {
  Registry registry(devbox::image::parse_source(devbox::image::read_recipe(STDIN_FILENO)).access);
  const auto is = [&](const char* verb, std::size_t count) {
    return words.size() == count && words[0] == verb;
  };
  if (is("manifest", 2)) {
    const devbox::image::Document document = registry.manifest(words[1]);
    std::fputs(fmt::format("{} {}\n", document.media_type, document.digest).c_str(), stdout);
  } else if (is("blob", 3)) {
    blob(registry, descriptor(words[1], words[2]));
  } else if (is("blobs", 4)) {
    blobs(registry, std::atoi(words[1].c_str()), descriptor(words[2], words[3]));
  } else if (is("has", 3)) {
    std::puts(registry.has_blob(descriptor(words[1], words[2])) ? "yes" : "no");
  } else if (is("push-blob", 4) || is("push-blob", 5)) {
    const std::string from = words.size() > 4 ? words[4] : "";
    std::puts(push(registry, words[1], descriptor(words[2], words[3]), from) ? "sent" : "not sent");
  } else if (is("push-manifest", 4)) {
    registry.push_manifest(words[1], contents(words[2]), words[3]);
  } else {
    return 2;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run({argv + 1, argv + argc});
  } catch (const Error& error) {
    std::fputs(fmt::format("{}\n  hint: {}\n", error.message(), error.hint()).c_str(), stderr);
    return 1;
  }
}
