#include "plan/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <utility>

#include "plan/parts.hpp"
#include "util/amount.hpp"
#include "util/cpu_list.hpp"
#include "util/text.hpp"

namespace devbox::plan {
namespace {

using host::Delegation;

constexpr const char* kGroup = "limits.cgroup";
constexpr const char* kCpuset = "limits.cpuset";
constexpr const char* kByAffinity = "holds as CPU affinity, which a program can change";

// What one device may do, in the words of io.max and of systemd.
struct Rate {
  std::optional<std::uint64_t> profile::IoLimit::*limit;
  const char* key;
  const char* property;
  const char* shown;
  bool is_size;
};
constexpr Rate kRates[] = {
    {&profile::IoLimit::read, "rbps", "IOReadBandwidthMax", "read", true},
    {&profile::IoLimit::write, "wbps", "IOWriteBandwidthMax", "write", true},
    {&profile::IoLimit::read_ops, "riops", "IOReadIOPSMax", "read", false},
    {&profile::IoLimit::write_ops, "wiops", "IOWriteIOPSMax", "write", false},
};

bool is_unlimited(std::uint64_t most) { return most == profile::kUnlimited; }

// As the kernel has it, and systemd.
std::string number(std::uint64_t most) {
  return is_unlimited(most) ? profile::kNoLimit : fmt::format("{}", most);
}
std::string property_number(std::uint64_t most) {
  return is_unlimited(most) ? "infinity" : fmt::format("{}", most);
}

const char* controllers_fix() { return "`devbox doctor --fix-script` prints what delegates them"; }

class LimitChooser {
 public:
  LimitChooser(const profile::Limits& wanted, const Facts& facts, bool measured, Mistakes& mistakes,
               std::vector<Note>& notes)
      : wanted_(wanted), facts_(facts), measured_(measured), mistakes_(mistakes), notes_(notes) {}

  // Only what stands in files of a group, whoever has made that.
  Limits of_group() {
    list_values();
    return std::move(limits_);
  }

  Limits choose() {
    limits_.required = wanted_.required.value_or(false);
    limits_.nice = wanted_.nice;
    limits_.oom_score_adj = wanted_.oom_score_adj;
    choose_rlimits();
    list_values();
    choose_group();
    if (limits_.required) {
      for (const Unmet& unmet : limits_.unmet)
        mistakes_.add(wanted_.at, unmet.text() + " (`limits.required` is true)");
    }
    return std::move(limits_);
  }

 private:
  void add(const char* key, const char* controller, const char* file, const std::string& value,
           std::string shown, std::vector<std::string> properties) {
    limits_.group.values.push_back(
        {key, controller, file, value, std::move(shown), std::move(properties)});
  }

  void add_size(const char* key, const char* file, const char* property,
                const std::optional<std::uint64_t>& bytes) {
    if (!bytes) return;
    add(key, "memory", file, number(*bytes),
        is_unlimited(*bytes) ? profile::kNoLimit : exact_size(*bytes),
        {fmt::format("{}={}", property, property_number(*bytes))});
  }

  void list_values() {
    add_size("limits.memory", "memory.max", "MemoryMax", wanted_.memory);
    add_size("limits.memory_high", "memory.high", "MemoryHigh", wanted_.memory_high);
    add_size("limits.swap", "memory.swap.max", "MemorySwapMax", wanted_.swap);
    if (wanted_.oom_group.value_or(false))
      add("limits.oom_group", "memory", "memory.oom.group", "1", "all of the box", {});
    list_cpu();
    list_pids();
    list_io();
  }

  // The kernel's period is 100 ms.
  void list_cpu() {
    constexpr double kPeriod = 100'000;
    constexpr double kMicroseconds = 1'000'000;
    if (wanted_.cpus && std::isinf(*wanted_.cpus)) {
      add("limits.cpus", "cpu", "cpu.max", fmt::format("{} {:.0f}", profile::kNoLimit, kPeriod),
          profile::kNoLimit, {"CPUQuotaPerSecUSec=infinity"});
    } else if (wanted_.cpus) {
      const std::size_t there = facts_.cgroups->cpus.size();
      if (*wanted_.cpus > static_cast<double>(there))
        notes_.push_back(
            {fmt::format("`limits.cpus` = {}: this host has {} processors", *wanted_.cpus, there)});
      add("limits.cpus", "cpu", "cpu.max",
          fmt::format("{:.0f} {:.0f}", *wanted_.cpus * kPeriod, kPeriod),
          fmt::format("{}", *wanted_.cpus),
          {fmt::format("CPUQuotaPerSecUSec={:.0f}", *wanted_.cpus * kMicroseconds)});
    }
    if (wanted_.cpu_weight) {
      const std::string weight = fmt::format("{}", *wanted_.cpu_weight);
      add("limits.cpu_weight", "cpu", "cpu.weight", weight, weight, {"CPUWeight=" + weight});
    }
    list_cpuset();
  }

