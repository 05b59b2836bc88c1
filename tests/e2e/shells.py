# The checks of shells.sh: what comes out of an interactive shell in a box, byte by byte.
#
#   shells.py DEVBOX DIRECTORY [PART-OF-A-NAME…]
import json
import os
import re
import shutil
import signal
import socket
import subprocess

from terminal import DEVBOX, HERE, Terminal, Wrong, descendant, is_true, main, same

HOME = os.path.join(HERE, "home")
PROFILES = os.path.join(HOME, ".config/devbox/profiles")
HOST = socket.gethostname()
UID = os.getuid()
SHELLS = ("bash", "zsh", "fish")

# How each shell's own file makes a prompt that has the status of the last command, and says so.
OWN_FILES = {
    "bash": (".bash_profile", "echo own-file\nPROMPT_COMMAND='seen=$?'\nPS1='<$seen own> '\n"),
    "zsh": (".zshrc", "echo own-file\nunsetopt prompt_sp\nPS1='<%? own> '\n"),
    "fish": (".config/fish/config.fish",
             "echo own-file\nset -g fish_greeting\nfunction fish_prompt; echo -n \"<$status own> \"; end\n"),
}


def write(path, text):
    path = os.path.join(HOME, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def own_files():
    for path, text in OWN_FILES.values():
        write(path, text)
    write(".bashrc", "PS1='inner own> '\n")


def profile(name, text, base="bash-host"):
    with open(os.path.join(PROFILES, name + ".toml"), "w") as file:
        file.write(f'schema = 1\nextends = ["{base}"]\n{text}')


def entered(profile_name, *variables, term="xterm-256color", options=()):
    return Terminal("env", "TERM=" + term, *variables, DEVBOX, "enter", "-p", profile_name, *options)


class Session:
    """All that a shell wrote until it ended, line by line of what was typed."""

    def __init__(self, terminal, prompt=r"own> ", ready=r"(\x1b\[\?2004h|\x07|\x1b\[K)+"):
        self.terminal, self.pattern = terminal, prompt
        self.all = ""
        self.parts = [self._until_prompt()]

    def _until_prompt(self):
        before = self.terminal.seen
        match = self.terminal.expect(rf"(.*?){self.pattern}", "no prompt")
        self.all += match.group(0)
        # What follows a prompt, up to the editor's quiet.
        while self.terminal._read(0.3):
            pass
        rest, self.terminal.seen = self.terminal.seen, ""
        self.all += rest
        return match.group(0) + rest

    def line(self, text):
        self.terminal.send(text + "\r")
        self.parts.append(self._until_prompt())
        return self.parts[-1]

    def end(self, text="exit"):
        self.terminal.send(text + "\r")
        return self.ended()

    def ended(self):
        """All that came until everybody had left the terminal."""
        self.terminal.until("the shell has ended", self.terminal.is_over)
        while self.terminal._read(0):
            pass
        last, self.terminal.seen = self.terminal.seen, ""
        self.all += last
        self.parts.append(last)
        self.terminal.close()
        return last


def commands(text):
    """The operating system commands in it, without their ends."""
    return re.findall(r"\x1b\]([^\x07\x1b]*)(?:\x07|\x1b\\)", text)


def marks(text, number="133"):
    return [one[len(number) + 1:] for one in commands(text) if one.startswith(number + ";")]


def shown(text):
    """What a person sees of it."""
    text = re.sub(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)", "", text)
    text = re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]", "", text)
    return re.sub(r"\x1b[()].|\x1b[=>]", "", text)


def session(shell, *variables, **more):
    own_files()
    return Session(entered(shell + "-host", *variables, **more))


# --- The user's own files ---


def check_the_users_own_files_are_read_once_and_their_prompt_is_kept():
    for shell in SHELLS:
        s = session(shell)
        text = shown(s.parts[0])
        same(f"{shell}: how often its file was read", 1, text.count("own-file"))
        is_true(f"{shell}: the box and then the own prompt: {text!r}", f"[in-{shell}] <0 own> " in text)
        is_true(f"{shell}: nothing else is shown: {text!r}",
                re.fullmatch(rf"own-file\s+(\r|\s)*\[in-{shell}\] <0 own> \s*", text))
        s.end()


