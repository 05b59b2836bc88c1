#include "profile/convert.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "profile/capability.hpp"
#include "profile/checks.hpp"
#include "profile/image_source.hpp"
#include "profile/paths.hpp"
#include "profile/report.hpp"
#include "profile/size.hpp"
#include "profile/task_values.hpp"
#include "profile/variables.hpp"
#include "util/cpu_list.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::profile {

namespace {

template <class Value>
struct Named {
  std::string_view word;
  Value value;
};

constexpr Named<Root> kRoots[] = {{"read-only", Root::read_only},
                                  {"ephemeral", Root::ephemeral},
                                  {"persistent", Root::persistent}};
constexpr Named<IdMap> kIdMaps[] = {{"auto", IdMap::automatic},
                                    {"self", IdMap::self},
                                    {"root", IdMap::root},
                                    {"subids", IdMap::subids}};
constexpr Named<WorkspaceMode> kWorkspaceModes[] = {{"rw", WorkspaceMode::rw},
                                                    {"ro", WorkspaceMode::ro},
                                                    {"overlay", WorkspaceMode::overlay},
                                                    {"none", WorkspaceMode::none}};
constexpr Named<HomeMode> kHomeModes[] = {{"private", HomeMode::private_kept},
                                          {"ephemeral", HomeMode::ephemeral},
                                          {"host", HomeMode::host}};
constexpr Named<Access> kAccesses[] = {{"ro", Access::read_only}, {"rw", Access::read_write}};
constexpr Named<MountType> kMountTypes[] = {{"bind", MountType::bind},
                                            {"tmpfs", MountType::tmpfs},
                                            {"file", MountType::file},
                                            {"symlink", MountType::symlink},
                                            {"mask", MountType::mask}};
constexpr Named<NetworkMode> kNetworkModes[] = {{"host", NetworkMode::host},
                                                {"none", NetworkMode::none}};
constexpr Named<Seccomp> kSeccomps[] = {
    {"default", Seccomp::standard}, {"strict", Seccomp::strict}, {"off", Seccomp::off}};

// The value that the word in `node` stands for; `missing` where the key was not written.
template <class Value, std::size_t N>
Value pick(const Named<Value> (&words)[N], const Node* node, Value missing) {
  for (const Named<Value>& named : words) {
    if (node != nullptr && node->text == named.word) return named.value;
  }
  return missing;
}

class Converter {
 public:
  Converter(Node document, std::vector<ClosureFile> files)
      : document_(std::move(document)), files_(std::move(files)) {
    for (const ClosureFile& file : files_) directories_.push_back(path::parent(file.path));
  }

  Profile convert() && {
    Profile profile;
    identity(profile);
    profile.image = image();
    profile.map = pick(kIdMaps, document_.at_path("ids.map"), IdMap::automatic);
    profile.workspace = workspace();
    profile.home = home();
    profile.mounts = mounts();
    profile.env = environment();
    profile.shell = shell();
    profile.network = pick(kNetworkModes, document_.at_path("network.mode"), NetworkMode::host);
    profile.limits = limits();
    profile.security = security();
    profile.integrations = integrations();
    profile.editor = editor();
    profile.tasks = task_values(entries("tasks"), files_);
    profile.closure = std::move(files_);
    return profile;
  }

 private:
  void identity(Profile& profile) const {
    profile.path = files_.front().path;
    profile.name = text("name", default_name(profile.path));
    profile.description = text("description", {});
    for (std::size_t i = 1; i < files_.size(); ++i) profile.extends_paths.push_back(files_[i].path);
  }

  Image image() const {
    Image image;
    const Node* node = document_.at_path("image.source");
    const auto parsed = node != nullptr ? parse_source(node->text) : std::nullopt;
    if (const Node* digest = document_.at_path("image.digest")) {
      image.digest = digest->text;
      image.digest_at = position(digest->at, files_);
    }
    if (const Node* platform = document_.at_path("image.platform")) {
      image.platform = platform_name(platform->text);
      image.platform_at = position(platform->at, files_);
    }
    if (const Node* packages = document_.at_path("image.packages")) {
      for (const Node& package : packages->children) image.packages.push_back(package.text);
      std::sort(image.packages.begin(), image.packages.end());
      image.packages.erase(std::unique(image.packages.begin(), image.packages.end()),
                           image.packages.end());
      image.packages_at = position(packages->at, files_);
    }
    if (const Node* root = document_.at_path("image.root")) {
      image.root = pick(kRoots, root, image.root);
      image.root_at = position(root->at, files_);
    }
    if (!parsed) return image;
    std::string reference(parsed->reference);
    image.written = reference;
    std::string tag;
    if (parsed->kind == SourceKind::oci) tag = take_tag(reference);
    if (is_path(parsed->kind)) reference = host_path(reference, directory_of(*node));
    image.source =
        Source{parsed->kind, std::move(reference), position(node->at, files_), std::move(tag)};
    return image;
  }

