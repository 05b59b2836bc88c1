#include "launch/compile.hpp"

#include <fmt/format.h>

#include <utility>

namespace devbox::launch {
namespace {

using kernel::kNoDev;
using kernel::kNoExec;
using kernel::kNoSuid;
using kernel::kReadOnly;

constexpr std::uint64_t kPlain = kNoSuid | kNoDev;

std::string below_root(const std::string& path) {
  return path.substr(path.find_first_not_of('/') == std::string::npos ? path.size() : 1);
}

std::uint64_t attributes_of(const plan::Bind& bind) {
  if (bind.device) return kNoSuid | kNoExec;
  return bind.access == plan::Access::read_only ? kPlain | kReadOnly : kPlain;
}

// overlayfs.rst, "Multiple lower layers": ":" separates, "\" takes the meaning away.
std::string escape_layer(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

const char* Operations::keep(std::string text) {
  return strings_.emplace_back(std::move(text)).c_str();
}

Operation& Operations::add(Action action, std::string target) {
  Operation& op = list_.emplace_back();
  op.action = action;
  op.target = keep(std::move(target));
  return op;
}

// One function a kind of mount; seals go last, when nothing has to be made any more.
struct Operations::Compiler {
  Operations& out;
  const plan::Plan& plan;
  const UpperPaths& uppers;
  std::vector<std::string> sealed;
  int generated = 0;

  void bind(const char* source, Base base, const std::string& target,
            std::uint64_t attributes) const {
    Operation& op = out.add(Action::bind, below_root(target));
    op.source = source;
    op.base = base;
    op.attributes = attributes;
  }

  void made(const plan::Made& thing, std::string target, Where where) const {
    const Action action = thing.kind == plan::MadeKind::directory ? Action::directory
                          : thing.kind == plan::MadeKind::symlink ? Action::symlink
                                                                  : Action::file;
    Operation& op = out.add(action, std::move(target));
    op.where = where;
    op.text = out.keep(thing.content);
    op.size = thing.content.size();
    op.mode = thing.mode;
  }

  void tmpfs(const std::string& target, unsigned mode, std::uint64_t max_bytes,
             std::uint64_t attributes, bool make) const {
    Operation& op = out.add(Action::tmpfs, below_root(target));
    op.mode_text = out.keep(fmt::format("{:04o}", mode));
    op.text = max_bytes == 0 ? nullptr : out.keep(fmt::format("{}", max_bytes));
    op.attributes = attributes;
    op.make = make;
  }

  void operator()(const plan::RootBind&) const { out.root_is_tree_ = true; }

  void operator()(const plan::Mirror& mirror) {
    const std::string base = mirror.target == "/" ? "" : mirror.target;
    if (mirror.target != "/") tmpfs(mirror.target, 0755, 0, kPlain, false);
    for (const std::string& name : mirror.bound_directories) mirrored(base, name, false);
    for (const std::string& name : mirror.bound_files) mirrored(base, name, true);
    for (const plan::Made& thing : mirror.made)
      made(thing, below_root(base + "/" + thing.path), Where::box);
    sealed.push_back(mirror.target);
  }

  void mirrored(const std::string& base, const std::string& name, bool is_file) const {
    const std::string path = below_root(base + "/" + name);
    Operation& op = out.add(Action::bind, path);
    op.source = op.target;
    op.base = Base::tree;
    op.attributes = kPlain | kReadOnly;
    op.make = true;
    op.is_file = is_file;
  }

  void operator()(const plan::Overlay& overlay) {
    const std::string layer = fmt::format("layer{}", generated++);
    made({.path = layer, .kind = plan::MadeKind::directory, .content = {}}, layer, Where::stage);
    for (const plan::Made& thing : overlay.made)
      made(thing, layer + "/" + thing.path, Where::stage);
    const std::string below = (plan.root == "/" ? "" : plan.root) + overlay.target;
    Operation& op = out.add(Action::overlay, below_root(overlay.target));
    op.text = out.keep(layer + ":" + escape_layer(below));
    op.attributes = kPlain | kReadOnly;
  }

  // The generated names as the lowest of its layers but one: the upper wins over them, and keeps
  // nothing of them but what the box changes.
  void operator()(const plan::WritableRoot& root) {
    const std::string layer = fmt::format("layer{}", generated++);
    made({.path = layer, .kind = plan::MadeKind::directory, .content = {}}, layer, Where::stage);
    for (const plan::Made& thing : root.made) {
      made(thing, layer + "/" + thing.path, Where::stage);
      if (thing.kind == plan::MadeKind::directory) out.list_.back().like = out.keep(thing.path);
    }
    Operation& op = writable("", uppers.root, plan.root_mode == plan::Root::ephemeral);
    op.base = Base::tree;
    op.text = out.keep(layer);
    op.fresh = uppers.fresh;
    out.root_is_writable_ = true;
  }

  Operation& writable(const std::string& target, const std::string& upper, bool discarded) const {
    Operation& op = out.add(Action::writable, below_root(target));
    op.upper = out.keep(upper);
    op.discarded = discarded;
    op.attributes = kPlain;
    return op;
  }

  void discarded(const plan::Bind& mount) const {
    Operation& op = writable(mount.target, uppers.workspace, true);
    op.source = out.keep(mount.source);
    op.fresh = true;
    op.make = mount.place == plan::Target::created;
  }

  void operator()(const plan::Rewrite& file) const {
    Operation& op = out.add(Action::rewrite, below_root(file.target));
    op.text = out.keep(file.content);
    op.size = file.content.size();
  }

  void operator()(const plan::Bind& mount) const {
    if (mount.access == plan::Access::discarded) return discarded(mount);
    bind(out.keep(mount.source), Base::host, mount.target, attributes_of(mount));
    Operation& op = out.list_.back();
    op.make = mount.place == plan::Target::created;
    op.is_file = mount.kind == plan::FileKind::file;
  }

  void operator()(const plan::Tmpfs& mount) {
    tmpfs(mount.target, mount.mode, mount.max_bytes, kPlain, mount.place == plan::Target::created);
    if (mount.access == plan::Access::read_only) sealed.push_back(mount.target);
  }

  void operator()(const plan::Proc& proc) const {
    out.add(Action::proc, below_root(proc.target)).attributes = kPlain | kNoExec;
    if (!proc.covered) return;
    for (const char* name : plan::kProcCovered) {
      const std::string path = proc.target + "/" + name;
      bind(out.keep(below_root(path)), Base::box, path, kPlain | kNoExec | kReadOnly);
      out.list_.back().optional = true;  // not every kernel has all of them
    }
  }

  void operator()(const plan::Sysfs& sysfs) const {
    out.add(Action::sysfs, below_root(sysfs.target)).attributes = kPlain | kNoExec | kReadOnly;
  }

  void operator()(const plan::Devpts& devpts) const {
    Operation& op = out.add(Action::devpts, below_root(devpts.target));
    op.attributes = kNoSuid | kNoExec;
    op.make = true;
  }

  void operator()(const plan::CoverFile& file) {
    const std::string name = fmt::format("file{}", generated++);
    made({.path = name, .kind = plan::MadeKind::file, .content = file.content, .mode = file.mode},
         name, Where::stage);
    bind(out.keep(name), Base::stage, file.target, kPlain | kReadOnly);
    out.list_.back().make = file.place == plan::Target::created;
    out.list_.back().is_file = true;
  }

  void operator()(const plan::Make& make) const {
    made(make.made, below_root(make.made.path), Where::box);
  }

  void operator()(const plan::Mask& mask) {
    if (mask.kind == plan::FileKind::file) {
      (*this)(plan::CoverFile{
          .target = mask.target, .content = "", .mode = 0, .place = plan::Target::exists});
    } else {
      tmpfs(mask.target, 0555, 4096, kPlain | kNoExec | kReadOnly, false);
    }
  }

  void seal_all() {
    for (const std::string& target : sealed) {
      out.add(Action::seal, below_root(target)).attributes = kReadOnly;
    }
  }
};

Operations::Operations(const plan::Plan& plan, const UpperPaths& uppers) {
  list_.reserve(plan.mounts.size() * 2 + 32);
  Compiler compiler{*this, plan, uppers, {}, 0};
  for (const plan::Mount& mount : plan.mounts) std::visit(compiler, mount);
  compiler.seal_all();
}

std::string Operations::subject(int index) const {
  if (index < 0 || static_cast<std::size_t>(index) >= list_.size()) return "the box";
  const Operation& op = list_[static_cast<std::size_t>(index)];
  if (op.where == Where::stage) return fmt::format("{} (generated)", op.target);
  if (op.action == Action::writable) return fmt::format("/{} (in {})", op.target, op.upper);
  if (op.action == Action::bind && op.base == Base::host)
    return fmt::format("{} on /{}", op.source, op.target);
  return fmt::format("/{}", op.target);
}

}  // namespace devbox::launch