def check_the_own_prompt_sees_the_status_of_the_last_command():
    for shell in SHELLS:
        s = session(shell)
        is_true(shell, "<7 own> " in shown(s.line("sh -c 'exit 7'")))
        is_true(shell, "<0 own> " in shown(s.line("true")))
        s.end()


def check_bash_of_an_image_is_a_login_shell_with_its_own_history():
    own_files()
    s = Session(entered("bash"))
    text = s.line("shopt login_shell; shopt -o posix; echo $HISTFILE; echo ${ENV-none} ${POSIXLY_CORRECT-none}")
    is_true(f"login: {text!r}", re.search(r"login_shell\s+on", text))
    is_true(f"not posix: {text!r}", re.search(r"posix\s+off", text))
    is_true(f"history: {text!r}", HOME + "/.bash_history" in text and "none none" in text)
    is_true("logout is said", "logout" in s.end())


def check_a_shell_that_is_no_login_shell_reads_bashrc_alone():
    own_files()
    write(".bashrc", "echo bash''rc\nPS1='own> '\n")
    profile("plain", "[shell]\nlogin = false\n")
    s = Session(entered("plain"))
    text = shown(s.parts[0])
    is_true(f"{text!r}", "bashrc" in text and "own-file" not in text)
    s.end()


def check_bash_with_traps_ps0_unset_variables_and_an_exported_prompt_command():
    own_files()
    write(".bash_profile", "set -u\nPS0='before '\nexport PS0\nexport PROMPT_COMMAND='seen=$?'\n"
          "trap 'debugged=1' DEBUG\nPS1='<$seen own> '\n")
    write(".bashrc", "PS1='inner own> '\n")
    s = Session(entered("bash-host"))
    text = s.line("echo $debugged")
    same("marks", ["C", "D;0", "A", "B"], marks(text))
    is_true(f"its PS0 is said: {text!r}", "before 1\r\n" in text)
    is_true(f"the trap is there: {text!r}", "debugged=1" in s.line("trap -p DEBUG"))
    text = shown(s.line("bash"))
    is_true(f"a shell inside has its own prompt and no complaint: {text!r}",
            text.replace("\r", "").endswith("\nbefore inner own> ") and "__devbox" not in text)
    text = shown(s.line("true"))
    is_true(f"and goes on so: {text!r}", "__devbox" not in text)
    text = s.line("exit 3")
    is_true(f"the outer shell sees its status: {text!r}", "<3 own> " in text and "D;3" in marks(text))
    text = shown(s.line("PS1='changed own> '"))
    is_true(f"a changed prompt has the box too: {text!r}", "[in-bash] changed own> " in text)
    text = shown(s.line("PS1=\"(venv) $PS1\""))
    is_true(f"one made of it has it once: {text!r}", "[in-bash] (venv) changed own> " in text)
    s.end()


def check_a_prompt_that_begins_with_an_empty_line_names_the_box_on_the_next():
    for shell, text in (("bash", "PS1='\\n$ own> '\n"), ("zsh", "PS1=$'\\n$ own> '\n"),
                        ("fish", "set -g fish_greeting\nfunction fish_prompt; echo; echo -n '$ own> '; end\n")):
        own_files()
        write(OWN_FILES[shell][0], text)
        s = Session(entered(shell + "-host"))
        is_true(f"{shell}: {s.parts[0]!r}", f"\n[in-{shell}] $ own> " in shown(s.parts[0]).replace("\r", ""))
        s.end()


def check_a_shell_inside_marks_nothing_twice():
    for shell in SHELLS:
        s = session(shell)
        s.line(shell)
        text = s.line("true")
        is_true(f"{shell} inside {shell}: {text!r}", len(marks(text)) == 0)
        is_true("the outer one goes on", marks(s.line("exit"))[-2:] == ["A", "B"])
        s.end()