  void list_cpuset() {
    if (wanted_.cpuset.empty()) return;
    const std::vector<unsigned>& online = facts_.cgroups->cpus;
    std::vector<unsigned> there;
    for (const unsigned cpu : parse_cpu_list(wanted_.cpuset, profile::kCpus - 1)) {
      if (std::binary_search(online.begin(), online.end(), cpu)) there.push_back(cpu);
    }
    const std::string text = cpu_list_text(there);
    if (there.empty()) {
      mistakes_.add(wanted_.at, fmt::format("`{}` = \"{}\": this host has the processors {}",
                                            kCpuset, wanted_.cpuset, cpu_list_text(online)));
      return;
    }
    if (text != wanted_.cpuset) {
      unmet({kCpuset}, fmt::format("of {} this host has {}", wanted_.cpuset, text), "");
    }
    limits_.affinity = there;
    add(kCpuset, "cpuset", "cpuset.cpus", text, text, {"AllowedCPUs=" + text});
  }

  void list_pids() {
    if (!wanted_.pids) return;
    const std::string value = number(*wanted_.pids);
    if (*wanted_.pids < 2) {
      mistakes_.add(wanted_.at, "`limits.pids` = 1: a box needs 2, devbox-init and the command");
      return;
    }
    add("limits.pids", "pids", "pids.max", value, value,
        {"TasksMax=" + property_number(*wanted_.pids)});
  }

  void list_io() {
    std::map<std::string, std::string> taken;  // the path by the number of its disk
    for (const profile::IoLimit& limit : wanted_.io) {
      const host::BlockDevice& device = facts_.devices.at(limit.path);
      if (!device.problem.empty()) {
        mistakes_.add(limit.at, fmt::format("`limits.io`: {} {}", printable(limit.path),
                                            printable(device.problem)));
        continue;
      }
      const auto [same, is_new] = taken.emplace(device.number, limit.path);
      if (!is_new) {
        mistakes_.add(limit.at, fmt::format("`limits.io`: {} and {} are on the same disk, {}",
                                            printable(same->second), printable(limit.path),
                                            printable(device.node)));
        continue;
      }
      add_io(limit, device);
    }
    if (wanted_.io_weight) {
      const std::string weight = fmt::format("{}", *wanted_.io_weight);
      add("limits.io_weight", "io", "io.weight", weight, weight, {"IOWeight=" + weight});
    }
  }

  void add_io(const profile::IoLimit& limit, const host::BlockDevice& device) {
    std::string value = device.number;
    std::string shown = device.node;
    std::vector<std::string> properties;
    for (const Rate& rate : kRates) {
      const std::optional<std::uint64_t>& most = limit.*rate.limit;
      if (!most) continue;
      value += fmt::format(" {}={}", rate.key, number(*most));
      properties.push_back(
          fmt::format("{}={} {}", rate.property, device.node, property_number(*most)));
      if (is_unlimited(*most)) continue;
      shown += rate.is_size ? fmt::format(" {} {}/s", rate.shown, exact_size(*most))
                            : fmt::format(" {} {} operations/s", rate.shown, *most);
    }
    if (shown == device.node) shown += fmt::format(" {}", profile::kNoLimit);
    add("limits.io", "io", "io.max", value, shown, std::move(properties));
  }

  void choose_rlimits() {
    for (const profile::Rlimit& limit : wanted_.rlimits) {
      const auto most = facts_.hard_limits.find(limit.name);
      if (most != facts_.hard_limits.end() && limit.hard > most->second) {
        unmet({"rlimits." + limit.name}, fmt::format("your own hard limit is {}", most->second),
              "limits.conf(5) and `DefaultLimit…=` of systemd-system.conf(5) raise it");
        continue;
      }
      limits_.rlimits.push_back({limit.name, limit.soft, limit.hard});
    }
  }

  void unmet(std::vector<std::string> keys, std::string why, std::string fix) {
    limits_.unmet.push_back({std::move(keys), std::move(why), std::move(fix)});
  }

  // What is asked of a group, as far as nobody holds it.
  std::vector<std::string> keys() const {
    std::vector<std::string> keys;
    for (const GroupValue& value : limits_.group.values) {
      if (keys.empty() || keys.back() != value.key) keys.push_back(value.key);
    }
    if (wanted_.delegated.value_or(false)) keys.emplace_back(kGroup);
    if (measured_) keys.emplace_back("--stats");
    return keys;
  }

  void no_group(std::string why, std::string fix) {
    if (!limits_.affinity.empty()) why += fmt::format("; `{}` {}", kCpuset, kByAffinity);
    unmet(keys(), std::move(why), std::move(fix));
    limits_.group.values.clear();
  }

