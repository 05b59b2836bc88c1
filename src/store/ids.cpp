#include "store/ids.hpp"

#include <fmt/format.h>

#include "host/id_helper.hpp"
#include "host/probe.hpp"
#include "host/userns.hpp"
#include "util/error.hpp"

namespace devbox::store {
namespace {

// Before anything is unpacked, and not after the packages of a whole system were fetched.
host::Refusal why_not(const host::SubordinateIds& ranges, const std::string& user) {
  host::Refusal why = host::why_no_ranges(ranges, user);
  if (!why.cause.empty()) return why;
  const std::string refusing = host::refusing_helper(ranges);
  if (refusing.empty()) return {};
  const host::IdHelper helper = host::look_for_id_helper(refusing);
  why =
      host::why_no_mapping(helper, host::restrictions().no_new_privs, host::distribution().family);
  return why.cause.empty() ? host::mapping_refused(helper, {}, user) : why;
}

}  // namespace

void Ids::ask() const {
  if (owners_) return;
  const host::SubordinateIds ranges = host::subordinate_ids(host_);
  const host::Refusal why = why_not(ranges, host_.user);
  if (!why.cause.empty()) {
    throw Error(
        fmt::format("cannot handle a tree whose files have owners: {}", why.cause),
        fmt::format("{}; without `map = \"subids\"` every file is yours, and none is needed",
                    why.fix));
  }
  all_ = host::with_user_as_root(host_, ranges);
  owners_ = {host::with_own_ids_kept(host_, ranges), host_.user};
}

const host::Owners& Ids::owners() const {
  ask();
  return *owners_;
}

const host::IdMaps& Ids::all() const {
  ask();
  return all_;
}

}  // namespace devbox::store