def check_no_process_is_started_for_a_prompt():
    for shell in ("bash", "zsh"):  # the threads of fish have numbers too
        s = session(shell)
        numbers = []
        for line in ("sh -c 'echo \"<\"$$\">\"'", "", "cd .", "", "sh -c 'echo \"<\"$$\">\"'"):
            numbers += re.findall(r"<(\d+)>", shown(s.line(line)))
        s.end()
        same(f"{shell}: the next process number", int(numbers[0]) + 1, int(numbers[1]))
    own_files()
    trace = os.path.join(HERE, "trace")
    s = Session(Terminal("strace", "-f", "-qq", "-e", "trace=execve", "-o", trace, "env", "TERM=xterm-256color",
                         DEVBOX, "enter", "-p", "fish-host"))
    for line in ("/bin/true", "", "cd .", "", "/bin/true"):
        s.line(line)
    s.end()
    with open(trace) as file:
        programs = re.findall(r'execve\("([^"]*)", .* = 0$', file.read(), re.MULTILINE)
    same("fish: the last programs", ["/bin/true"] * 2, programs[-2:])


# --- What the terminal hears ---


def check_prompts_commands_and_statuses_are_marked():
    for shell in SHELLS:
        s = session(shell)
        same(f"{shell}: first", ["A", "B"], marks(s.parts[0])[:2])
        text = s.line("sh -c 'echo out; exit 3'")
        same(f"{shell}: a command", ["C", "D;3", "A", "B"], marks(text)[:4])
        is_true(f"{shell}: the output is between C and D: {text!r}",
                re.search(r"\x1b\]133;C\x07.*out\r\n.*\x1b\]133;D;3\x07", text, re.DOTALL))
        same(f"{shell}: nothing typed", ["A", "B"], marks(s.line(""))[:2])
        same(f"{shell}: of VS Code", [], marks(s.all, "633"))
        s.end()


def check_directories_are_told_with_the_hosts_name_and_encoded():
    name = "a b;ü%?#"
    os.makedirs(name, exist_ok=True)
    encoded = os.getcwd() + "/a%20b%3B%C3%BC%25%3F%23"
    for shell in SHELLS:
        s = session(shell)
        same(shell, [f"file://{HOST}{os.getcwd()}"], marks(s.parts[0], "7"))
        same(shell, [f"file://{HOST}{encoded}"], marks(s.line(f"cd '{name}'"), "7"))
        # Nobody tells the terminal of a directory that is here alone.
        same(shell, [], marks(s.line("cd /run/devbox"), "7"))
        same(shell, [f"file://{HOST}/usr/share"], marks(s.line("cd /usr/share"), "7"))
        s.end()


def check_what_only_the_box_has_is_not_told():
    own_files()
    os.makedirs("masked", exist_ok=True)
    with open(os.path.join(PROFILES, "bash.toml")) as file:
        text = file.read().replace('mode = "host"', 'mode = "private"')
    with open(os.path.join(PROFILES, "private.toml"), "w") as file:
        file.write(text + '[mounts."${project}/masked"]\ntype = "tmpfs"\n')
    s = Session(entered("private", "PS1=own> "), prompt=r"\$ ")
    same("the workspace", [f"file://{HOST}{os.getcwd()}"], marks(s.parts[0], "7"))
    for directory in ("/usr/share", "~", "/tmp", f"{os.getcwd()}/masked"):
        same(directory, [], marks(s.line(f"cd {directory}"), "7"))
    same("back", [f"file://{HOST}{os.getcwd()}"], marks(s.line(f"cd {os.getcwd()}"), "7"))
    s.end()


def check_vs_code_hears_its_own_sequences_and_no_others():
    os.makedirs("a;b", exist_ok=True)
    code = ("TERM_PROGRAM=vscode", "TERM_PROGRAM_VERSION=1.90", "VSCODE_NONCE=n-1", "VSCODE_INJECTION=1",
            "VSCODE_IPC_HOOK_CLI=/run/x", "GIT_ASKPASS=/opt/x")
    for shell in SHELLS:
        s = session(shell, *code)
        same(f"{shell}: first", [f"P;Cwd={os.getcwd()}", "A", "B"], marks(s.parts[0], "633")[:3])
        text = s.line("echo 'x;y' 'b\\c'")
        same(f"{shell}: a command", ["E;echo 'x\\x3by' 'b\\\\c';n-1", "C", "D;0"], marks(text, "633")[:3])
        same(f"{shell}: a directory", f"P;Cwd={os.getcwd()}/a\\x3bb",
             [one for one in marks(s.line("cd 'a;b'"), "633") if one.startswith("P")][0])
        same(f"{shell}: others", [], marks(s.all) + marks(s.all, "7"))
        s.line("env > ../variables")
        with open("variables") as file:
            variables = sorted(line for line in file.read().split("\n")
                               if line.startswith(("VSCODE", "TERM_", "GIT_")))
        same(f"{shell}: the variables", ["TERM_PROGRAM=vscode", "TERM_PROGRAM_VERSION=1.90"], variables)
        s.end()


