// What went into a build and what came out of it, as an in-toto statement (in-toto Attestation
// Framework, v1, "Statement") whose predicate is SLSA's provenance (slsa.dev/provenance/v1). Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace devbox::build {

// A file or link of an output.
struct Artifact {
  std::string sha256;  // hex; of a link's text, where it is one
  bool executable = false;
  bool link = false;
  bool operator==(const Artifact&) const = default;
};
using Artifacts = std::map<std::string, Artifact>;  // by the path in the project

struct Record {
  std::string task;
  std::string build_path;  // where the project was seen
  std::int64_t epoch = 0;  // SOURCE_DATE_EPOCH, seconds
  std::string profile;     // digests are SHA-256 in hex: of the profile and its bases
  std::string lock;        // of the lock file; empty: the profile itself pins its image
  std::string image;       // the source, as the profile has it
  std::map<std::string, std::string> image_digests;  // "manifest", "config", "archive": hex
  std::string tree;                                  // of the root filesystem
  std::string sources;                               // of all files that the build saw
  std::uint64_t source_files = 0;
  std::string commit;  // git's; empty: none
  bool clean = false;  // all that git tracks is as it was committed
  std::string devbox;  // the version
  Artifacts outputs;
};

std::string record_text(const Record& record);

// Of a file that anybody may have written. Throws Error that names `shown`.
Record parse_record(std::string_view text, std::string_view shown);

// What of the inputs is another, a line each: "the source: recorded 12ab…, here 34cd…".
std::vector<std::string> other_inputs(const Record& recorded, const Record& here);

// What of the outputs is another, a line each as `devbox build --check` has them.
std::vector<std::string> other_outputs(const Artifacts& recorded, const Artifacts& built);

}  // namespace devbox::build
