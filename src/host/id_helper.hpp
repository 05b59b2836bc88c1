// newuidmap(1) and newgidmap(1), which write id maps of more than one id: there, privileged, and
// able to do it.
#pragma once

#include <string>
#include <string_view>

#include "host/distribution.hpp"
#include "host/host.hpp"
#include "host/refusal.hpp"

namespace devbox::host {

struct IdHelper {
  std::string program;      // "newuidmap"
  std::string path;         // where PATH has it; empty: nowhere
  bool privileged = false;  // setuid root, or with file capabilities
  bool is_foreign =
      false;            // its owner has no id here: setuid gives what root is elsewhere to nobody
  bool nosuid = false;  // on a mount that ignores both (mount(2), MS_NOSUID)
};

IdHelper look_for_id_helper(std::string_view program);

// Why it cannot map anything here; the cause is empty where nothing is in its way that can be seen.
// `no_new_privs`: of this process (prctl(2)). Pure.
Refusal why_no_mapping(const IdHelper& helper, bool no_new_privs, Family family);

// After it refused all the same. Pure.
Refusal mapping_refused(const IdHelper& helper, std::string_view said, std::string_view user);

// The user has no range of one kind, or of either; the cause is empty where there are both. Pure.
Refusal why_no_ranges(const SubordinateIds& ids, std::string_view user);

// Makes a user namespace and has both helpers map the first id of each range into it: empty, or the
// one that refused. Costs three processes.
std::string refusing_helper(const SubordinateIds& ids);

}  // namespace devbox::host
