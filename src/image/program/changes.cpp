// devbox-image changes and commit: what a box has written over a tree, which chose every name and
// every byte of it.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "host/cannot.hpp"
#include "host/process.hpp"
#include "image/feed.hpp"
#include "image/program/export_half.hpp"
#include "image/program/half.hpp"
#include "image/program/layered.hpp"
#include "image/program/say.hpp"
#include "image/recipe.hpp"

namespace devbox::image {
namespace {

const char* word_of(UpperChange::Kind kind) {
  if (kind == UpperChange::Kind::added) return "added";
  return kind == UpperChange::Kind::changed ? "changed" : "deleted";
}

const char* word_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::directory:
      return "directory";
    case EntryKind::file:
      return "file";
    case EntryKind::symlink:
      return "symlink";
    case EntryKind::fifo:
      return "fifo";
    case EntryKind::character:
    case EntryKind::block:
      break;
  }
  return "device";
}

// JSON has no room for bytes that are not UTF-8.
Json bytes_of(const std::string& text) {
  Json bytes = Json::array();
  for (const char c : text) bytes.push_back(static_cast<unsigned char>(c));
  return bytes;
}

Json line_of(const UpperChange& change) {
  const bool is_ascii = std::all_of(change.path.begin(), change.path.end(),
                                    [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return {{"path", is_ascii ? Json(change.path) : bytes_of(change.path)},
          {"change", word_of(change.kind)},
          {"type", word_of(change.type)},
          {"size", change.size},
          {"what", change.what},
          {"text", change.text}};
}

// In a process of its own, which can read both and nothing else, and gives an archive of them.
pid_t start_merge(const Json& recipe, const Owners& owners, host::Pipe& archive) {
  const pid_t pid = ::fork();
  if (pid < 0) throw host::cannot("start", "a process", errno);
  if (pid > 0) return pid;
  archive.read.reset();
  ::close(STDIN_FILENO);
  ::close(STDOUT_FILENO);
  ::_exit(say_errors([&] {
    const LayeredRecipe layered = parse_layered(recipe);
    Layered(text_member(recipe, "lower"), text_member(recipe, "upper"), layered, owners)
        .archive([&](std::string_view part) { hand_on(archive.write.get(), part); });
  }));
}

}  // namespace

int changes_command(const std::string& lower, const std::string& upper, const Owners& owners) {
  return say_errors([&] {
    const LayeredRecipe recipe = parse_layered(read_recipe(STDIN_FILENO));
    const Layered layered(lower, upper, recipe, owners);
    for (const UpperChange& change : layered.changes()) say(line_of(change));
    say({{"bytes", layered.upper().bytes}, {"sockets", layered.upper().sockets}});
  });
}

int commit_command(const std::string& directory, const Owners& owners) {
  ::signal(SIGPIPE, SIG_IGN);
  die_with_parent();
  return say_errors([&] {
    const Json recipe = read_recipe(STDIN_FILENO);
    Half half = start_half(directory, owners);
    host::Pipe archive = host::make_pipe();
    host::widen(archive);
    host::Child merge(start_merge(recipe, owners, archive));
    archive.write.reset();
    const std::string hash = feed(archive.read.get(), *half.archive);
    if (merge.wait() != 0) {  // it has said why, and what it gave has no end
      ::kill(half.pid, SIGKILL);
      end_half(std::move(half));
      throw SaidAlready{};
    }
    if (end_half(std::move(half)) != 0) throw SaidAlready{};
    write_text(STDOUT_FILENO, json_line({{"archive", hash}}));
  });
}

}  // namespace devbox::image
