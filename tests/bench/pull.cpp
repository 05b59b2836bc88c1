// An image from a registry on this machine, beside podman, and skopeo with umoci; what the parts of
// that work take alone; and a second image that shares layers with the first.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>

#include "failure.hpp"
#include "registry.hpp"
#include "sample.hpp"
#include "sections.hpp"

namespace devbox::bench {
namespace {

namespace fs = std::filesystem;

constexpr double kMiB = 1 << 20;

// A script on these arguments, which ends with the first command that fails.
std::vector<std::string> shell(const std::string& script, const std::vector<std::string>& words) {
  std::vector<std::string> argv = {"/bin/sh", "-ec", script, "sh"};
  argv.insert(argv.end(), words.begin(), words.end());
  return argv;
}

struct Image {
  std::string name;                 // in the registry, and its profile's
  std::string tag;                  // what it is called in the tables
  std::vector<std::string> blobs;   // digests
  std::vector<std::string> layers;  // files; empty where one is not gzip's
  std::vector<std::string> plain;   // the same, decompressed
};

struct Place {
  const char* name;
  std::string directory;
  int share;  // of the rounds
};

class Pulls {
 public:
  explicit Pulls(Bench& bench);
  void measure(const Place& place);

 private:
  using Argv = std::vector<std::string>;
  class Round;
  struct Puller {
    std::string name;
    Argv argv;
  };

  void put(const std::string& layout);
  void find_layers(Image& image) const;
  Command command(const Argv& argv, const std::string& directory) const;
  void try_podman();
  Argv podman(const Argv& words) const;
  Argv pull_by_podman(const Image& image) const;
  Argv devbox(const char* verb, const Image& image) const {
    return {bench_.options.devbox, verb, image.name};
  }
  std::vector<Puller> pullers(const Image& image) const;
  std::vector<Puller> parts(const Image& image) const;
  int rounds(const Place& place) const {
    return bench_.options.quick ? 1 : std::max(1, bench_.options.rounds / place.share);
  }
  void measure_one(const Place& place, const Image& image);
  void compare(const Place& place, const Image& image, std::map<std::string, Sample>& samples);
  void measure_second(const Place& place, const Image& first, const Image& second);

