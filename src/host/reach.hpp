// What of this session a box can be let in on: asked only where a profile wants it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace devbox::host {

// A file as it is now: another one, or one that was written to, has another of these.
struct FileStamp {
  std::string path;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t changed = 0;  // st_ctim, in nanoseconds
};

// What /etc/localtime is (localtime(5)).
struct LocalTime {
  bool is_there = false;
  std::string link;  // where it leads, absolute and normal; empty: a file of its own
};

// What a person is to git: user.name, user.email, user.signingkey and gpg.format, where they are
// set. With a format of ssh, a key that is a file is its text, "key::ssh-ed25519 AAAA…".
struct GitIdentity {
  bool has_git = true;
  std::map<std::string, std::string> values;
};

struct ReachAsked {
  std::vector<std::string> sockets;  // does anybody listen there?
  std::vector<std::string> files;    // small ones, to be read
  bool localtime = false;
  std::string zone_file;           // is this file there? Of `localtime` also what it leads to
  std::optional<std::string> git;  // the directory for whose repository git is asked

  bool is_nothing() const {
    return sockets.empty() && files.empty() && !localtime && zone_file.empty() && !git;
  }
};

struct Reach {
  std::map<std::string, int> sockets;        // 0, or the errno of connect(2)
  std::map<std::string, std::string> files;  // those that are there and may be read
  LocalTime localtime;
  bool has_zone_file = false;
  std::optional<GitIdentity> git;
};

Reach reach(const ReachAsked& asked, const std::string& home);

// Whether somebody listens on a socket of the file system: 0, or the errno of connect(2). One that
// has no time now does listen.
int listens(const std::string& path);

// The global and the system's configuration alone, conditional includes (git-config(1),
// "Conditional includes") as for the repository around `directory`.
GitIdentity git_identity(const std::string& directory, const std::string& home);

// What `git config -z --show-scope --get-regexp` prints: a scope, a key with its value behind a
// line break, each with a NUL behind it. Of two alike the last counts; those of a repository are
// left out.
std::map<std::string, std::string> parse_git_config(std::string_view output);

// std::nullopt of what is no regular file, or not there.
std::optional<FileStamp> stamp_of(const std::string& path);
std::optional<FileStamp> stamp_of(int fd);  // without a path

}  // namespace devbox::host
