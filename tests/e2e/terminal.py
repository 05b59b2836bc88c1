# The checks of terminal.sh: a shell on a pseudo-terminal, what is typed, and what is seen.
#
#   terminal.py DEVBOX DIRECTORY [PART-OF-A-NAME…]
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

DEVBOX, HERE, ASKED = sys.argv[1], sys.argv[2], sys.argv[3:]
PATIENCE = 15  # seconds until what does not come is missing
PROMPT = "host@@ "
RUN = "$DEVBOX run -p box --"


class Wrong(Exception):
    pass


class Terminal:
    """A command on a terminal of its own, which it controls."""

    opened = []

    def __init__(self, *command, rows=24, columns=80):
        Terminal.opened.append(self)
        self.seen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(PS1=PROMPT, DEVBOX=DEVBOX, TERM="xterm")
            os.execvp(command[0], command)
        self.resize(rows, columns)

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, text):
        if text[0] in "\x03\x1a\x1c":
            settle()
        os.write(self.fd, text.encode())

    def line(self, text):
        self.send(text + "\n")

    def _read(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # EIO: nobody has the terminal open any more
            data = b""
        self.seen += data.decode(errors="replace")
        return bool(data)

    def expect(self, pattern, what=None, seconds=PATIENCE):
        """Waits for `pattern` and takes everything up to its end."""
        deadline = time.monotonic() + seconds
        while True:
            match = re.search(pattern, self.seen, re.DOTALL)
            if match:
                self.seen = self.seen[match.end():]
                return match
            left = deadline - time.monotonic()
            if left <= 0 or (not self._read(left) and left > 0.01 and self.is_over()):
                match = re.search(pattern, self.seen, re.DOTALL)
                if match:
                    continue
                raise Wrong(f"{what or 'not seen: ' + pattern}\n      the screen: {self.seen!r}")

    def prompt(self, what="the shell's prompt did not come back"):
        self.expect(re.escape(PROMPT), what)

    def answer(self, command):
        """What `command` prints at the prompt, which must be there."""
        self.line(f"{command}; echo \"<$?>\"")
        text = self.expect(r"\r\n((?:(?!\r\n<).)*?)(?:\r\n)?<(\d+)>\r\n", f"no answer of {command}")
        self.prompt()
        return text.group(1), int(text.group(2))

    def is_over(self):
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def until(self, what, truth):
        deadline = time.monotonic() + PATIENCE
        while not truth():
            if time.monotonic() > deadline:
                raise Wrong(f"it never came true that {what}\n      the screen: {self.seen!r}")
            self._read(0.01)

    def local(self):
        return termios.tcgetattr(self.fd)[3]

    def is_raw(self):
        return not self.local() & termios.ICANON

    def is_cooked(self):
        modes = termios.tcgetattr(self.fd)
        return all((modes[3] & termios.ICANON, modes[3] & termios.ECHO, modes[3] & termios.ISIG,
                    modes[1] & termios.OPOST, modes[0] & termios.ICRNL))

    def foreground(self):
        return os.tcgetpgrp(self.fd)

    def hang_up(self):
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1

    def close(self):
        """Hangs up, and kills whoever is left in the session."""
        Terminal.opened.remove(self)
        self.hang_up()
        for pid in session(self.pid) + [self.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        os.waitpid(self.pid, 0)


def session(leader):
    """The processes of the session that `leader` leads, but for itself."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if int(pid) != leader and os.getsid(int(pid)) == leader:
                found.append(int(pid))
        except ProcessLookupError:
            pass
    return found


def shell():
    """An interactive bash with job control, at its prompt."""
    terminal = Terminal("bash", "--norc", "--noprofile", "--noediting", "-i")
    terminal.prompt()
    return terminal


def same(what, expected, got):
    if expected != got:
        raise Wrong(f"{what}\n      expected: {expected!r}\n      got:      {got!r}")


def settle():
    """As long as nobody types: a shell may hand the terminal over again after its child has begun."""
    time.sleep(0.2)


def is_true(what, truth):
    if not truth:
        raise Wrong(f"it is not true that {what}")


# --- Keys ---


def check_ctrl_c_ends_a_command_and_its_status_is_130():
    t = shell()
    t.line(f"{RUN} sh -c 'echo ready; exec sleep 100'")
    t.expect("\nready")
    t.send("\x03")
    t.prompt()
    same("status", ("130", 0), t.answer("echo $?"))
    t.close()


def check_ctrl_c_ends_a_loop_of_an_interactive_shell():
    t = shell()
    t.line(f"while :; do {RUN} sh -c 'echo ready; exec sleep 100'; done")
    t.expect("\nready")
    t.send("\x03")
    t.prompt("the loop did not end")
    is_true("the loop did not go on", "ready" not in t.seen)
    t.close()


def check_ctrl_c_ends_a_loop_of_a_script():
    t = shell()
    t.line(f"bash -c \"while :; do {RUN} sh -c 'echo ready; exec sleep 1'; done\"")
    t.expect("\nready")
    t.send("\x03")
    t.prompt("the loop did not end")
    same("status", ("130", 0), t.answer("echo $?"))
    t.close()


def check_ctrl_c_ends_a_script_of_several_commands():
    t = shell()
    with open("script", "w") as script:
        script.write(f"#!/bin/bash\n{RUN} sh -c 'echo ready; exec sleep 100'\necho went on\n")
    t.line("bash ./script; echo ended")
    t.expect("\nready")
    t.send("\x03")
    t.prompt()
    is_true("the script ended with its command", "went on" not in t.seen)
    t.close()


def check_ctrl_c_that_the_command_handles_leaves_a_script_running():
    t = shell()
    t.line(f"bash -c \"{RUN} bash -c 'trap \\\"exit 5\\\" INT; echo ready; sleep 100 & wait'; "
           "echo status \\$?\"")
    t.expect("\nready")
    t.send("\x03")
    t.expect("status 5\r")
    t.prompt()
    t.close()


def check_ctrl_c_ends_make_and_its_box():
    t = shell()
    with open("Makefile", "w") as makefile:
        makefile.write(f"all:\n\t@{RUN.replace('$', '$$')} sh -c 'echo ready; exec sleep 100'\n"
                       "\t@echo went on\n")
    t.line("make")
    t.expect("\nready")
    t.send("\x03")
    t.expect(r"make: \*\*\* \[Makefile:2: all\] (Interrupt|Error 130)")
    t.prompt()
    t.close()


def check_ctrl_backslash_quits_with_131():
    t = shell()
    t.line("ulimit -c 0")
    t.prompt()
    t.line(f"{RUN} sh -c 'echo ready; exec sleep 100'")
    t.expect("\nready")
    t.send("\x1c")
    t.prompt()
    same("status", ("131", 0), t.answer("echo $?"))
    t.close()


def check_ctrl_d_is_the_end_of_input():
    t = shell()
    t.line(f"{RUN} sh -c 'echo ready; cat; echo ended'")
    t.expect("\nready\r\n")
    t.line("some words")
    t.expect("some words\r\nsome words\r\n")
    t.send("\x04")
    t.expect("ended\r\n")
    t.prompt()
    t.close()


# --- Stopping and going on ---


def check_ctrl_z_suspends_vim_and_fg_resumes_it_with_its_modes():
    t = shell()
    before = termios.tcgetattr(t.fd)
    t.line(f"{RUN} vim.tiny -u NONE text")
    t.expect("All|\\x1b\\[")
    t.until("vim has the terminal raw", t.is_raw)
    own = termios.tcgetattr(t.fd)
    t.send("ione\x1b")
    t.send("\x1a")
    t.expect("Stopped", "vim did not stop")
    t.prompt()
    same("the modes while it is stopped", before, termios.tcgetattr(t.fd))
    same("the foreground group while it is stopped", t.pid, t.foreground())
    t.line("fg")
    t.until("vim has the terminal raw again", t.is_raw)
    t.until("vim's own modes are back", lambda: termios.tcgetattr(t.fd) == own)
    t.send("otwo\x1b:wq\r")
    t.prompt()
    same("the modes after its end", before, termios.tcgetattr(t.fd))
    same("what vim wrote", "one\ntwo\n", open("text").read())
    t.close()


def check_ctrl_z_and_fg_work_ten_times():
    t = shell()
    t.line(f"{RUN} sh -c 'echo ready; exec cat'")
    t.expect("\nready")
    for i in range(10):
        t.send("\x1a")
        t.expect("Stopped", f"it did not stop the {i + 1}. time")
        t.prompt()
        t.line("fg")
        t.expect("ready")
        t.line(f"word {i}")
        t.expect(f"word {i}\r\nword {i}\r\n", f"it does not read after fg number {i + 1}")
    t.send("\x04")
    t.prompt()
    t.close()


def check_bg_lets_a_suspended_command_go_on_in_the_background():
    t = shell()
    t.line(f"{RUN} sh -c 'echo ready; sleep 1; echo done; exit 3'")
    t.expect("\nready")
    t.send("\x1a")
    t.expect("Stopped")
    t.prompt()
    t.line("bg; wait %1; echo status $?")
    t.expect("done\r\n.*status 3\r\n")
    t.prompt()
    t.close()


def check_ctrl_z_of_a_script_suspends_the_script_too():
    # The shell that runs the script notices only if the launcher stops with its group.
    t = shell()
    t.line(f"bash -c \"{RUN} sh -c 'echo ready; exec cat'; echo after\"")
    t.expect("\nready")
    t.send("\x1a")
    t.expect("Stopped", "the script did not stop")
    t.prompt()
    t.line("fg")
    t.expect("ready")
    t.line("word")
    t.expect("word\r\nword\r\n")
    t.send("\x04")
    t.expect("after\r\n")
    t.prompt()
    t.close()


def check_a_background_command_that_reads_stops_and_fg_resumes_it():
    t = shell()
    t.line(f"{RUN} sh -c 'read word; echo got $word' &")
    t.prompt()
    t.until("the job stopped", lambda: "Stopped" in t.answer("jobs")[0])
    t.line("fg")
    t.expect("fg\r\n.*\r\n")
    t.line("hello")
    t.expect("got hello\r\n")
    t.prompt()
    t.close()


def check_a_background_command_that_only_writes_does_not_stop():
    t = shell()
    t.line(f"{RUN} sh -c 'sleep 0.3; echo said' & wait; echo status $?")
    t.expect("said\r\n.*status 0\r\n")
    t.prompt()
    t.close()


def check_a_background_command_does_not_take_the_terminal():
    t = shell()
    t.line(f"{RUN} sh -c 'sleep 0.5; exit 2' &")
    t.prompt()
    for i in range(20):
        same("an answer meanwhile", (f"here {i}", 0), t.answer(f"echo here {i}"))
    t.line("wait")
    t.expect("Exit 2")
    t.prompt()
    same("the foreground group", t.pid, t.foreground())
    t.close()


def check_sigstop_of_the_command_stops_the_launcher():
    t = shell()
    t.line(f"{RUN} sh -c 'kill -STOP $$; echo went on'")
    t.expect("Stopped")
    t.prompt()
    t.line("fg")
    t.expect("went on\r\n")
    t.prompt()
    t.close()


# --- Pipelines ---


def numbers():
    with open("numbers", "w") as file:
        file.writelines(f"line {i}\n" for i in range(1, 1001))


def check_a_box_can_feed_less_of_the_host():
    numbers()
    t = shell()
    # The box has begun when less makes the terminal raw, and ends while less has it.
    t.line(f"{RUN} sh -c 'cat numbers; sleep 0.7' | (sleep 0.3; exec less)")
    t.expect("line 23")
    t.until("less has the terminal raw", t.is_raw)
    own = termios.tcgetattr(t.fd)
    time.sleep(1)
    same("less's modes after the end of the box", own, termios.tcgetattr(t.fd))
    t.send("G")
    t.expect("line 1000", "less gets no keys")
    t.send("q")
    t.prompt()
    same("the terminal is cooked", True, t.is_cooked())
    t.close()


def check_less_in_a_box_can_be_fed_by_the_host():
    numbers()
    t = shell()
    t.line(f"cat numbers | {RUN} less")
    t.expect("line 23", "less shows nothing")
    t.send("G")
    t.expect("line 1000", "less gets no keys")
    t.send("q")
    t.prompt()
    same("the terminal is cooked", True, t.is_cooked())
    t.close()


def check_less_in_a_box_can_be_fed_by_a_box():
    numbers()
    t = shell()
    t.line(f"{RUN} sh -c 'cat numbers; sleep 0.5' | {RUN} less")
    t.expect("line 23", "less shows nothing")
    t.until("less has the terminal raw", t.is_raw)
    own = termios.tcgetattr(t.fd)
    time.sleep(1)
    same("less's modes after the end of the other box", own, termios.tcgetattr(t.fd))
    t.send("G")
    t.expect("line 1000", "less gets no keys")
    t.send("\x1a")
    t.expect("Stopped", "the pipeline did not stop")
    t.prompt()
    t.line("fg")
    t.until("less has the terminal raw again", t.is_raw)
    t.send("g")
    t.expect("line 23", "less gets no keys after fg")
    t.send("q")
    t.prompt()
    same("the terminal is cooked", True, t.is_cooked())
    t.close()


def check_ctrl_c_ends_a_pipeline_with_a_box_at_either_end():
    t = shell()
    for pipeline in (f"{RUN} sh -c 'echo ready >&2; exec sleep 100' | cat",
                     f"sleep 100 | {RUN} sh -c 'echo ready >&2; exec cat'",
                     f"{RUN} sh -c 'echo ready >&2; exec sleep 100' | {RUN} cat"):
        t.line(pipeline)
        t.expect("\nready")
        t.send("\x03")
        t.prompt(f"^C did not end {pipeline}")
    t.close()


def check_ctrl_c_ends_a_captured_command():
    t = shell()
    t.line(f"word=$({RUN} sh -c 'echo ready >&2; exec sleep 100')")
    t.expect("\nready")
    t.send("\x03")
    t.prompt("^C did not end the substitution")
    t.close()


# --- Tasks ---


def tasks(run):
    """The words that run a task, which needs one that runs `run`."""
    with open("tasks.toml", "w") as profile:
        with open(os.path.expanduser("~/.config/devbox/profiles/box.toml")) as box:
            profile.write(box.read())
        profile.write(f"[tasks.next]\nrun = 'echo went on'\nneeds = ['first']\n"
                      f"[tasks.first]\nrun = \"{run}\"\n")
    return f"{DEVBOX} run --trust -p ./tasks.toml --task next"


def check_ctrl_c_ends_a_task_that_is_needed_and_what_would_follow():
    t = shell()
    t.line(tasks("echo ready; exec sleep 100"))
    t.expect("\nready")
    t.send("\x03")
    t.prompt()
    is_true("nothing followed", "went on" not in t.seen)
    same("status", ("130", 0), t.answer("echo $?"))
    t.close()


def check_ctrl_c_that_a_needed_task_handles_ends_what_would_follow():
    t = shell()
    t.line(tasks("trap 'echo bye; exit 0' INT; echo ready; sleep 100 & wait"))
    t.expect("\nready")
    t.send("\x03")
    t.expect("bye\r\n")
    t.prompt()
    is_true("nothing followed", "went on" not in t.seen)
    same("status", ("130", 0), t.answer("echo $?"))
    t.close()


def check_ctrl_z_suspends_a_needed_task_and_fg_resumes_it():
    t = shell()
    t.line(tasks("echo ready; sleep 1; echo done"))
    t.expect("\nready")
    t.send("\x1a")
    t.expect("Stopped")
    t.prompt()
    t.line("fg")
    t.expect("done\r\nwent on\r\n")
    t.prompt()
    t.close()


def check_a_needed_task_that_asks_the_terminal_gets_it_and_the_next_after_it():
    t = shell()
    t.line(tasks("read word </dev/tty; echo got $word; stty -echo </dev/tty"))
    settle()
    t.line("this")
    t.expect("got this\r\nwent on\r\n")
    t.prompt()
    is_true("the terminal echoes as before", t.is_cooked())
    t.close()


# --- What a command sees of the terminal ---


def check_the_size_of_the_terminal_and_its_changes_reach_the_command():
    t = shell()
    t.resize(31, 97)
    same("the size", ("31 97", 0), t.answer(f"{RUN} stty size"))
    # Not by a trap of bash, which misses signals between two children.
    with open("sizes.py", "w") as program:
        program.write("import os, signal\n"
                      "signal.signal(signal.SIGINT, signal.SIG_DFL)\n"
                      "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGWINCH})\n"
                      "print('ready', flush=True)\n"
                      "while signal.sigwait({signal.SIGWINCH}):\n"
                      "    print(*os.get_terminal_size(), flush=True)\n")
    t.line(f"{RUN} python3 sizes.py")
    t.expect("\nready")
    for rows, columns in ((40, 100), (20, 60), (50, 132)):
        t.resize(rows, columns)
        t.expect(f"{columns} {rows}\r\n", "no SIGWINCH arrived")
    t.send("\x03")
    t.prompt()
    t.close()


def check_vim_is_drawn_anew_after_a_change_of_size():
    t = shell()
    t.line(f"{RUN} vim.tiny -u NONE -c 'set ruler laststatus=2 columns&'")
    t.until("vim has the terminal raw", t.is_raw)
    t.resize(37, 111)
    t.send(":!stty size\r")
    t.expect("37 111")
    t.send("\r:q!\r")
    t.prompt()
    t.close()


def check_tty_prints_a_name_that_is_the_terminal():
    t = shell()
    name, status = t.answer(f"{RUN} tty")
    same("status", 0, status)
    is_true(f"{name} is a name in /dev", name.startswith("/dev/"))
    same("writing to it", ("through", 0), t.answer(f"{RUN} sh -c 'echo through >$(tty)'"))
    same("writing to /dev/tty", ("through", 0), t.answer(f"{RUN} sh -c 'echo through >/dev/tty'"))
    same("with other streams", ("through", 0),
         t.answer(f"{RUN} sh -c 'echo through >/dev/tty' </dev/null >/dev/null 2>&1"))
    t.close()


def check_tmux_starts_in_a_box():
    t = shell()
    t.line(f"{RUN} tmux -f /dev/null new-session 'stty size; tty; echo in the tmux; sleep 100'")
    t.expect("/dev/pts/0.*in the tmux", "tmux shows nothing")
    t.send("\x02d")
    t.expect("detached")
    t.prompt()
    same("the terminal is cooked", True, t.is_cooked())
    t.close()


def check_a_terminal_made_in_the_box_belongs_to_the_box():
    t = shell()
    same("the names", ("0\r\nptmx", 0), t.answer(
        f"{RUN} script -qec 'ls /dev/pts | sort' /dev/null"))
    t.close()


# --- Modes ---


def check_a_terminal_left_raw_is_restored():
    # By a shell that restores nothing itself.
    t = Terminal("dash", "-i")
    t.prompt()
    before = termios.tcgetattr(t.fd)
    for left in ("stty raw -echo", "stty raw -echo; exit 7", "stty raw -echo; kill -9 $$",
                 "stty -icanon; kill -TERM $$", "stty intr ^A; exit 1"):
        t.line(f"{RUN} sh -c '{left}'")
        t.prompt(f"no prompt after {left}")
        same(f"the modes after {left}", before, termios.tcgetattr(t.fd))
        same(f"the foreground group after {left}", os.getpgid(t.pid), t.foreground())
    t.close()


def check_a_terminal_left_raw_is_restored_when_the_box_is_killed():
    t = Terminal("dash", "-i")
    t.prompt()
    before = termios.tcgetattr(t.fd)
    t.line(f"{RUN} sh -c 'stty raw -echo; echo ready; exec sleep 100'")
    t.expect("\nready")
    launcher = descendant(t.pid, 1)
    os.kill(descendant(launcher, 1), signal.SIGKILL)
    t.expect("devbox: the box was killed from outside\r?\n")
    t.prompt()
    same("the modes", before, termios.tcgetattr(t.fd))
    same("the foreground group", os.getpgid(t.pid), t.foreground())
    t.close()


def descendant(pid, depth):
    """The first child of `pid`, and of that, `depth` deep."""
    for _ in range(depth):
        deadline = time.monotonic() + PATIENCE
        children = []
        while not children and time.monotonic() < deadline:
            children = open(f"/proc/{pid}/task/{pid}/children").read().split()
        if not children:
            raise Wrong(f"process {pid} has no child")
        pid = int(children[0])
    return pid


def check_killing_the_commands_group_gives_the_terminal_back():
    t = shell()
    t.line(f"{RUN} sh -c 'stty raw; echo ready; sleep 100 & kill -9 0'")
    t.expect("\nready")
    t.prompt()
    same("status", ("137", 0), t.answer("echo $?"))
    same("the foreground group", t.pid, t.foreground())
    t.close()


def check_killing_the_launcher_gives_the_terminal_back():
    t = shell()
    t.line(f"{RUN} sh -c 'echo ready; exec sleep 100'")
    t.expect("\nready")
    os.kill(descendant(t.pid, 1), signal.SIGKILL)
    t.expect("Killed")
    t.prompt()
    same("an answer", ("here", 0), t.answer("echo here"))
    t.close()


def check_hanging_up_ends_the_box():
    mark = f"devbox-e2e-{os.getpid()}-hangup"
    t = shell()
    t.line(f"{RUN} bash -c 'echo ready; exec -a {mark} sleep 100'")
    t.expect("\nready")
    t.until("it runs", lambda: living(mark))
    t.hang_up()
    deadline = time.monotonic() + PATIENCE
    while living(mark):
        if time.monotonic() > deadline:
            raise Wrong("the box lives on after its terminal is gone")
        time.sleep(0.01)
    t.close()


def living(mark):
    """The processes whose first argument is `mark`."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if file.read().split(b"\0")[0] == mark.encode():
                    found.append(int(pid))
        except OSError:
            pass
    return found


# --- enter ---


def entered(profile="box"):
    t = shell()
    t.line("PS1=; $DEVBOX enter -p " + profile)
    t.line("PS1='in''side@@ '")
    t.expect("inside@@ ", "the box's shell gives no prompt")
    return t


def check_enter_gives_a_shell_with_a_prompt_and_without_warnings():
    for profile in ("box", "shell"):
        t = shell()
        t.line(f"$DEVBOX enter -p {profile}")
        text = t.expect(r"enter -p \w+\r\n(.*?)[$#] (?:\x1b\[\?2004h|\x1b\]133;B\x07)?$", "no prompt").group(1)
        is_true(f"there is no warning about job control: {text!r}", "job control" not in text)
        is_true(f"the prompt is on the first line: {text!r}", "\n" not in text)
        t.line("exit 9")
        t.prompt()
        same("status", ("9", 0), t.answer("echo $?"))
        t.close()


def check_job_control_works_in_enter():
    t = entered()
    t.line("sleep 100")
    time.sleep(0.3)
    t.send("\x1a")
    t.expect("Stopped", "^Z does not stop what runs in the box's shell")
    t.expect("inside@@ ")
    t.line("fg")
    t.expect("fg\r\n.*sleep 100\r\n")
    t.send("\x03")
    t.expect("inside@@ ", "^C does not end what runs in the box's shell")
    t.line("sleep 100 | cat")
    time.sleep(0.3)
    t.send("\x03")
    t.expect("inside@@ ")
    t.line("sleep 0.2 & wait; jobs; echo out")
    t.expect("\nout\r\n")
    t.line("exit 4")
    t.line("echo status $?")
    t.expect("status 4")
    t.close()


def check_a_stopped_shell_in_enter_returns_to_the_host_and_fg_comes_back():
    t = entered("shell")
    t.line("PS1='in''side@@ '; kill -STOP $$")
    t.expect("Stopped", "SIGSTOP does not stop the box's shell")
    t.line("PS1='host''@@ '")
    t.prompt()
    t.line("fg")
    t.expect("enter -p shell\r\n")
    t.line("echo still ins''ide")
    t.expect("still inside\r\n")
    t.line("exit")
    t.prompt()
    t.close()


def check_a_box_in_a_box_at_a_terminal_has_job_control():
    t = shell()
    init = os.path.join(os.path.dirname(os.path.realpath(DEVBOX)), "devbox-init")
    if not os.path.exists(init):
        print("    devbox-init is not beside devbox; an installed one is not copied")
        return
    for program in (DEVBOX, init):
        os.system(f"cp '{program}' .")
    with open("host.toml", "w") as file:
        file.write('schema = 1\n[image]\nsource = "host"\n')
    t.line(f"{RUN} ./devbox run -p ./host.toml -- sh -c 'echo ready; exec cat'")
    t.expect("\nready")
    t.send("\x1a")
    t.expect("Stopped")
    t.prompt()
    t.line("fg")
    t.expect("fg\r\n.*\r\n")
    t.line("word")
    t.expect("word\r\nword\r\n")
    t.send("\x03")
    t.prompt()
    same("status", ("130", 0), t.answer("echo $?"))
    t.close()


def main(names):
    checks = [(name[len("check_"):], check) for name, check in names.items()
              if name.startswith("check_")]
    failed = count = 0
    for name, check in checks:
        if ASKED and not any(part in name for part in ASKED):
            continue
        count += 1
        begun = time.monotonic()
        try:
            check()
            print(f"ok: {name.replace('_', ' ')} ({time.monotonic() - begun:.1f} s)", flush=True)
        except Wrong as wrong:
            for terminal in list(Terminal.opened):
                terminal.close()
            print(f"    {wrong}\nFAILED: {name.replace('_', ' ')}", flush=True)
            failed += 1
    print(f"{count - failed} of {count} checks passed")
    sys.exit(failed != 0 or count == 0)


if __name__ == "__main__":
    main(globals())
