// A Debian root filesystem by mmdebstrap(1): how it is asked for, and what it says meanwhile. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/id_maps.hpp"
#include "util/json.hpp"

namespace devbox::image {

// A binary package in one exact version.
struct Package {
  std::string name;
  std::string version;
  std::string architecture;
  std::string sha256;  // of the .deb, in hex

  bool operator==(const Package&) const = default;
};

struct Recipe {
  std::string suite;                  // "bookworm"
  std::vector<std::string> packages;  // beside the minimal system
  std::string architecture;           // Debian's name: "amd64"
  std::int64_t epoch = 0;             // no file is newer (SOURCE_DATE_EPOCH); seconds since 1970
  std::vector<Package> locked;        // nothing else may be installed; empty: what is newest
  host::IdMaps maps;                  // of the namespace that it is made in; empty: a single id
  std::string user;                   // whose ranges they are
  std::string home;                   // what no package's script may see
  std::string log;                    // a file for all that mmdebstrap says
};

// Throws Error where a member is missing, or of another type or form: the names of packages and
// suites become words of commands.
Recipe parse_recipe(std::string_view json);

// What the builder finds in a directory of its own, as a shell script a hook. The scripts take the
// root as $1 and leave beside themselves:
//   available  what apt knows of the locked packages (setup; only where there are any)
//   installed  "NAME VERSION ARCHITECTURE" a line (customize)
//   records    apt's records of these: where the digests are from (customize)
struct Script {
  std::string name;
  std::string text;
};
std::vector<Script> scripts(const Recipe& recipe, std::string_view directory);

// mmdebstrap's arguments, itself first; it writes a tar archive to its standard output.
std::vector<std::string> arguments(const Recipe& recipe, std::string_view directory);

// The same where nothing is fetched but the lists, and apt says what it would install
// (mmdebstrap(1), "--simulate"; apt-get(8), "--simulate").
std::vector<std::string> simulation(const Recipe& recipe);

// Of a line "Inst libc6 (2.36-9 Debian:12.15/oldstable [amd64])": its package, without a digest.
std::optional<Package> parse_simulated(std::string_view line);

// Every package of `installed` with its digest from `records`, sorted by name. Throws Error where
// one has none.
std::vector<Package> parse_packages(std::string_view installed, std::string_view records);

// "libc6 2.36-9 is now 2.36-10", a line a package that `locked` and `found` have differently.
std::vector<std::string> moved(const std::vector<Package>& locked,
                               const std::vector<Package>& found);

// The records of apt-cache show (deb822(5)), as far as they name a package, a version and a digest.
std::vector<Package> parse_records(std::string_view text);

// How far it is, by the lines that mmdebstrap, apt and dpkg print.
class Building {
 public:
  struct State {
    std::string doing;        // "fetching packages"
    std::uint64_t done = 0;   // packages
    std::uint64_t total = 0;  // 0: not known
    std::string bytes;        // "29.7 MB", of what is fetched; may be empty
  };

  // Whether the state is another now.
  bool add(std::string_view line);
  const State& state() const { return state_; }

  // What went wrong, by their own words; empty where they said nothing like it.
  const std::string& complaint() const { return complaint_; }

 private:
  bool enter(std::string_view doing);
  void complain(std::string_view line);
  bool count(std::string_view doing, std::uint64_t& done);

  State state_;
  std::uint64_t to_install_ = 0;
  std::uint64_t fetched_ = 0;
  std::uint64_t unpacked_ = 0;  // dpkg unpacks some and sets these up before it unpacks the rest
  std::uint64_t set_up_ = 0;
  std::string complaint_;
};

}  // namespace devbox::image
