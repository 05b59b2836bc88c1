// An archive into the store, beside what else unpacks one; and a tree of the store compared with
// what it should be.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "sample.hpp"
#include "sections.hpp"

namespace devbox::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kShare = 40;  // of the rounds: an import takes a second or more

struct Unpacker {
  std::string name;
  std::vector<std::string> argv;  // run in a new, empty directory, which is its HOME too
};

Command command(const Unpacker& unpacker, const std::string& directory) {
  Command command{
      unpacker.argv, {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + directory}, directory};
  command.argv[0] =
      command.argv[0].starts_with('/') ? command.argv[0] : find_program(command.argv[0]);
  return command;
}

void run(const Bench& bench, const std::vector<std::string>& argv, const std::string& directory) {
  bench.family.run_ms(command({argv[0], argv}, directory));
}

// The archive as it is, and compressed; by what people call it.
std::map<std::string, std::string> archives(const Bench& bench) {
  const std::string& plain = bench.options.archive;
  std::map<std::string, std::string> all = {{"tar", plain}};
  const std::string base = bench.scratch.at("archive.tar");
  fs::create_symlink(plain, base);
  run(bench, {"gzip", "-fk", base}, bench.scratch.path());
  all["tar.gz"] = base + ".gz";
  if (!find_program("zstd").empty()) {
    run(bench, {"zstd", "-qf", base}, bench.scratch.path());
    all["tar.zst"] = base + ".zst";
  }
  return all;
}

// An OCI layout of the archive, for umoci; empty where there is none.
std::string layout(const Bench& bench) {
  if (find_program("umoci").empty()) return {};
  const std::string layout = bench.scratch.at("layout");
  const std::string image = layout + ":x";
  run(bench, {"umoci", "init", "--layout", layout}, bench.scratch.path());
  run(bench, {"umoci", "new", "--image", image}, bench.scratch.path());
  run(bench, {"umoci", "raw", "add-layer", "--image", image, bench.options.archive},
      bench.scratch.path());
  return image;
}

std::vector<Unpacker> unpackers(const Bench& bench, const std::string& archive,
                                const std::string& image) {
  std::vector<Unpacker> all = {
      {"devbox", {bench.options.devbox, "image", "import", archive}},
      // No device nodes: an ordinary user cannot make them.
      {"tar -x", {"tar", "--exclude=./dev/*", "-xf", archive}},
  };
  if (!find_program("bsdtar").empty())
    all.push_back({"bsdtar -x", {"bsdtar", "--exclude", "./dev/*", "-xf", archive}});
  if (!image.empty() && archive.ends_with(".gz"))
    all.push_back({"umoci unpack", {"umoci", "unpack", "--rootless", "--image", image, "x"}});
  return all;
}

struct Place {
  const char* name;
  std::string directory;
};

void measure_one(Bench& bench, const Place& place, const std::string& kind,
                 const std::vector<Unpacker>& all) {
  const int rounds = bench.options.quick ? 1 : bench.options.rounds / kShare;
  std::map<std::string, Sample> samples;
  for (int round = 0; round < rounds; ++round) {
    for (const Unpacker& unpacker : all) {
      const Scratch directory(place.directory);
      samples[unpacker.name].add(bench.family.run_ms(command(unpacker, directory.path())));
      remove_tree(directory.path());
      ::sync();  // what one has left to write is not the next one's
    }
  }
  Table table(
      {fmt::format("{} on {}, {} rounds", kind, place.name, rounds), "median ms", "p10", "p90"});
  for (const Unpacker& unpacker : all) {
    const Sample& sample = samples.at(unpacker.name);
    table.row({unpacker.name, with_decimals(sample.median(), 0), with_decimals(sample.p10(), 0),
               with_decimals(sample.p90(), 0)});
  }
  print(table.text());
  const auto bsdtar = samples.find("bsdtar -x");
  if (bsdtar == samples.end()) return;
  bench.budgets.at_most(fmt::format("import of a {} on {}: devbox / bsdtar", kind, place.name),
                        samples.at("devbox").median() / bsdtar->second.median(), 1.0);
}

void measure_verify(Bench& bench, const Place& place) {
  constexpr double kBytesPerMs = 1e6;  // 1 GB/s
  const Scratch directory(place.directory);
  const double bytes = static_cast<double>(fs::file_size(bench.options.archive));
  const auto devbox = [&](std::vector<std::string> words) {
    words.insert(words.begin(), bench.options.devbox);
    return bench.family.run_ms(command({"devbox", words}, directory.path()));
  };
  devbox({"image", "import", bench.options.archive});
  Sample sample;
  for (int round = 0; round < (bench.options.quick ? 1 : 5); ++round)
    sample.add(devbox({"image", "verify", "all"}));
  remove_tree(directory.path());
  bench.budgets.at_least(fmt::format("verify on {}, GB/s", place.name),
                         bytes / sample.median() / kBytesPerMs, 1.0);
}

}  // namespace

void measure_import(Bench& bench) {
  if (bench.options.archive.empty()) {
    print("Imports: `--archive FILE` names a plain tar archive of a root filesystem.\n");
    return;
  }
  const Place places[] = {{"disk", bench.options.disk}, {"tmpfs", "/dev/shm"}};
  const std::map<std::string, std::string> all = archives(bench);
  const std::string image = layout(bench);
  for (const Place& place : places) {
    for (const auto& [kind, archive] : all)
      measure_one(bench, place, kind, unpackers(bench, archive, image));
    measure_verify(bench, place);
  }
}

}  // namespace devbox::bench