  Workspace workspace() {
    Workspace workspace;
    workspace.target = inside_path("workspace.target", workspace.target);
    workspace.mode = pick(kWorkspaceModes, document_.at_path("workspace.mode"), workspace.mode);
    workspace.at = table_position("workspace");
    return workspace;
  }

  Home home() {
    Home home;
    home.mode = pick(kHomeModes, document_.at_path("home.mode"), home.mode);
    home.at = table_position("home");
    std::vector<Node>& shares = entries("home.share");
    home.share.reserve(shares.size());
    for (Node& node : shares) {
      home.share.push_back({std::move(node.key), pick(kAccesses, &node, Access::read_only),
                            position(node.key_at, files_)});
    }
    return home;
  }

  std::vector<Mount> mounts() {
    std::vector<Mount> mounts;
    std::vector<Node>& nodes = entries("mounts");
    mounts.reserve(nodes.size());
    for (Node& node : nodes) mounts.push_back(mount(node));
    return mounts;
  }

  Mount mount(Node& node) const {
    Mount mount;
    mount.target = std::move(node.key);
    mount.type = pick(kMountTypes, node.find("type"), MountType::bind);
    if (Node* source = node.find("source")) {
      const bool is_bind = mount.type == MountType::bind;
      mount.source = is_bind ? host_path(source->text, directory_of(*source)) : expandable(*source);
    }
    if (Node* content = node.find("content")) mount.content = std::move(content->text);
    // A tmpfs that cannot be written would be an empty directory for ever.
    const Access missing = mount.type == MountType::tmpfs ? Access::read_write : Access::read_only;
    mount.mode = pick(kAccesses, node.find("mode"), missing);
    if (const Node* optional = node.find("optional")) mount.optional = optional->boolean;
    if (const Node* size = node.find("size")) mount.max_bytes = parse_size(size->text).bytes;
    mount.at = position(node.key_at, files_);
    return mount;
  }

  Environment environment() {
    Environment env;
    env.at = table_position("env");
    std::vector<Node>& passed = entries("env.pass");
    env.pass.reserve(passed.size());
    for (Node& node : passed) env.pass.push_back(std::move(node.text));
    env.pass_written = document_.at_path("env.pass") != nullptr;
    for (Node& node : entries("env.set"))  // sorted, so each goes to the end
      env.set.emplace_hint(env.set.end(), std::move(node.key), expandable(node));
    for (const Node& node : entries("env.files")) {
      env.files.push_back(host_path(node.text, directory_of(node)));
    }
    for (Node& node : entries("env.path.prepend")) env.path_prepend.push_back(expandable(node));
    return env;
  }

  Shell shell() {
    Shell shell;
    shell.program = inside_path("shell.program", shell.program);
    shell.login = boolean("shell.login").value_or(shell.login);
    shell.cwd = inside_path("shell.cwd", shell.cwd);
    shell.integration = boolean("shell.integration").value_or(shell.integration);
    shell.prompt = boolean("shell.prompt").value_or(shell.prompt);
    shell.at = table_position("shell");
    return shell;
  }

  Limits limits() {
    Limits limits;
    limits.at = table_position("limits");
    limits.memory = size("limits.memory");
    limits.memory_high = size("limits.memory_high");
    limits.swap = size("limits.swap");
    if (const Node* cpus = document_.at_path("limits.cpus")) limits.cpus = cpus->number();
    limits.cpu_weight = integer<unsigned>("limits.cpu_weight");
    limits.io_weight = integer<unsigned>("limits.io_weight");
    limits.pids = integer<std::uint64_t>("limits.pids");
    limits.nice = integer<int>("limits.nice");
    limits.oom_score_adj = integer<int>("limits.oom_score_adj");
    limits.oom_group = boolean("limits.oom_group");
    limits.required = boolean("limits.required");
    if (const Node* cgroup = document_.at_path("limits.cgroup"))
      limits.delegated = cgroup->text == "delegated";
    if (const Node* set = document_.at_path("limits.cpuset"))
      limits.cpuset = cpu_list_text(parse_cpu_list(set->text, kCpus - 1));
    for (Node& node : entries("limits.io")) limits.io.push_back(io_limit(node));
    for (const Node& node : entries("rlimits")) {
      limits.rlimits.push_back(parse_rlimit(node.key, node.text));
      limits.rlimits.back().at = position(node.key_at, files_);
    }
    return limits;
  }