def check_a_command_of_several_lines_is_told_whole():
    s = session("bash", "TERM_PROGRAM=vscode")
    s.terminal.send("echo 'a\r")
    text = s.line("b'")
    same("without a nonce", "E;echo 'a\\x0ab'", marks(text, "633")[0])
    s.line("HISTCONTROL=ignorespace")
    same("one that the history left out", ["C", "D;0"], marks(s.line(" echo secret"), "633")[:2])
    s.end()


def check_terminals_that_print_sequences_get_none():
    for shell in SHELLS:
        s = session(shell, term="linux")
        s.line("false")
        last = s.end()
        same(f"{shell} on the console: of ours", [],
             [one for one in commands(s.all) if re.match(r"(133|633|7|777|666|2);", one)])
        is_true(f"{shell}: no title is kept", "\x1b[22;2t" not in s.all and "\x1b[23;2t" not in last)
        is_true(f"{shell}: the prompt names the box", f"[in-{shell}] <0 own> " in shown(s.parts[0]))


def check_a_dumb_terminal_has_a_shell_as_it_always_was():
    for shell in ("bash", "zsh"):
        s = session(shell, term="dumb")
        text = s.line("false")
        s.end()
        is_true(f"{shell}: {s.all!r}", "\x1b]" not in s.all and "[in-" not in s.all and "own-file" in s.all)


def check_run_says_nothing_to_the_terminal():
    own_files()
    for command in (("true",), ("bash", "-lic", "true")):
        t = Terminal("env", "TERM=xterm", DEVBOX, "run", "-p", "bash-host", "--", *command)
        t.until("it has ended", t.is_over)
        while t._read(0):
            pass
        same("sequences", [], commands(t.seen))
        is_true("no title is kept", "[22;2t" not in t.seen)
        t.close()


def check_enter_into_a_pipe_says_nothing_to_it():
    said = subprocess.run([DEVBOX, "enter", "-p", "bash-host"], input=b"echo out\n", capture_output=True,
                          env={**os.environ, "TERM": "xterm"}, timeout=60)
    is_true(f"{said.stdout!r}", b"\x1b" not in said.stdout and b"out\n" in said.stdout)


# --- The box's name, and the title ---

PUSH = "777;container;push;{};devbox;%d" % UID
POP = "777;container;pop;;;%d" % UID
NAMED = "666;vte.container.name={};vte.container.runtime=devbox;vte.container.uid=%d" % UID
UNNAMED = "666;vte.container.name;vte.container.runtime;vte.container.uid"


def of_box(text):
    return [one for one in commands(text) if one.startswith(("777;", "666;"))]


def check_the_terminal_knows_the_box_and_forgets_it_however_it_ends():
    for end in ("exit", "exit 3", "kill -9 $$", "pid 1"):
        s = session("bash")
        same("at the start", [PUSH.format("in-bash"), NAMED.format("in-bash")], of_box(s.parts[0]))
        is_true("the title is kept first", s.parts[0].startswith("\x1b[22;2t\x1b]2;in-bash\x1b\\"))
        if end == "pid 1":
            os.kill(descendant(s.terminal.pid, 1), signal.SIGKILL)
        last = s.ended() if end == "pid 1" else s.end(end)
        same(f"after {end}", [POP, UNNAMED], of_box(last))
        is_true(f"the title is restored after {end}: {last!r}", "\x1b[23;2t" in last)


def check_a_start_that_fails_leaves_no_name_behind():
    t = entered("bash-host", options=("--cwd", "/run/nowhere"))
    t.until("it has ended", t.is_over)
    while t._read(0):
        pass
    names = of_box(t.seen)
    same("names", [PUSH.format("in-bash"), NAMED.format("in-bash"), POP, UNNAMED], names)
    is_true("the title is restored", t.seen.count("\x1b[22;2t") == t.seen.count("\x1b[23;2t") == 1)
    t.close()


