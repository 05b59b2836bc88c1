// What devbox-image says to devbox: JSON objects, a line each, on descriptor 3.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "image/confine.hpp"
#include "util/json.hpp"

namespace devbox::image {

inline constexpr int kFindings = 3;

void write_text(int fd, std::string_view text);  // all of it; throws Error
void say(const Json& line);

// Thrown where another process has said what is wrong.
struct SaidAlready {};

// Runs `work`; what it throws is said as {"error", "hint", "errno"}. Returns the status to exit
// with.
int say_errors(const std::function<void()>& work);

// Who has died before has also closed its end of a pipe, and that ends this process.
void die_with_parent();

// A layer that is unpacked by a process of its own.
struct LayerName {
  std::size_t number = 0;  // from 0, the lowest
  std::string diff_id;     // hex: the SHA-256 of its bytes once they are plain
};

// Where that is, relative to the image's directory.
inline constexpr const char* kUnpacking = "unpacking";
std::string layer_place(std::size_t number);

// The commands, each the whole of a process.
int unpack_command(const std::string& directory, const Owners& owners);
int bootstrap_command(const std::string& directory, const Owners& owners);
int simulate_command(const std::string& directory);
int resolve_command();
int pull_command(const std::string& directory, const std::string& owners);
int fetch_command(const std::string& directory, const Owners& owners);
int hash_command();
int layer_command(const std::string& directory, const LayerName& layer);
int assemble_command(const std::string& directory, std::size_t layers, const Owners& owners);
int share_command(const std::string& store, const std::string& tree, const std::string& scratch);
int export_command(const std::string& directory, const Owners& owners);
int compare_command(const std::string& first, const std::string& second);
int changes_command(const std::string& lower, const std::string& upper, const Owners& owners);
int commit_command(const std::string& directory, const Owners& owners);
int verify_command(const std::string& directory, const std::string& digest, const Owners& owners);

}  // namespace devbox::image
