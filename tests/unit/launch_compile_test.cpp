#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "launch/compile.hpp"

namespace devbox::launch {
namespace {

plan::Plan plan_with(std::vector<plan::Mount> mounts) {
  plan::Plan plan;
  plan.root = "/trees/a:b";
  plan.mounts = std::move(mounts);
  return plan;
}

const Operation* find(const Operations& operations, Action action, const std::string& target) {
  for (const Operation& op : operations.list()) {
    if (op.action == action && target == op.target) return &op;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("a read-only bind is read-only, nosuid and nodev, a device only nosuid and noexec") {
  const plan::Plan plan = plan_with({
      plan::Bind{.source = "/a", .target = "/opt/a", .why = ""},
      plan::Bind{.source = "/b", .target = "/opt/b", .access = plan::Access::read_write, .why = ""},
      plan::Bind{.source = "/dev/null",
                 .target = "/dev/null",
                 .access = plan::Access::read_write,
                 .kind = plan::FileKind::file,
                 .place = plan::Target::created,
                 .device = true,
                 .why = ""},
  });
  const Operations operations(plan);
  using namespace kernel;
  CHECK(find(operations, Action::bind, "opt/a")->attributes == (kReadOnly | kNoSuid | kNoDev));
  CHECK(find(operations, Action::bind, "opt/b")->attributes == (kNoSuid | kNoDev));
  const Operation* device = find(operations, Action::bind, "dev/null");
  CHECK(device->attributes == (kNoSuid | kNoExec));
  CHECK(device->make);
  CHECK(device->is_file);
}

TEST_CASE("what is rebuilt on a tmpfs is sealed after everything is in place") {
  const plan::Plan plan = plan_with({
      plan::Mirror{.target = "/",
                   .bound_directories = {"usr"},
                   .bound_files = {},
                   .made = {{.path = "work", .kind = plan::MadeKind::directory, .content = {}}}},
      plan::Bind{.source = "/w", .target = "/work", .access = plan::Access::read_write, .why = ""},
  });
  const Operations operations(plan);
  CHECK_FALSE(operations.root_is_tree());
  const Operation& last = operations.list().back();
  CHECK(last.action == Action::seal);
  CHECK(std::string(last.target).empty());
  CHECK(find(operations, Action::bind, "usr")->base == Base::tree);
}

TEST_CASE("an overlay's layers are its generated names over the tree's, with colons escaped") {
  const plan::Plan plan = plan_with({
      plan::Overlay{.target = "/etc",
                    .made = {{.path = "hosts", .kind = plan::MadeKind::file, .content = "x"}}},
  });
  const Operations operations(plan);
  const Operation* overlay = find(operations, Action::overlay, "etc");
  REQUIRE(overlay != nullptr);
  CHECK(std::string(overlay->text) == "layer0:/trees/a\\:b/etc");
  CHECK((overlay->attributes & kernel::kReadOnly) != 0);
  const Operation* file = find(operations, Action::file, "layer0/hosts");
  REQUIRE(file != nullptr);
  CHECK(file->where == Where::stage);
}

TEST_CASE("host root's /proc is covered where a kernel has those names") {
  const Operations operations(plan_with({plan::Proc{.target = "/proc", .covered = true}}));
  const Operation* covered = find(operations, Action::bind, "proc/sysrq-trigger");
  REQUIRE(covered != nullptr);
  CHECK(covered->base == Base::box);
  CHECK(covered->optional);
  CHECK((covered->attributes & kernel::kReadOnly) != 0);
}

TEST_CASE("the subject of a failure names both sides of a bind, and no index beyond the list") {
  const Operations operations(
      plan_with({plan::Bind{.source = "/a", .target = "/opt/a", .why = ""}}));
  CHECK(operations.subject(0) == "/a on /opt/a");
  CHECK(operations.subject(-1) == "the box");
  CHECK(operations.subject(7) == "the box");
}

TEST_CASE(
    "a writable root is an overlay of its upper, generated names that look like the tree, and "
    "the tree") {
  plan::Plan plan = plan_with({
      plan::WritableRoot{{{.path = "etc", .kind = plan::MadeKind::directory, .content = {}},
                          {.path = "etc/passwd", .kind = plan::MadeKind::file, .content = "x"}}},
  });
  plan.root_mode = plan::Root::ephemeral;
  const Operations operations(plan, {.root = "/state/root", .workspace = {}, .fresh = true});
  CHECK(operations.root_is_writable());
  CHECK_FALSE(operations.root_is_tree());
  CHECK(std::string(find(operations, Action::directory, "layer0/etc")->like) == "etc");
  CHECK(find(operations, Action::file, "layer0/etc/passwd")->like == nullptr);
  const Operation& root = operations.list().back();
  CHECK(root.action == Action::writable);
  CHECK(root.base == Base::tree);
  CHECK(std::string(root.upper) == "/state/root");
  CHECK(std::string(root.text) == "layer0");
  CHECK(root.fresh);
  CHECK(root.discarded);
  CHECK(root.attributes == (kernel::kNoSuid | kernel::kNoDev));
}

TEST_CASE("what a kept root holds reaches the disk, and its own directory is left as it is") {
  plan::Plan plan = plan_with({plan::WritableRoot{}});
  plan.root_mode = plan::Root::persistent;
  const Operations operations(plan, {.root = "/kept", .workspace = {}, .fresh = false});
  CHECK_FALSE(operations.list().back().discarded);
  CHECK_FALSE(operations.list().back().fresh);
}

TEST_CASE("a workspace whose writes are thrown away is never a bind of the host") {
  const Operations operations(
      plan_with({plan::Bind{
          .source = "/w", .target = "/work", .access = plan::Access::discarded, .why = ""}}),
      {.root = {}, .workspace = "/state/workspace", .fresh = true});
  CHECK(find(operations, Action::bind, "work") == nullptr);
  const Operation* overlay = find(operations, Action::writable, "work");
  REQUIRE(overlay != nullptr);
  CHECK(std::string(overlay->source) == "/w");
  CHECK(std::string(overlay->upper) == "/state/workspace");
  CHECK(overlay->discarded);
}

}  // namespace devbox::launch