def check_a_stopped_shell_leaves_the_box_and_comes_back():
    own_files()
    t = Terminal("bash", "--norc", "--noprofile", "--noediting", "-i")
    t.prompt()
    t.line("TERM=xterm $DEVBOX enter -p bash-host")
    t.expect("own> ")
    t.line("kill -STOP $$")
    text = t.expect("(.*)Stopped").group(1)
    same("stopped", [POP, UNNAMED], of_box(text))
    t.prompt()
    t.line("fg")
    text = t.expect(r"fg\r\n(.*?)666[^\\]*\\").group(0)
    same("again", [PUSH.format("in-bash"), NAMED.format("in-bash")], of_box(text))
    t.close()


def check_the_end_of_a_box_in_a_box_names_the_outer_one_again():
    own_files()
    for program in (DEVBOX, os.path.join(os.path.dirname(os.path.realpath(DEVBOX)), "devbox-init")):
        shutil.copy(program, ".")
    with open("inner.toml", "w") as file:
        file.write('schema = 1\nname = "inner"\n[image]\nsource = "host"\n[home]\nmode = "ephemeral"\n')
    s = Session(entered("bash-host"))
    s.pattern = r"\[inner\] [^\n]*[$#] "
    text = s.line("./devbox enter -p ./inner.toml --trust")
    same("into the inner", [PUSH.format("inner"), NAMED.format("inner")], of_box(text))
    same("the host's own name", [f"file://{HOST}{os.getcwd()}"], marks(text, "7"))
    same("what the inner one alone has", [], marks(s.line("cd"), "7"))
    s.pattern = "own> "
    text = s.line("exit")
    same("out of it", [PUSH.format("in-bash"), NAMED.format("in-bash")], of_box(text))
    same("and out", [POP, UNNAMED], of_box(s.end()))


# --- Turned off ---


def check_integration_and_the_prompt_are_turned_off_by_the_profile():
    own_files()
    profile("unnamed", "[shell]\nprompt = false\n")
    s = Session(entered("unnamed"))
    is_true("no name", "[unnamed]" not in shown(s.all) and "<0 own> " in s.all)
    same("marks", ["A", "B"], marks(s.parts[0]))
    s.end()
    profile("off", "[shell]\nintegration = false\n")
    s = Session(entered("off", "VTE_VERSION=7000"))
    text = s.line("echo [$VTE_VERSION]")
    is_true(f"no variable: {text!r}", "\n[]" in shown(text).replace("\r", ""))
    s.end()
    same("sequences", [], [one for one in commands(s.all) if re.match(r"(133|7|777|666|2);", one)])


def check_a_profile_that_mounts_on_run_has_a_plain_shell():
    own_files()
    profile("run", '[mounts."/run"]\ntype = "tmpfs"\n')
    s = Session(entered("run"))
    is_true(f"{s.all!r}", "own-file" in s.all and marks(s.all) == [])
    s.end()


def check_a_name_with_a_shells_own_characters_is_text():
    own_files()
    profile("odd", "name = \"a$(touch x)`id`%d\\\\w;é 'q'\"\n")
    s = Session(entered("odd"))
    is_true(f"{s.parts[0]!r}", "[a--touch x--id--d-w-é -q-] <0 own> " in shown(s.parts[0]))
    same("for the terminal", PUSH.format("a--touch-x--id--d-w-é--q-"), of_box(s.parts[0])[0])
    is_true("nothing ran", not os.path.exists("x"))
    s.end()


# --- Real terminals ---


