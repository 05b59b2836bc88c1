#include <fmt/format.h>

#include "editor/settings.hpp"
#include "util/text.hpp"

namespace devbox::editor {
namespace {

// A string of Lua 5.1, and of Emacs Lisp and TOML as well: of what JSON escapes they know the
// backslash and the quote; control characters a path of a profile may have, but nobody's has.
std::string in_quotes(std::string_view word) {
  std::string text = "\"";
  for (const char c : word) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

template <class Words>
std::string list(const Words& words, std::string_view separator) {
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "" : std::string(separator)) + in_quotes(word);
  return text;
}

constexpr std::string_view kNeovim = R"LUA(
-- The directory of the nearest devbox.toml, where devbox finds its profile.
local function root_of(buffer)
  local name = vim.api.nvim_buf_get_name(buffer)
  local from = name ~= "" and vim.fn.fnamemodify(name, ":p:h") or vim.fn.getcwd()
  local file = vim.fn.findfile("devbox.toml", vim.fn.escape(from, " ,;*\\") .. ";")
  if file ~= "" then return vim.fn.fnamemodify(file, ":p:h") end
  return @ELSE@
end

local clients = {}

local function start(server, buffer)
  local root = root_of(buffer)
  if not root then return end
  local config = {
    name = server.name, cmd = server.cmd, cmd_cwd = root, root_dir = root,
  }
  if vim.lsp.start then
    vim.lsp.start(config, { bufnr = buffer })
    return
  end
  -- Neovim 0.7 has no vim.lsp.start.
  local key = server.name .. " " .. root
  local client = clients[key]
  if not client or not vim.lsp.get_client_by_id(client) then
    client = vim.lsp.start_client(config)
    clients[key] = client
  end
  if client then vim.lsp.buf_attach_client(buffer, client) end
end

local group = vim.api.nvim_create_augroup("devbox", { clear = true })
for _, server in ipairs(servers) do
  vim.api.nvim_create_autocmd("FileType", {
    group = group,
    pattern = server.filetypes,
    callback = function(event) start(server, event.buf) end,
  })
  -- The buffers that were there before.
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer)
      and vim.tbl_contains(server.filetypes, vim.bo[buffer].filetype) then
      start(server, buffer)
    end
  end
end
)LUA";

constexpr std::string_view kTramp =
    R"LISP(;; Files in a running box: /devbox:BOX:/usr/include/stdio.h
(with-eval-after-load 'tramp
  (add-to-list 'tramp-methods
               `("devbox"
                 (tramp-login-program "devbox")
                 (tramp-login-args (("exec") ("%h") ("--") ("%l")))
                 ;; An older TRAMP hands over words that a shell has to read.
                 ,@(unless (version< tramp-version "2.6")
                     '((tramp-direct-async ("/bin/sh" "-c"))))
                 (tramp-remote-shell "/bin/sh")
                 (tramp-remote-shell-login ("-l"))
                 (tramp-remote-shell-args ("-c"))))
  (defun devbox-tramp-boxes (&optional _ignored)
    "The boxes that run, as TRAMP completes them."
    (mapcar (lambda (box) (list nil box))
            (ignore-errors (process-lines "devbox" "ps" "--quiet"))))
  (tramp-set-completion-function "devbox" '((devbox-tramp-boxes ""))))
)LISP";

// The program that follows `--` is what eglot starts elsewhere; TRAMP has it run in the box of a
// file that it visits there, where is no devbox.
constexpr std::string_view kEglot = R"LISP(
;; Language servers in the box of the project, where there is one.
(with-eval-after-load 'eglot
  (defun devbox-server (modes words)
    "Let eglot start WORDS for MODES below a devbox.toml, and their last elsewhere."
    (add-to-list 'eglot-server-programs
                 (cons modes
                       `(lambda (&rest _)
                          (if (and (not (file-remote-p default-directory))
                                   (locate-dominating-file default-directory "devbox.toml"))
                              ',words
                            ',(cdr (member "--" words))))))))LISP";

// "(c-mode c++-mode) . ("devbox" "run" …)", without the outer parentheses.
std::string contact(const Server& server, const std::string& profile) {
  std::string modes;
  for (const std::string_view mode : server.modes)
    modes += fmt::format("{}{}", modes.empty() ? "" : " ", mode);
  return fmt::format("({}) . ({})", modes, list(server_words(server, profile), " "));
}

}  // namespace

std::string helix_settings(const Toolchain& toolchain) {
  std::string text;
  for (const Server* server : toolchain.servers) {
    std::vector<std::string> words = server_words(*server, toolchain.profile);
    words.erase(words.begin());
    text += fmt::format("{}[language-server.{}]\ncommand = \"devbox\"\nargs = [{}]\n",
                        text.empty() ? "" : "\n", server->name, list(words, ", "));
  }
  return text;
}

std::string neovim_settings(const Toolchain& toolchain) {
  std::string text = "-- Language servers in the box of the project.\nlocal servers = {\n";
  for (const Server* server : toolchain.servers) {
    text += fmt::format("  {{ name = {}, filetypes = {{ {} }},\n    cmd = {{ {} }} }},\n",
                        in_quotes(server->command), list(server->file_types, ", "),
                        list(server_words(*server, toolchain.profile), ", "));
  }
  std::string code(kNeovim);
  constexpr std::string_view kElse = "@ELSE@";
  code.replace(code.find(kElse), kElse.size(),
               toolchain.profile.empty() ? "nil" : "vim.fn.getcwd()");
  return text + "}\n" + code;
}

std::string emacs_settings(const Toolchain& toolchain) {
  std::string text(kTramp);
  text += kEglot;
  for (const Server* server : toolchain.servers) {
    std::string modes;
    for (const std::string_view mode : server->modes)
      modes += fmt::format("{}{}", modes.empty() ? "" : " ", mode);
    text += fmt::format("\n  (devbox-server '({})\n                 '({}))", modes,
                        list(server_words(*server, toolchain.profile), " "));
  }
  return text + ")\n";
}

std::string emacs_project_settings(const Toolchain& toolchain) {
  std::string text = "((nil . ((eglot-server-programs\n          . (";
  bool is_first = true;
  for (const Server* server : toolchain.servers) {
    text += fmt::format("{}({})", is_first ? "" : "\n             ",
                        contact(*server, toolchain.profile));
    is_first = false;
  }
  return text + ")))))\n";
}

std::string direnv_settings(const Toolchain& toolchain) {
  const std::string option =
      toolchain.profile.empty() ? "" : " -p " + shell_quoted(toolchain.profile);
  return fmt::format("watch_file devbox.toml devbox.lock.toml\neval \"$(devbox shellenv{})\"\n",
                     option);
}

}  // namespace devbox::editor
