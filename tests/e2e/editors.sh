#!/usr/bin/env bash
# The settings that editors are given, and Neovim with them.
. "$(dirname "$0")/lib.sh"
needs python3 clangd nvim

readonly all="vscode neovim helix zed emacs direnv"

on_host() { printf 'schema = 1\n[image]\nsource = "host"\n%s\n' "${1:-}" >devbox.toml; }

path_with_devbox() { PATH=$(dirname "$DEVBOX"):$PATH; }

check_neovim_goes_to_a_definition_in_the_image_and_shows_a_diagnostic() {
  path_with_devbox
  on_host
  printf '#include <stdio.h>\nint main(void) {\n  printf("x");\n  return undeclared_name;\n}\n' >main.c
  devbox editor neovim >"$here/devbox.lua"
  NVIM_LOG_FILE=/dev/null timeout 100 nvim --headless --clean -c 'filetype on' -c "luafile $here/devbox.lua" \
    -c "luafile $tests/neovim.lua" >"$here/said" 2>&1 </dev/null
  same "status" 0 "$?"
  holds "what Neovim saw" "$(cat seen)" "diagnostic: 4 Use of undeclared identifier 'undeclared_name'" \
    "definition: /usr/include/stdio.h" "line: extern int printf (const char *__restrict __format, ...);"
  eventually "no server is left" none_with "$project clangd clangd"
}

# The tree has no clangd; the host's, with what it loads, is put beside it, and the header is the tree's.
check_the_definition_is_the_tree_s_own() {
  path_with_devbox
  [ -e "$tree/usr/include/stdio.h" ] || skip "the tree has no stdio.h"
  local clangd library binds=()
  clangd=$(readlink -f "$(command -v clangd)")
  mkdir -p opt/lib && cp "$clangd" opt/clangd
  for library in $(ldd "$clangd" | sed -n 's/.* => \(\/[^ ]*\).*/\1/p'); do cp -L "$library" opt/lib/; done
  cp -L "$(sed -n 's/.*\(\/lib64\/ld-linux[^ ]*\) .*/\1/p' <(ldd "$clangd"))" opt/lib/loader
  printf '#!/bin/sh\nexec %s --library-path %s %s "$@"\n' "$PWD/opt/lib/loader" "$PWD/opt/lib" "$PWD/opt/clangd" \
    >opt/server && chmod +x opt/server
  printf 'schema = 1\n[image]\nsource = "rootfs:%s"\n[env]\npath.prepend = ["%s/bin"]\n' "$tree" "$PWD" >devbox.toml
  mkdir bin && ln -s ../opt/server bin/clangd
  "$DEVBOX" profile trust >/dev/null 2>&1
  printf '#include <stdio.h>\nint main(void) {\n  printf("x");\n  return undeclared_name;\n}\n' >main.c
  devbox editor neovim >"$here/devbox.lua"
  NVIM_LOG_FILE=/dev/null timeout 100 nvim --headless --clean -c 'filetype on' -c "luafile $here/devbox.lua" \
    -c "luafile $tests/neovim.lua" >"$here/said" 2>&1 </dev/null
  holds "what Neovim saw" "$(cat seen)" "definition: /usr/include/stdio.h" "diagnostic: 4"
}

check_the_settings_are_in_the_editors_formats() {
  on_host '[editor]
shims = ["gcc", "clangd"]'
  local shims=$HOME/.local/state/devbox/shims
  capture "$DEVBOX" editor vscode
  printf %s "$out" | python3 -c "
import json, sys
s = json.load(sys.stdin)
assert s['terminal.integrated.profiles.linux'] == {'devbox': {'path': 'devbox', 'args': ['enter'], 'icon': 'package', 'overrideName': True}}
assert s['terminal.integrated.defaultProfile.linux'] == 'devbox'
assert s['terminal.integrated.automationProfile.linux'] == {'path': '/bin/sh'}
assert s['clangd.path'].startswith('$shims/project-') and s['clangd.path'].endswith('/clangd')
" || wrong "the settings of VS Code" "$out"
  capture "$DEVBOX" editor zed
  printf %s "$out" | python3 -c "
import json, sys
s = json.load(sys.stdin)
assert s['lsp'] == {'clangd': {'binary': {'path': 'devbox', 'arguments': ['run', '--lsp', '--', 'clangd']}}}
" || wrong "the settings of Zed" "$out"
  capture "$DEVBOX" editor helix
  same "the settings of Helix" '[language-server.clangd]
command = "devbox"
args = ["run", "--lsp", "--", "clangd"]' "$out"
  capture "$DEVBOX" editor direnv
  same "the settings of direnv" 'watch_file devbox.toml devbox.lock.toml
eval "$(devbox shellenv)"' "$out"
  capture "$DEVBOX" editor neovim
  holds "the settings of Neovim" "$out" '{ "devbox", "run", "--lsp", "--", "clangd" }'
  capture "$DEVBOX" editor emacs
  holds "the settings of Emacs" "$out" '(tramp-login-program "devbox")' '(tramp-login-args (("exec") ("%h") ("--") ("%l")))' \
    'process-lines "devbox" "ps" "--quiet"' '("devbox" "run" "--lsp" "--" "clangd")'
  same "what is said where nobody reads it" "" "$err"
}