def check_tmux_shows_the_prompt_alone_and_knows_directory_and_title():
    own_files()

    def tmux(*words):  # a server of its own for each: the one before may still be ending
        return subprocess.run(["tmux", "-S", os.path.join(HERE, "tmux-" + shell), "-f", "/dev/null", *words], capture_output=True,
                              text=True, timeout=30).stdout

    for shell in SHELLS:
        tmux("new-session", "-d", "-x", "80", "-y", "24",
             f"printf '\\033]2;before\\033\\\\'; '{DEVBOX}' enter -p {shell}-host; sleep 100")
        t = Terminal("true")
        try:
            wanted = f"own-file\n[in-{shell}] <0 own>\n"
            screen = ""

            def is_there():
                nonlocal screen
                screen = re.sub(r" +$", "", tmux("capture-pane", "-p"), flags=re.MULTILINE).rstrip("\n") + "\n"
                return screen == wanted
            try:
                t.until("the prompt is there", is_there)
            except Wrong:
                same(f"{shell}: the screen", wanted, screen)
            same(f"{shell}: the directory", f"file://{HOST}{os.getcwd()}",
                 tmux("display-message", "-p", "#{pane_path}").strip())
            if shell != "fish":  # which sets its own
                same(f"{shell}: the title", f"in-{shell}", tmux("display-message", "-p", "#{pane_title}").strip())
            tmux("send-keys", "exit", "Enter")
            t.until("the title is restored",
                    lambda: tmux("display-message", "-p", "#{pane_title}").strip() == "before")
        finally:
            t.close()
            tmux("kill-server")


XTERM = "/usr/share/nodejs/xterm/lib"
# Debian has it as modules of node; the page finds one by another as node does.
PAGE = """<!doctype html><meta charset="utf-8"><style>%(style)s</style>
<div id="terminal"></div><pre id="screen"></pre><script>
const modules = {%(modules)s}, loaded = {};
function load(path) {
  if (!loaded[path]) {
    const module = loaded[path] = {exports: {}};
    const directory = path.replace(/[^/]*$/, '');
    modules[path](module, module.exports, name => load(new URL(name, 'file:///' + directory).pathname.slice(1)));
  }
  return loaded[path].exports;
}
const terminal = new (load('public/Terminal').Terminal)({cols: 80, rows: 24});
terminal.open(document.getElementById('terminal'));
const titles = [];
terminal.on('title', title => titles.push(title));
terminal.write(%(data)s);
setTimeout(() => {
  const lines = [];
  for (let i = 0; i < 24; ++i) lines.push(terminal._core.buffer.translateBufferLineToString(i, true));
  document.getElementById('screen').textContent = JSON.stringify({lines, titles});
}, 1000);
</script>"""


def modules_of_xterm():
    text = ""
    for directory, _, files in os.walk(XTERM):
        for name in files:
            if not name.endswith(".js") or name.endswith(".test.js") or "addons" in directory:
                continue
            path = os.path.join(directory, name)
            with open(path) as file:
                text += f"{json.dumps(os.path.relpath(path, XTERM)[:-3])}(module, exports, require) {{{file.read()}\n}},\n"
    return text


def on_xterm(text):
    """The lines of xterm.js once it has read `text`, and the titles that it was given."""
    page = os.path.join(HERE, "page.html")
    with open(os.path.join(XTERM, "xterm.css")) as file:
        style = file.read()
    with open(page, "w") as file:
        file.write(PAGE % {"style": style, "modules": modules_of_xterm().replace("</script", "<\\/script"),
                           "data": json.dumps(text).replace("</", "<\\/")})
    said = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
         "--no-first-run", "--disable-background-networking", "--disable-component-update",
         f"--user-data-dir={HERE}/chromium", "--virtual-time-budget=5000", "--dump-dom", "file://" + page],
        capture_output=True, text=True, timeout=120)
    found = re.search(r'<pre id="screen">(.*?)</pre>', said.stdout, re.DOTALL)
    if not found or not found.group(1):
        raise Wrong(f"chromium shows no page: {said.stdout[-2000:]!r} {said.stderr[-2000:]!r}")
    screen = json.loads(found.group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    return [line.rstrip() for line in screen["lines"] if line.strip()], screen["titles"]


def check_xterm_js_shows_prompts_and_output_alone():
    for shell in SHELLS:
        s = session(shell, "TERM_PROGRAM=vscode", "VSCODE_NONCE=n-1")
        s.line("echo 'out;put'")
        s.line("cd /usr/share")
        s.end("exit 3")
        lines, titles = on_xterm(s.all)
        prompt = f"[in-{shell}] <0 own> "
        ended = {"bash": ["logout"]}.get(shell, [])
        same(f"{shell}: the screen",
             ["own-file", prompt + "echo 'out;put'", "out;put", prompt + "cd /usr/share", prompt + "exit 3", *ended],
             lines)
        is_true(f"{shell}: the titles: {titles}", titles[0] == f"in-{shell}")


if __name__ == "__main__":
    main(globals())
