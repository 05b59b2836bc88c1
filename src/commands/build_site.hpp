// A task of a project, and everything that its builds share.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "build/chain.hpp"
#include "build/snapshot.hpp"
#include "build/sources.hpp"
#include "cli/command_line.hpp"
#include "commands/prepare.hpp"
#include "plan/hermetic.hpp"
#include "profile/task.hpp"

namespace devbox::commands {

// What a build that is done again takes from the first.
struct Fixed {
  std::string build_path;
  std::int64_t epoch = 0;
};

class BuildSite {
 public:
  // Finds the profile and the task, and holds the image and what the build sees of the project.
  // Waits, and says so, where another build of the task is under way. Throws Error.
  BuildSite(const cli::Build& verb, std::optional<Fixed> fixed);
  ~BuildSite();  // what the build has written is gone then
  BuildSite(const BuildSite&) = delete;
  BuildSite& operator=(const BuildSite&) = delete;

  const profile::Task& task() const { return *chain_.back(); }
  const std::vector<const profile::Task*>& chain() const { return chain_; }
  const std::string& project() const { return project_; }
  const build::Sources& sources() const { return sources_; }
  const std::vector<std::string>& files() const { return sources_.files; }
  // The profile as it is; of the image and the machine what a build of the task has.
  const Subject& subject() const { return subject_; }
  std::int64_t epoch() const { return epoch_; }                  // seconds
  const std::string& tree() const { return snapshot_->tree(); }  // what the build sees
  const std::string& root() const { return root_; }  // the image's root filesystem on the host
  std::vector<std::string> outputs() const;          // of all tasks
  std::string logs() const;
  std::string work() const;  // a directory that this build has for itself

  // Throws Error where a task of the chain may depend on what is not known: it cannot be `done`
  // ("checked").
  void require_hermetic(const char* done) const;

  // Where an ordinary build runs.
  plan::Surroundings usual() const;

  enum class Caches { kept, none };
  plan::Plan plan(const profile::Task& task, const plan::Surroundings& surroundings,
                  const std::string& upper, Caches caches) const;
  launch::Runtime runtime() const;
  const std::vector<plan::Note>& notes() const { return notes_; }

  // The outputs into the project. Throws Error.
  void publish(const std::vector<build::Built>& built) const;

 private:
  void choose_task(const std::string& name);
  void find_project();
  void take_lock();
  void find_sources();
  void hold_image(bool trusted);
  Subject furnished(const profile::Task& task, const plan::Surroundings& surroundings,
                    const std::string& upper, Caches caches, std::vector<plan::Note>& notes) const;

  profile::Limits limits_;
  std::optional<Fixed> fixed_;
  Subject subject_;
  std::vector<const profile::Task*> chain_;
  std::string project_, directory_;
  Fd lock_;
  build::Sources sources_;
  std::int64_t epoch_ = 0;
  std::unique_ptr<build::Snapshot> snapshot_;
  std::string root_;
  std::vector<plan::Note> notes_;
};

}  // namespace devbox::commands
