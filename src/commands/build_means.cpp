#include "commands/build_means.hpp"

#include <sched.h>

#include <string>

#include "store/rootfs.hpp"

namespace devbox::commands {
namespace {

// glibc's; the library is not for musl's.
constexpr const char* kLoaders[] = {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1",
                                    "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
                                    "/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1"};

bool has_glibc(const std::string& tree) {
  store::Survey survey;
  survey.programs.assign(std::begin(kLoaders), std::end(kLoaders));
  survey.listings = store::Listings::top;
  const store::Rootfs rootfs = store::survey(tree, survey);
  for (const auto& [path, is_there] : rootfs.programs) {
    if (is_there) return true;
  }
  return false;
}

// Another charset, and where the image has one, another language.
std::string other_locale(const std::string& tree) {
  for (const char* locale : {"de_DE.UTF-8", "fr_FR.UTF-8", "et_EE.UTF-8", "en_US.UTF-8"}) {
    store::Survey survey;
    survey.locale = locale;
    survey.listings = store::Listings::top;
    if (store::survey(tree, survey).has_locale) return locale;
  }
  return "POSIX";
}

std::vector<unsigned> usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<unsigned> cpus;
  if (::sched_getaffinity(0, sizeof set, &set) < 0) return cpus;  // more than CPU_SETSIZE of them
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  return cpus;
}

}  // namespace

build::Means find_means(const BuildSite& site) {
  const std::string& tree = site.root();
  build::Means means;
  means.preload = site.subject().installation.surroundings;
  if (means.preload.empty()) means.no_preload = "devbox-surroundings.so is not installed";
  if (!means.preload.empty() && !has_glibc(tree)) {
    means.preload.clear();
    means.no_preload = "the image's programs are not glibc's, and load no library for it";
  }
  means.locale = other_locale(tree);
  means.cpus = usable_cpus();
  means.fixed_path = !site.task().build_path.empty();
  const profile::IdMap map = site.subject().profile.map;
  means.one_user = map == profile::IdMap::root || map == profile::IdMap::subids;
  return means;
}

}  // namespace devbox::commands