  Bench& bench_;
  Scratch scratch_{"/dev/shm"};
  Scratch runtime_{"/dev/shm"};
  Registry registry_;
  std::vector<Image> images_;
  bool podman_pulls_ = false;
  std::string podman_driver_;  // empty: what it takes itself
  long peak_kib_ = 0;
};

// The directory of one command. podman's files there belong to subordinate ids, and to a mount of
// the namespace that it keeps.
class Pulls::Round {
 public:
  Round(const Pulls& pulls, const std::string& parent) : pulls_(pulls), scratch_(parent) {}
  ~Round() {
    if (fs::exists(scratch_.at("podman"))) {
      const std::string script =
          "umount podman/overlay || :; rm -rf podman \"$XDG_RUNTIME_DIR\"/run";
      const Argv argv = pulls_.podman({"unshare", "sh", "-c", script});
      const pid_t pid = pulls_.bench_.family.start(pulls_.command(argv, path()));
      while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
    remove_tree(path());
    ::sync();  // what one has left to write is not the next one's
  }
  Round(const Round&) = delete;
  Round& operator=(const Round&) = delete;

  const std::string& path() const { return scratch_.path(); }

 private:
  const Pulls& pulls_;
  Scratch scratch_;
};

Pulls::Pulls(Bench& bench) : bench_(bench), registry_(bench.family, scratch_.path()) {
  make_directories(scratch_.at("config/devbox/profiles"));
  write_file(scratch_.at("policy.json"), R"({"default": [{"type": "insecureAcceptAnything"}]})");
  for (const std::string& layout : bench.options.layouts) put(layout);
  try_podman();
}

// Debian's takes vfs where nothing is configured, which copies all lower layers into each: it is
// asked for overlay first. It may be installed and pull nothing: for want of an id map.
void Pulls::try_podman() {
  if (find_program("podman").empty()) return;
  for (const char* driver : {"overlay", ""}) {
    podman_driver_ = driver;
    const Round round(*this, "/dev/shm");
    try {
      bench_.family.run_ms(command(pull_by_podman(images_.front()), round.path()));
      podman_pulls_ = true;
      return;
    } catch (const Failure& failure) {
      print(fmt::format("podman pulls nothing with the storage driver \"{}\": {}\n", driver,
                        failure.what()));
    }
  }
}

void Pulls::put(const std::string& layout) {
  Image image;
  image.name = fmt::format("image{}", images_.size());
  image.tag = layout.substr(layout.rfind(':') + 1);
  registry_.put(layout, image.name);
  image.blobs = registry_.blobs(image.name);
  find_layers(image);
  write_file(scratch_.at("config/devbox/profiles/" + image.name + ".toml"),
             fmt::format("schema = 1\n[image]\nsource = \"docker://{}\"\n",
                         registry_.reference(image.name)));
  const Round round(*this, scratch_.path());
  bench_.family.run_ms(command(devbox("lock", image), round.path()));
  images_.push_back(std::move(image));
}

void Pulls::find_layers(Image& image) const {
  for (const std::string& digest : image.blobs) {
    const std::string file = registry_.file(digest);
    char magic[2] = {};
    std::ifstream(file, std::ios::binary).read(magic, sizeof magic);
    if (magic[0] == '{') continue;  // the config
    if (magic[0] != '\x1f' || magic[1] != '\x8b') {
      image.layers.clear();
      image.plain.clear();
      return;
    }
    image.layers.push_back(file);
    image.plain.push_back(scratch_.at(digest + ".tar"));
    bench_.family.run_ms(
        command(shell("gzip -dc <\"$1\" >\"$2\"", {file, image.plain.back()}), scratch_.path()));
  }
}

Command Pulls::command(const Argv& argv, const std::string& directory) const {
  return {argv,
          {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + directory, "TMPDIR=" + directory,
           "XDG_RUNTIME_DIR=" + runtime_.path(), "XDG_CONFIG_HOME=" + scratch_.at("config")},
          directory};
}

Pulls::Argv Pulls::podman(const Argv& words) const {
  Argv all;
  if (!podman_driver_.empty()) all = {"--storage-driver", podman_driver_};
  all.insert(all.end(), words.begin(), words.end());
  // It refuses a runroot of more than 50 bytes, which --disk might make of it.
  return shell("exec podman --root \"$PWD/podman\" --runroot \"$XDG_RUNTIME_DIR/run\" \"$@\"", all);
}

Pulls::Argv Pulls::pull_by_podman(const Image& image) const {
  return podman({"pull", "-q", "--tls-verify=false", "--signature-policy",
                 scratch_.at("policy.json"), "docker://" + registry_.reference(image.name)});
}

std::vector<Pulls::Puller> Pulls::pullers(const Image& image) const {
  const std::string source = "docker://" + registry_.reference(image.name);
  std::vector<Puller> all = {{"devbox", devbox("pull", image)}};
  if (podman_pulls_) all.push_back({"podman", pull_by_podman(image)});
  if (!find_program("umoci").empty()) {
    all.push_back(
        {"skopeo, umoci",
         shell("skopeo --policy \"$2\" copy -q --src-tls-verify=false \"$1\" oci:image:x\n"
               "umoci unpack --rootless --image image:x bundle",
               {source, scratch_.at("policy.json")})});
  }
  return all;
}

std::vector<Pulls::Puller> Pulls::parts(const Image& image) const {
  if (image.layers.empty()) return {};
  const std::string gzip = find_program("igzip").empty() ? "gzip" : "igzip";
  Argv both = image.layers;
  both.insert(both.end(), image.plain.begin(), image.plain.end());
  return {
      {gzip + " -dc",
       shell("for layer; do " + gzip + " -dc <\"$layer\" >/dev/null; done", image.layers)},
      {"sha256sum, compressed and not", shell("sha256sum \"$@\"", both)},
      // No device nodes: an ordinary user cannot make them.
      {"tar -x", shell("for layer; do\n"
                       "  tar --anchored --exclude='./dev/*' --exclude='dev/*' -xf \"$layer\"\n"
                       "done",
                       image.plain)},
  };
}

void Pulls::measure(const Place& place) {
  for (const Image& image : images_) measure_one(place, image);
  for (std::size_t second = 1; second < images_.size(); ++second) {
    const auto shares = [&](const Image& first) {
      return std::any_of(first.blobs.begin(), first.blobs.end(), [&](const std::string& digest) {
        const std::vector<std::string>& blobs = images_[second].blobs;
        return std::find(blobs.begin(), blobs.end(), digest) != blobs.end();
      });
    };
    const auto end = images_.begin() + static_cast<std::ptrdiff_t>(second);
    const auto first = std::find_if(images_.begin(), end, shares);
    if (first != end) measure_second(place, *first, images_[second]);
  }
  bench_.budgets.at_most(fmt::format("the largest process of a pull on {}", place.name),
                         static_cast<double>(peak_kib_) / 1024, 100, " MiB");
}

void Pulls::measure_one(const Place& place, const Image& image) {
  std::map<std::string, Sample> samples;
  std::vector<Puller> all = pullers(image);
  const std::vector<Puller> alone = parts(image);
  all.insert(all.end(), alone.begin(), alone.end());
  for (int round = 0; round < rounds(place); ++round) {
    for (const Puller& puller : all) {
      const Round directory(*this, place.directory);
      const Run run = bench_.family.run(command(puller.argv, directory.path()));
      if (puller.name == "devbox") peak_kib_ = std::max(peak_kib_, run.peak_kib);
      samples[puller.name].add(run.ms);
    }
  }
  Table table({fmt::format("{} on {}, {} rounds", image.tag, place.name, rounds(place)),
               "median ms", "p10", "p90"});
  for (const auto& [name, argv] : all) {
    const Sample& sample = samples.at(name);
    const bool with_driver = name == "podman" && !podman_driver_.empty();
    table.row({with_driver ? fmt::format("podman, {}", podman_driver_) : name,
               with_decimals(sample.median(), 0), with_decimals(sample.p10(), 0),
               with_decimals(sample.p90(), 0)});
  }
  print(table.text());
  compare(place, image, samples);
}

void Pulls::compare(const Place& place, const Image& image,
                    std::map<std::string, Sample>& samples) {
  double fastest = 0;
  for (const char* peer : {"podman", "skopeo, umoci"}) {
    const double median = samples[peer].median();
    if (median > 0 && (fastest == 0 || median < fastest)) fastest = median;
  }
  if (fastest == 0) return;
  bench_.budgets.at_least(
      fmt::format("pull of {} on {}: the faster of the others / devbox", image.tag, place.name),
      fastest / samples.at("devbox").median(), 3.0);
}

void Pulls::measure_second(const Place& place, const Image& first, const Image& second) {
  Sample ms;
  Sample fetched;
  for (int round = 0; round < rounds(place); ++round) {
    const Round directory(*this, place.directory);
    bench_.family.run_ms(command(devbox("pull", first), directory.path()));
    const std::uint64_t before = registry_.sent();
    const Run run = bench_.family.run(command(devbox("pull", second), directory.path()));
    ms.add(run.ms);
    fetched.add(static_cast<double>(registry_.sent() - before));
    peak_kib_ = std::max(peak_kib_, run.peak_kib);
  }
  double whole = 0;
  for (const std::string& digest : second.blobs)
    whole += static_cast<double>(fs::file_size(registry_.file(digest)));
  Table table({fmt::format("{} where {} is there, on {}, {} rounds", second.tag, first.tag,
                           place.name, rounds(place)),
               "median ms", "p10", "p90", "fetched, MiB", "the whole, MiB"});
  table.row({"devbox", with_decimals(ms.median(), 0), with_decimals(ms.p10(), 0),
             with_decimals(ms.p90(), 0), with_decimals(fetched.median() / kMiB, 1),
             with_decimals(whole / kMiB, 1)});
  print(table.text());
}

}  // namespace

void measure_pull(Bench& bench) {
  if (bench.options.layouts.empty()) {
    print("Pulls: `--layout DIR:TAG` names an image in an OCI layout.\n");
    return;
  }
  for (const char* needed : {"docker-registry", "skopeo"}) {
    if (!find_program(needed).empty()) continue;
    print(fmt::format("Pulls: there is no {} to pull from.\n", needed));
    return;
  }
  // A disk takes longer, and a pull some seconds.
  const Place places[] = {{"tmpfs", "/dev/shm", 40}, {"disk", bench.options.disk, 66}};
  Pulls pulls(bench);
  for (const Place& place : places) pulls.measure(place);
}

}  // namespace devbox::bench
