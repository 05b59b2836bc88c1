#include "editor/shim.hpp"

#include <doctest/doctest.h>

#include "editor/block.hpp"
#include "editor/servers.hpp"
#include "editor/settings.hpp"

namespace devbox::editor {
namespace {

TEST_CASE("the kernel starts devbox for a shim, or sh does where its path has a space") {
  CHECK(shim_text({"gcc", "/p/devbox.toml"}, "/opt/devbox", "@shim") ==
        "#!/opt/devbox @shim\n"
        "# A shim, written by `devbox shims`, which removes it too.\n"
        "# It runs in the box of the nearest devbox.toml, else in that of this profile.\n"
        "command = \"gcc\"\n"
        "profile = \"/p/devbox.toml\"\n");
  CHECK(shim_text({"gcc", "/p"}, "/a b/devbox", "@shim")
            .starts_with("#!/bin/sh\nexec '/a b/devbox' @shim \"$0\" \"$@\"\n# A shim"));
  CHECK(shim_text({"gcc", "/p"}, "/" + std::string(247, 'x'), "@shim").starts_with("#!/bin/sh\n"));
  CHECK(shim_text({"gcc", "/p"}, "/" + std::string(245, 'x'), "@shim").starts_with("#!/x"));
}

TEST_CASE("a shim is read back, whatever its profile is called, and nothing else is one") {
  for (const char* program : {"/opt/devbox", "/a b/devbox"}) {
    const std::string text = shim_text({"g++", "/a \"b\"\n/c"}, program, "@shim");
    const auto shim = read_shim(text);
    REQUIRE(shim);
    CHECK(shim->command == "g++");
    CHECK(shim->profile == "/a \"b\"\n/c");
    CHECK_FALSE(read_shim(text.substr(0, text.size() / 2)));
    CHECK_FALSE(read_shim(text.substr(1)));
  }
  for (const char* text : {"", "#!/bin/sh\n", "#!/bin/sh\ncommand = \"gcc\"\nprofile = \"/p\"\n"})
    CHECK_FALSE(read_shim(text));
}

TEST_CASE("language servers are those that are written, else the known among shims, else clangd") {
  using Words = std::vector<std::string>;
  CHECK(server_commands(Words{"x"}, {"clangd"}) == Words{"x"});
  CHECK(server_commands(Words{}, {"clangd"}).empty());
  CHECK(server_commands(std::nullopt, {"cmake", "gopls", "pylsp"}) == Words{"gopls", "pylsp"});
  CHECK(server_commands(std::nullopt, {"gcc"}) == Words{"clangd"});
  const Server* server = find_server("pyright-langserver");
  REQUIRE(server != nullptr);
  CHECK(server_words(*server, "cpp") ==
        Words{"devbox", "run", "-p", "cpp", "--lsp", "--", "pyright-langserver", "--stdio"});
}

TEST_CASE("a block is put at the end, replaced in its place, and taken out") {
  const Block block{"helix", "#"};
  const std::string first = with_block("a = 1", block, "b = 2\n").value();
  CHECK(first == "a = 1\n\n# >>> devbox editor helix\nb = 2\n# <<< devbox editor helix\n");
  CHECK(with_block(first, block, "b = 2\n") == first);
  CHECK(with_block(first + "c = 3\n", block, "") ==
        "a = 1\n\n# >>> devbox editor helix\n# <<< devbox editor helix\nc = 3\n");
  CHECK(without_block(first, block) == "a = 1\n\n");
  CHECK(with_block("", block, "x\n") ==
        "# >>> devbox editor helix\nx\n# <<< devbox editor helix\n");
}

TEST_CASE("a block that is not there once, whole, is nobody's to change") {
  const Block block{"helix", "#"};
  const std::string begin = "# >>> devbox editor helix\n", end = "# <<< devbox editor helix\n";
  for (const std::string& text : {begin, end, end + begin, begin + end + begin + end,
                                  begin + begin + end, begin + end + end}) {
    CAPTURE(text);
    CHECK_FALSE(with_block(text, block, ""));
    CHECK_FALSE(without_block(text, block));
  }
  CHECK(with_block("x " + begin, block, "").has_value());  // a line that only ends so
}

TEST_CASE("settings name the paths of the shims that there are, and no others") {
  Toolchain toolchain;
  toolchain.shims = {"clang", "cmake", "gcc"};
  toolchain.shims_directory = "/s";
  const Json settings = vscode_settings(toolchain);
  CHECK(settings["cmake.cmakePath"] == "/s/cmake");
  CHECK(settings["C_Cpp.default.compilerPath"] == "/s/gcc");
  CHECK_FALSE(settings.contains("clangd.path"));
  CHECK(settings["terminal.integrated.profiles.linux"]["devbox"]["args"] == Json::array({"enter"}));
}

TEST_CASE("a profile with a name is named in every setting") {
  Toolchain toolchain;
  toolchain.profile = "cpp";
  toolchain.servers = {find_server("clangd")};
  CHECK(helix_settings(toolchain) ==
        "[language-server.clangd]\ncommand = \"devbox\"\n"
        "args = [\"run\", \"-p\", \"cpp\", \"--lsp\", \"--\", \"clangd\"]\n");
  CHECK(direnv_settings(toolchain).find("devbox shellenv -p cpp") != std::string::npos);
  CHECK(neovim_settings(toolchain).find("return vim.fn.getcwd()") != std::string::npos);
  CHECK(zed_settings(toolchain)["terminal"]["shell"]["with_arguments"]["args"] ==
        Json::array({"enter", "-p", "cpp"}));
}

}  // namespace
}  // namespace devbox::editor
