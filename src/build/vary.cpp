#include "build/vary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "surroundings/settings_text.hpp"
#include "util/cpu_list.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::build {
namespace {

constexpr VariationName kVariations[] = {
    {Variation::build_path, "build_path", "the path of the project"},
    {Variation::hostname, "hostname", "the host's name"},
    {Variation::user, "user", "the user's name and ids"},
    {Variation::home, "home", "the home directory"},
    {Variation::locale, "locale", "LANG and LC_ALL"},
    {Variation::timezone, "timezone", "TZ"},
    {Variation::umask, "umask", "the mask of new files' modes"},
    {Variation::cpus, "cpus", "the number of processors"},
    {Variation::order, "order", "the order of directory entries"},
    {Variation::aslr, "aslr", "where programs are loaded"},
    {Variation::time, "time", "the time, of files too"},
    {Variation::kernel, "kernel", "the kernel's release and version"},
    {Variation::environment, "environment", "a variable that nobody knows"},
};

// A little over a year, and no whole number of days (nor of hours, nor of minutes).
constexpr std::int64_t kLater = std::int64_t{398} * 86400 + 6 * 3600 + 23 * 60 + 7;
constexpr std::int64_t kNanoseconds = 1'000'000'000;
// A build of a quarter of an hour is over within a second: what is stamped to the second is the
// same then in two builds that began at the same time.
constexpr std::int64_t kSlowdown = 1000;

// What is on at most one processor anyway cannot have fewer.
constexpr std::size_t kFewestCpus = 2;

void vary(plan::Surroundings& s, Variation variation, const Means& means, unsigned build) {
  // Of odd offsets, one on each side of Greenwich (POSIX, "TZ").
  constexpr std::array kZones = {"VAR-11:47", "VAR+9:13"};
  switch (variation) {
    case Variation::build_path:
      s.build_path =
          fmt::format("/srv/varied-build-path-{}/{}", build, path::filename(s.build_path));
      return;
    case Variation::hostname:
      s.hostname = fmt::format("varied-host-{}", build);
      return;
    case Variation::user:
      s.user = fmt::format("varied{}", build);
      s.ids = {4200 + build, 4300 + build};
      return;
    case Variation::home:
      s.home = fmt::format("/srv/varied-home-{}", build);
      return;
    case Variation::locale:
      s.locale = means.locale;
      s.variables.emplace_back("LC_ALL", means.locale);
      return;
    case Variation::timezone:
      s.timezone = kZones[build % kZones.size()];
      return;
    case Variation::umask:
      s.umask = 002;
      return;
    case Variation::cpus:
      s.cpus = cpu_list_text({means.cpus[build % means.cpus.size()]});
      return;
    case Variation::order:
      return;  // of the settings
    case Variation::aslr:
      s.random_addresses = true;
      return;
    case Variation::time:
      s.shown_time += kLater * build;
      return;
    case Variation::kernel:
      return;
    case Variation::environment:
      s.variables.emplace_back("DEVBOX_VARIED", fmt::format("build {}", build));
      return;
  }
}

surroundings::Settings settings_of(const std::set<Variation>& wanted, unsigned build) {
  surroundings::Settings settings;
  settings.order = surroundings::Order::sorted;
  if (wanted.contains(Variation::order)) {
    settings.order = build == 1 ? surroundings::Order::reversed : surroundings::Order::hashed;
    settings.seed = build;
  }
  settings.release = "6.1.0-devbox";
  settings.version = "#1 SMP devbox";
  if (wanted.contains(Variation::kernel)) {
    settings.release = fmt::format("5.10.{}-varied", 100 + build);
    settings.version = fmt::format("#{} SMP varied", 1 + build);
  }
  return settings;
}

}  // namespace

std::span<const VariationName> variations() { return kVariations; }

std::string_view name_of(Variation variation) {
  return std::find_if(std::begin(kVariations), std::end(kVariations),
                      [&](const VariationName& one) { return one.variation == variation; })
      ->name;
}

bool is_by_library(Variation variation) {
  return variation == Variation::order || variation == Variation::time ||
         variation == Variation::kernel;
}

Variation variation_of(std::string_view name) {
  std::vector<std::string> names;
  for (const VariationName& one : kVariations) {
    if (one.name == name) return one.variation;
    names.emplace_back(one.name);
  }
  const std::string meant = nearest(name, names);
  throw Error(fmt::format("there is no variation {}", printable(name)),
              meant.empty() ? fmt::format("one of {}", fmt::join(names, ", "))
                            : fmt::format("did you mean {}?", meant),
              Error::Kind::usage);
}

std::string why_not(Variation variation, const Means& means) {
  if (variation == Variation::build_path && means.fixed_path)
    return "the task asks for its `build_path`";
  if (variation == Variation::user && means.one_user) return "the profile asks for its `ids.map`";
  if (variation == Variation::cpus && means.cpus.size() < kFewestCpus)
    return "there is one processor here";
  if (is_by_library(variation) && means.preload.empty()) return means.no_preload;
  return "";
}

plan::Surroundings held_still(plan::Surroundings usual, const Means& means, std::int64_t epoch) {
  usual.random_addresses = false;
  if (means.preload.empty()) return usual;
  usual.preload = means.preload;
  usual.settings = surroundings::settings_text(settings_of({}, 0));
  usual.shown_time = epoch + 1;  // no file of the project is newer
  return usual;
}

plan::Surroundings varied(plan::Surroundings still, const std::set<Variation>& wanted,
                          const Means& means, unsigned build) {
  for (const Variation variation : wanted) vary(still, variation, means, build);
  if (!still.preload.empty())
    still.settings = surroundings::settings_text(settings_of(wanted, build));
  return still;
}

std::string settings_at(const plan::Surroundings& surroundings, std::int64_t now) {
  if (surroundings.shown_time == 0) return surroundings.settings;
  surroundings::Settings time;
  time.time = {now, surroundings.shown_time * kNanoseconds, kSlowdown};
  return surroundings::settings_text(time) + surroundings.settings;
}

}  // namespace devbox::build