  IoLimit io_limit(Node& node) const {
    IoLimit limit;
    limit.at = position(node.at, files_);
    for (const Node& key : node.children) {
      if (key.key == "path") limit.path = host_path(key.text, directory_of(key));
      if (key.key == "read") limit.read = parse_rate(key.text).bytes;
      if (key.key == "write") limit.write = parse_rate(key.text).bytes;
      if (key.key == "read_ops") limit.read_ops = static_cast<std::uint64_t>(key.number());
      if (key.key == "write_ops") limit.write_ops = static_cast<std::uint64_t>(key.number());
    }
    return limit;
  }

  Security security() {
    Security security;
    security.seccomp = pick(kSeccomps, document_.at_path("security.seccomp"), security.seccomp);
    std::vector<std::string>& kept = security.capabilities;
    for (const Node& node : entries("security.capabilities")) {
      std::string name = capability_name(node.text);
      if (std::find(kept.begin(), kept.end(), name) == kept.end()) kept.push_back(std::move(name));
    }
    return security;
  }

  Integrations integrations() {
    Integrations integrations;
    for (const IntegrationKey& key : kIntegrations) {
      const Node* node = document_.at_path(std::string("integrations.").append(key.name));
      if (node == nullptr) continue;
      const Wish asked = node->type == Node::Type::string ? Wish::automatic
                         : node->boolean                  ? Wish::yes
                                                          : Wish::no;
      integrations.set(key.integration, asked, position(node->at, files_));
    }
    for (Node& node : entries("integrations.devices"))
      integrations.devices.push_back({path::normal(node.text), position(node.at, files_)});
    return integrations;
  }

  Editor editor() {
    Editor editor;
    for (Node& node : entries("editor.shims")) editor.shims.push_back(std::move(node.text));
    std::sort(editor.shims.begin(), editor.shims.end());
    editor.shims.erase(std::unique(editor.shims.begin(), editor.shims.end()), editor.shims.end());
    if (document_.at_path("editor.language_servers") == nullptr) return editor;
    std::vector<std::string>& servers = editor.language_servers.emplace();
    for (Node& node : entries("editor.language_servers")) servers.push_back(std::move(node.text));
    return editor;
  }

  std::optional<std::uint64_t> size(std::string_view path) const {
    const Node* node = document_.at_path(path);
    return node != nullptr ? std::optional(parse_size(node->text).bytes) : std::nullopt;
  }

  template <class T>
  std::optional<T> integer(std::string_view path) const {
    const Node* node = document_.at_path(path);
    return node != nullptr ? std::optional(static_cast<T>(node->number())) : std::nullopt;
  }

  std::optional<bool> boolean(std::string_view path) const {
    const Node* node = document_.at_path(path);
    return node != nullptr ? std::optional(node->boolean) : std::nullopt;
  }

  std::string text(std::string_view path, const std::string& missing) const {
    const Node* node = document_.at_path(path);
    return node != nullptr ? node->text : missing;
  }

  std::string inside_path(std::string_view path, const std::string& missing) {
    Node* node = document_.at_path(path);
    return node != nullptr ? expandable(*node) : missing;
  }

  // Whoever reads them may take their strings: no key is read twice.
  std::vector<Node>& entries(std::string_view path) {
    Node* node = document_.at_path(path);
    return node != nullptr ? node->children : none_;
  }

  const std::string& directory_of(const Node& node) const { return directories_.at(node.at.file); }

  // Takes the text out of `node`.
  std::string expandable(Node& node) const {
    return with_profile_dir(std::move(node.text), directory_of(node));
  }

  // Of a table's key; of a table that was not written the profile itself, without a line.
  Position table_position(std::string_view key) const {
    const Node* node = document_.find(key);
    return node != nullptr ? position(node->key_at, files_) : Position{files_.front().path, 0, 0};
  }

  Node document_;
  std::vector<ClosureFile> files_;
  std::vector<std::string> directories_;  // of each file
  std::vector<Node> none_;
};

}  // namespace

Profile convert(Node document, std::vector<ClosureFile> files) {
  return Converter(std::move(document), std::move(files)).convert();
}

std::string default_name(const std::string& path) {
  constexpr std::string_view kSuffix = ".toml";
  constexpr std::string_view kUsual = "devbox";
  constexpr std::size_t kLongest = 64;
  std::string stem = path::filename(path);
  if (stem.ends_with(kSuffix)) stem.resize(stem.size() - kSuffix.size());
  if (stem == kUsual || stem.empty()) stem = path::filename(path::parent(path));
  if (stem.empty() || stem == "." || stem == "..") stem = kUsual;
  std::string name;
  std::size_t characters = 0;
  for (const char c : printable(stem)) {
    const bool begins = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    if (begins && ++characters > kLongest) break;
    name += c;
  }
  return name;
}

}  // namespace devbox::profile