# Every bracket is closed, and none too many; what they do is in emacs.sh.
check_the_words_for_emacs_are_lisp() {
  needs emacs
  on_host
  "$DEVBOX" editor emacs --write 2>/dev/null
  "$DEVBOX" editor emacs >printed.el
  python3 - printed.el .dir-locals-2.el <<'PY' || wrong "the brackets"
import re, sys
for name in sys.argv[1:]:
    text = re.sub(r'"(\\.|[^"\\])*"|;[^\n]*', '', open(name).read())
    depth = 0
    for c in text:
        depth += (c == '(') - (c == ')')
        assert depth >= 0, name
    assert depth == 0, name
PY
  true_that "Emacs reads them" emacs --batch --eval '(dolist (name (quote ("printed.el" ".dir-locals-2.el")))
    (with-temp-buffer (insert-file-contents name)
      (condition-case nil (while t (read (current-buffer))) (end-of-file nil))))' --load ./printed.el \
    --eval "(progn (require 'tramp) (unless (assoc \"devbox\" tramp-methods) (kill-emacs 3)))"
}

check_a_second_write_changes_nothing_and_a_dry_run_writes_nothing() {
  on_host '[editor]
shims = ["gcc"]'
  local name before
  for name in $all; do
    capture "$DEVBOX" editor "$name" --dry-run
    same "status of a dry run for $name" 0 "$status"
    holds "the diff for $name" "$out" "--- /dev/null" "+++ $project/."
    true_that "nothing is written for $name" test -z "$(find . -newer devbox.toml -type f ! -name devbox.toml -path "*$name*")"
    printf %s "$out" >"$here/diff"
    capture "$DEVBOX" editor "$name" --write
    same "status of a write for $name" 0 "$status"
  done
  before=$(find . -type f -exec sha256sum {} + | sort)
  for name in $all; do
    capture "$DEVBOX" editor "$name" --write
    holds "what a second write for $name says" "$err" "has them already"
    capture "$DEVBOX" editor "$name" --dry-run
    same "the diff of a second run for $name" "" "$out"
  done
  same "the files" "$before" "$(find . -type f -exec sha256sum {} + | sort)"
  true_that "the shims that settings name are there" test -x "$(sed -n 's/.*compilerPath": "\(.*\)".*/\1/p' .vscode/settings.json)"
}

check_a_dry_run_is_a_diff_that_patch_takes() {
  needs patch
  on_host
  mkdir .vscode
  printf '{\n  // mine\n  "editor.fontSize": 14, // big\n  "files.associations": { "*.h": "c" },\n}\n' >.vscode/settings.json
  "$DEVBOX" editor vscode --dry-run >"$here/diff"
  cp .vscode/settings.json "$here/copy"
  true_that "patch takes it" patch -s "$here/copy" "$here/diff"
  "$DEVBOX" editor vscode --write 2>/dev/null
  true_that "it says what a write does" cmp "$here/copy" .vscode/settings.json
}

check_comments_and_order_survive() {
  on_host
  mkdir .vscode .zed
  printf '// top\n{\n  // mine\n  "editor.fontSize": 14, // big\n  "terminal.integrated.profiles.linux": {\n    "zsh": { "path": "zsh" } /* last */\n  },\n}\n// end\n' >.vscode/settings.json
  chmod 600 .vscode/settings.json
  capture "$DEVBOX" editor vscode --write
  same "status" 0 "$status"
  same "its beginning" "$(printf '// top\n{\n  // mine\n  "editor.fontSize": 14, // big\n  "terminal.integrated.profiles.linux": {\n    "zsh": { "path": "zsh" }, /* last */\n    "devbox": {')" \
    "$(head -7 .vscode/settings.json)"
  same "its end" "$(printf '  },\n}\n// end')" "$(tail -3 .vscode/settings.json)"
  same "its mode" 600 "$(stat -c %a .vscode/settings.json)"
}

check_what_does_not_parse_is_left_alone_and_said() {
  on_host
  local before
  mkdir .vscode .zed .helix
  printf '{\n  "a": 1\n  "b": 2\n}\n' | tee .vscode/settings.json >.zed/settings.json
  printf 'a = \n' >.helix/languages.toml
  printf '# >>> devbox editor direnv\nmine\n' >.envrc
  printf -- '-- <<< devbox editor neovim\n' >.nvim.lua
  printf '((nil . ((a . 1))))\n' >.dir-locals-2.el
  before=$(find . -type f -exec sha256sum {} + | sort)
  refuses 1 "devbox: $project/.vscode/settings.json:3:3: this is no JSON object with comments; it is left alone
  hint: mend it, or put into it what \`devbox editor vscode\` prints" "$DEVBOX" editor vscode --write
  refuses 1 "devbox: $project/.dir-locals-2.el: devbox has not written it; it is left alone
  hint: mend it, or put into it what \`devbox editor emacs\` prints" "$DEVBOX" editor emacs --write
  local name
  for name in $all; do
    capture "$DEVBOX" editor "$name" --write
    same "status for $name" 1 "$status"
    holds "what is said for $name" "$err" "is left alone"
    capture "$DEVBOX" editor "$name" --dry-run
    same "status of a dry run for $name" 1 "$status"
  done
  same "the files" "$before" "$(find . -type f -exec sha256sum {} + | sort)"
}

check_a_server_that_helix_has_already_is_left_alone() {
  on_host
  mkdir .helix
  printf '[language-server.clangd]\ncommand = "mine"\n' >.helix/languages.toml
  capture "$DEVBOX" editor helix --write
  same "status" 1 "$status"
  holds "what is said" "$err" ".helix/languages.toml:" "it is left alone"
  same "the file" "$(printf '[language-server.clangd]\ncommand = "mine"')" "$(cat .helix/languages.toml)"
}

check_a_link_out_of_the_project_is_not_followed() {
  on_host
  mkdir "$here/elsewhere"
  ln -s "$here/elsewhere" .vscode
  ln -s "$here/elsewhere/settings.json" .envrc
  local name
  for name in vscode direnv; do
    capture "$DEVBOX" editor "$name" --write
    same "status for $name" 1 "$status"
    holds "what is said for $name" "$err" "leads out of the project"
  done
  same "what is elsewhere" "" "$(ls -A "$here/elsewhere")"
}

# By a validator of its own: Taplo, which editors have, is not in Debian.
check_the_schema_takes_the_profiles_and_finds_mistakes() {
  python3 -c 'import jsonschema' || skip "there is no python3-jsonschema"
  "$DEVBOX" profile schema >schema.json
  printf 'schema = 1\n[image]\nsorce = "host"\n' >key.toml
  printf 'schema = 1\n[image]\nroot = "readonly"\n' >word.toml
  printf 'schema = 1\n[limits]\npids = "many"\n' >type.toml
  cat >check.py <<'PY'
import json, pathlib, sys, tomllib
from jsonschema import Draft7Validator
schema = json.load(open(sys.argv[1]))
Draft7Validator.check_schema(schema)
check = Draft7Validator(schema)
shipped = sorted(pathlib.Path(sys.argv[2], "profiles").rglob("*.toml"))
for file in shipped:
    if not file.name.endswith(".lock.toml"):
        for error in check.iter_errors(tomllib.loads(file.read_text())):
            print(file.name, error.message)
for name in ("key", "word", "type"):
    print(name, *(e.message for e in check.iter_errors(tomllib.load(open(name + ".toml", "rb")))))
print(len(shipped) > 5)
PY
  capture python3 check.py schema.json "$DEVBOX_SOURCE_DIR"
  same "what the validator says" "key Additional properties are not allowed ('sorce' was unexpected)
word 'readonly' is not one of ['read-only', 'ephemeral', 'persistent']
type 'many' is not of type 'integer'
True" "$out$err"
}

# As a box does that has the project: between the look at a place and the writing.
check_a_link_that_is_put_there_meanwhile_is_not_followed() {
  on_host
  mkdir .vscode "$here/elsewhere"
  cat >swap.py <<'PY'
import ctypes, os, sys
os.symlink(sys.argv[1], "link")
exchange = ctypes.CDLL(None, use_errno=True).renameat2
print("swapping", flush=True)
while True:
    exchange(-100, b".vscode", -100, b"link", 2)
PY
  python3 swap.py "$here/elsewhere" >"$here/swapping" &
  local swapper=$! i written=0
  eventually "it swaps" grep -q swapping "$here/swapping"
  for i in $(seq 300); do
    "$DEVBOX" editor vscode --write 2>/dev/null && written=$((written + 1))
    rm -f .vscode/settings.json link/settings.json 2>/dev/null
    [ -z "$(ls -A "$here/elsewhere")" ] || break
  done
  kill -KILL "$swapper"
  wait "$swapper" 2>/dev/null
  same "what is elsewhere" "" "$(ls -A "$here/elsewhere")"
  true_that "some were written where they belong: $written" [ "$written" -gt 0 ]
}

check_a_diff_on_a_terminal_has_no_escape_sequence_of_the_projects() {
  needs script
  on_host
  printf 'mine\033]0;PWNED\007\n' >.envrc
  script -qec "$DEVBOX editor direnv --dry-run" "$here/screen" >/dev/null </dev/null
  holds "the diff" "$(cat "$here/screen")" '\x1b]0;PWNED\x07'
  lacks "the diff" "$(cat "$here/screen")" $'\033]0'
  "$DEVBOX" editor direnv --dry-run >"$here/diff"
  holds "what a program reads" "$(cat "$here/diff")" $' mine\033]0;PWNED'
}

check_an_editor_that_nobody_knows_is_said() {
  on_host
  refuses 2 'devbox: there are no settings for an editor `vi`
  hint: there are some for vscode, neovim, helix, zed, emacs, direnv' "$DEVBOX" editor vi
  refuses 2 'devbox: there are no settings for an editor `vscod`
  hint: did you mean `devbox editor vscode`?' "$DEVBOX" editor vscod
}

run_checks "$@"
