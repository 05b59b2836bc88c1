// Every rule fails on what it forbids: made-up files, one for each kind of violation.
#include "rules.hpp"

#include <doctest/doctest.h>

namespace devbox::architecture {
namespace {

const Arrows kTable = {{"util", {}},
                       {"kernel", {}},
                       {"init", {}},
                       {"profile", {"util"}},
                       {"store", {"profile", "util"}},
                       {"plan", {"profile"}},
                       {"scope", {}},
                       {"main", {"util"}}};

Lines violations_of(const std::string& path, const std::string& text) {
  return include_violations({{path, text}}, kTable);
}

struct Row {
  const char* path;
  const char* text;
  const char* violation;  // nullptr: allowed
};

TEST_CASE("an include is judged by its folder and its header") {
  const Row rows[] = {
      {"src/profile/a.cpp", "#include \"util/text.hpp\"\n", nullptr},
      {"src/profile/a.cpp", "#include \"profile/b.hpp\"\n", nullptr},
      {"src/profile/a.cpp", "#include <string>\n#include <cerrno>\n", nullptr},
      {"src/profile/a.cpp", "// #include \"store/lock.hpp\"\n", nullptr},
      // Arrows.
      {"src/profile/a.cpp", "\n#include \"store/lock.hpp\"\n",
       "src/profile/a.cpp:2: no arrow from profile to store"},
      {"src/plan/a.cpp", "#include \"util/text.hpp\"\n",  // not by way of profile
       "src/plan/a.cpp:1: no arrow from plan to util"},
      {"src/kernel/deep/a.cpp", "#include <util/text.hpp>\n",
       "src/kernel/deep/a.cpp:1: no arrow from kernel to util"},
      {"src/main.cpp", "  #  include \"profile/load.hpp\" // why\n",
       "src/main.cpp:1: no arrow from main to profile"},
      {"src/kernel/a.inc", "#include \"util/text.hpp\"\n",
       "src/kernel/a.inc:1: no arrow from kernel to util"},
      // Folders and spellings that would escape the table.
      {"src/other/a.cpp", "", "src/other/a.cpp: the table has no folder other"},
      {"src/stray.cpp", "", "src/stray.cpp: the table has no folder stray"},
      {"src/plan/a.cpp", "#include \"other/a.hpp\"\n",
       "src/plan/a.cpp:1: other/a.hpp is not written from src/, or is in no folder of the table"},
      {"src/plan/a.cpp", "#include \"../util/text.hpp\"\n",
       "src/plan/a.cpp:1: ../util/text.hpp is not written from src/, or is in no folder of the "
       "table"},
      {"src/plan/a.cpp", "#include \"b.hpp\"\n",
       "src/plan/a.cpp:1: b.hpp is not written from src/, or is in no folder of the table"},
      {"src/plan/a.cpp", "#include HEADER\n",
       "src/plan/a.cpp:1: an include whose header cannot be read"},
      // System headers in a pure folder.
      {"src/store/a.cpp", "#include <sys/stat.h>\n", nullptr},
      {"src/profile/a.cpp", "#include <sys/stat.h>\n",
       "src/profile/a.cpp:1: sys/stat.h is a system header, and profile/ is pure"},
      {"src/plan/a.cpp", "#include <unistd.h>\n",
       "src/plan/a.cpp:1: unistd.h is a system header, and plan/ is pure"},
      {"src/plan/a.hpp", "#include <linux/sched.h>\n",
       "src/plan/a.hpp:1: linux/sched.h is a system header, and plan/ is pure"},
      // Third-party headers.
      {"src/profile/a.cpp", "#include <toml++/toml.h>\n", nullptr},
      {"src/store/a.cpp", "#include <toml++/toml.h>\n",
       "src/store/a.cpp:1: toml++/toml.h is not for store/"},
      {"src/main.cpp", "#include <CLI/CLI.hpp>\n", "src/main.cpp:1: CLI/CLI.hpp is not for main/"},
      {"src/kernel/a.cpp", "#include <sys/capability.h>\n", nullptr},
      {"src/store/a.cpp", "#include <sys/capability.h>\n",
       "src/store/a.cpp:1: sys/capability.h is not for store/"},
      {"src/store/a.cpp", "#include <seccomp.h>\n",
       "src/store/a.cpp:1: seccomp.h is not for store/"},
      {"src/store/a.cpp", "#include <sha256.h>\n", nullptr},
      {"src/util/a.cpp", "#include <sha256.h>\n", "src/util/a.cpp:1: sha256.h is not for util/"},
      {"src/plan/a.cpp", "#include <nlohmann/json.hpp>\n",
       "src/plan/a.cpp:1: nlohmann/json.hpp is not for plan/"},
      {"src/util/a.cpp", "#include <doctest/doctest.h>\n",
       "src/util/a.cpp:1: doctest/doctest.h is not for util/"},
      {"src/plan/a.cpp", "#include <fmt/format.h>\n", nullptr},
      {"src/kernel/a.cpp", "#include <fmt/format.h>\n",
       "src/kernel/a.cpp:1: fmt/format.h is not for kernel/"},
      {"src/init/a.cpp", "#include \"fmt/core.h\"\n",
       "src/init/a.cpp:1: fmt/core.h is not for init/"},
      {"src/scope/program/a.cpp", "#include <systemd/sd-bus.h>\n", nullptr},
      {"src/plan/a.cpp", "#include <systemd/sd-bus.h>\n",
       "src/plan/a.cpp:1: systemd/sd-bus.h is not for plan/"},
      // Not C++ below src/.
      {"src/README.md", "#include \"store/lock.hpp\"\n", nullptr},
  };
  for (const Row& row : rows) {
    CAPTURE(row.path);
    CAPTURE(row.text);
    CHECK(violations_of(row.path, row.text) == (row.violation ? Lines{row.violation} : Lines{}));
  }
}

TEST_CASE("a cycle is found wherever the search begins") {
  CHECK(cycles({{"a", {"b"}}, {"b", {"c"}}, {"c", {}}}).empty());
  CHECK(cycles({{"a", {"b", "c"}}, {"b", {"c"}}, {"c", {}}}).empty());
  CHECK(cycles({{"a", {"a"}}}) == Lines{"a → a"});
  CHECK(cycles({{"a", {"b"}}, {"b", {"c"}}, {"c", {"b"}}}) == Lines{"b → c → b"});
}

TEST_CASE("the links of CMake are compared with the table") {
  const Arrows table = {{"util", {}}, {"plan", {"util"}}, {"main", {"plan"}}};
  const std::string good =
      "target_link_libraries(devbox_plan PUBLIC devbox_util  # devbox_store\n fmt::fmt)\n"
      "target_link_libraries(devbox PRIVATE devbox_plan project_flags)\n"
      "# target_link_libraries(devbox_util PUBLIC devbox_plan)\n";
  const auto check = [&](const std::string& more) {
    return link_violations({{"CMakeLists.txt", good}, {"src/CMakeLists.txt", more}}, table);
  };
  CHECK(check("").empty());
  CHECK(check("target_link_libraries(tool PRIVATE seccomp)").empty());
  CHECK(check("target_link_libraries(devbox_util PUBLIC devbox_plan)") ==
        Lines{"devbox_util links devbox_plan without an arrow"});
  CHECK(check("TARGET_LINK_LIBRARIES (devbox PRIVATE devbox_other)") ==
        Lines{"devbox links devbox_other without an arrow"});
  CHECK(check("target_link_libraries(devbox-init PRIVATE devbox_util)") ==
        Lines{"devbox-init links devbox libraries and is in no table"});
  CHECK(check("target_link_libraries(devbox-plan PRIVATE devbox_plan)").empty());
  CHECK(check("target_link_libraries(devbox-plan PRIVATE devbox_plan devbox_util)") ==
        Lines{"devbox-plan links devbox libraries and is in no table"});
  CHECK(check("target_link_libraries(devbox_${folder} PUBLIC devbox_util)") ==
        Lines{"src/CMakeLists.txt: a folder is linked to every library"});
  CHECK(link_violations({}, table) ==
        Lines{"devbox does not link devbox_plan", "devbox_plan does not link devbox_util"});
}

TEST_CASE("a file of too many lines is named") {
  CHECK(length_violations({{"src/a/b.cpp", "1\n2\n"}}, 2).empty());
  CHECK(length_violations({{"src/a/b.cpp", "1\n2\n3\n"}}, 2) ==
        Lines{"src/a/b.cpp: 3 lines, at most 2"});
}

}  // namespace
}  // namespace devbox::architecture
