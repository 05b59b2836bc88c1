// One function a verb. Each wires the stages and decides nothing; the status is the process's.
#pragma once

#include <cstdint>

#include "cli/command_line.hpp"

namespace devbox::commands {

// `begun`: CLOCK_MONOTONIC nanoseconds at which the process started, for --timings.
[[noreturn]] void enter(const cli::Enter& verb, std::int64_t begun);
int run(const cli::Run& verb, std::int64_t begun);  // returns where a task's needs have failed
int plan(const cli::PlanVerb& verb);
int build(const cli::Build& verb);  // 1 where outputs differ
int tasks(const cli::Tasks& verb);
int init(const cli::Init& verb);
[[noreturn]] void exec(const cli::Exec& verb);
int ps(const cli::Ps& verb);
int stop(const cli::Stop& verb);  // 1 where one does not end
int shims(const cli::Shims& verb);
int editor(const cli::Editor& verb);
int shellenv(const cli::ShellEnv& verb);
[[noreturn]] void shim(const cli::ShimCall& verb, std::int64_t begun);
int stats(const cli::StatsVerb& verb);
int limit(const cli::LimitVerb& verb);
int ended(const cli::Ended& verb);
int sweep(const cli::Sweep& verb);    // what boxes that are gone wrote, to be thrown away
int doctor(const cli::Doctor& verb);  // 1 where enter would not work
int lock(const cli::Lock& verb);
int outdated(const cli::Outdated& verb);  // 1 where something has moved, if that is asked for
int pull(const cli::Pull& verb);
int image_list(const cli::ImageList& verb);
int image_import(const cli::ImageImport& verb);
int image_export(const cli::ImageExport& verb);
int image_push(const cli::ImagePush& verb);
int image_remove(const cli::ImageRemove& verb);  // 1 where one stays
int image_verify(const cli::ImageVerify& verb);  // 1 where one differs, and was not mended
int image_usage(const cli::ImageUsage& verb);
int image_collect(const cli::ImageCollect& verb);
int box_diff(const cli::BoxDiff& verb);
int box_reset(const cli::BoxReset& verb);
int box_commit(const cli::BoxCommit& verb);
int box_list(const cli::BoxList& verb);
int profile_list(const cli::ProfileList& verb);
int profile_show(const cli::ProfileShow& verb);
int profile_schema();
int profile_trust(const cli::ProfileTrust& verb);
int profile_untrust(const cli::ProfileUntrust& verb);

// Writes an answer to standard output; Error where that fails (a full disk is not a success).
int print(const std::string& text);

}  // namespace devbox::commands