  void choose_group() {
    Group& group = limits_.group;
    group.delegated = wanted_.delegated.value_or(false);
    group.measured = measured_;
    if (group.values.empty() && !group.delegated && !measured_) return;
    const host::Cgroups& found = *facts_.cgroups;
    group.from = host::group_from(found);
    switch (group.from) {
      case GroupFrom::manager:
        group.manager = found.manager.directory;
        if (!found.manager.group.empty()) leave_out(found.manager.controllers);
        break;
      case GroupFrom::own:
        group.parent = found.own.directory;
        leave_out(found.own.controllers);
        break;
      case GroupFrom::none:
        why_no_group(found.version);
        break;
    }
    border();
  }

  void why_no_group(Delegation::Version version) {
    if (version == Delegation::Version::v2) {
      no_group("this user has no systemd manager, and its own cgroup is not its to divide",
               "log in as that user rather than through su or sudo, or `loginctl enable-linger`");
      return;
    }
    no_group(version == Delegation::Version::none ? "no cgroups are mounted on /sys/fs/cgroup"
                                                  : host::kVersionOne,
             "boot with `systemd.unified_cgroup_hierarchy=1` in the kernel's command line");
  }

  // What needs a controller that is not there.
  void leave_out(const std::vector<std::string>& controllers) {
    const auto lacks = [&](const GroupValue& value) {
      return std::find(controllers.begin(), controllers.end(), value.controller) ==
             controllers.end();
    };
    std::map<std::string, std::vector<std::string>> lacking;  // the keys by the controller
    std::vector<GroupValue>& values = limits_.group.values;
    for (const GroupValue& value : values) {
      if (!lacks(value)) continue;
      std::vector<std::string>& keys = lacking[value.controller];
      if (keys.empty() || keys.back() != value.key) keys.push_back(value.key);
    }
    values.erase(std::remove_if(values.begin(), values.end(), lacks), values.end());
    for (auto& [controller, keys] : lacking) {
      const bool by_affinity = controller == "cpuset";
      unmet(std::move(keys),
            fmt::format("the controller {} is not delegated to you{}", controller,
                        by_affinity ? fmt::format("; it {}", kByAffinity) : std::string()),
            controllers_fix());
    }
  }

  // The files of the group belong to this user, inside too. Only a namespace that is a border keeps
  // the box from raising its own limits.
  void border() {
    Group& group = limits_.group;
    if (group.from == GroupFrom::none || facts_.cgroups->nsdelegate) return;
    if (!group.delegated) return;
    group.delegated = false;
    unmet({kGroup},
          "/sys/fs/cgroup is mounted without `nsdelegate`: the box could raise its own limits",
          "`sudo mount -o remount,nsdelegate /sys/fs/cgroup` mends it until the next boot");
  }

  const profile::Limits& wanted_;
  const Facts& facts_;
  bool measured_;
  Mistakes& mistakes_;
  std::vector<Note>& notes_;
  Limits limits_;
};

}  // namespace

std::string Unmet::text() const {
  std::string names;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) names += i + 1 == keys.size() ? " and " : ", ";
    names += fmt::format("`{}`", keys[i]);
  }
  return fmt::format("{} {} not hold: {}{}{}", names, keys.size() == 1 ? "does" : "do", why,
                     fix.empty() ? "" : "; ", fix);
}

bool needs_group(const profile::Limits& limits) {
  return limits.memory || limits.memory_high || limits.swap || limits.cpus || limits.cpu_weight ||
         limits.io_weight || !limits.cpuset.empty() || limits.pids || !limits.io.empty() ||
         limits.oom_group.value_or(false) || limits.delegated.value_or(false);
}

Limits choose_limits(const Resolved& resolved, const Facts& facts, const Request& request,
                     Mistakes& mistakes, std::vector<Note>& notes) {
  return LimitChooser(resolved.limits, facts, request.measured, mistakes, notes).choose();
}

Limits group_values(const profile::Limits& wanted, const Facts& facts, std::vector<Note>& notes) {
  Mistakes mistakes;
  Limits limits = LimitChooser(wanted, facts, false, mistakes, notes).of_group();
  mistakes.throw_if_any();
  return limits;
}

void fill_rates(profile::IoLimit& limit, const std::string& number, std::string_view io_max) {
  for (const std::string& line : split(io_max, '\n')) {
    const std::vector<std::string> words = split(line, ' ');
    if (words.front() != number) continue;
    for (const Rate& rate : kRates) {
      const std::string key = fmt::format("{}=", rate.key);
      for (const std::string& word : words) {
        std::uint64_t most = 0;
        const bool has =
            word.starts_with(key) && !(limit.*rate.limit) &&
            std::from_chars(word.data() + key.size(), word.data() + word.size(), most).ec ==
                std::errc();
        if (has) limit.*rate.limit = most;
      }
    }
  }
}

}  // namespace devbox::plan
