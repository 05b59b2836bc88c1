#!/usr/bin/env python3
"""An editor, as far as a language server sees one.

editor.py MODE [ARGUMENT…] -- COMMAND…   starts COMMAND with its standard input as MODE has it:

  pieces pipe|socket  an initialize request with our process id, byte by byte, and 1 MiB of others
  keep                the same at once; then waits, with the input open
  leak                the same; then kills itself, while another process keeps the input open
  refused             waits until the server has closed its input, and says so
"""
import json
import os
import signal
import socket
import subprocess
import sys
import time


def message(content):
    return b"Content-Length: %d\r\n\r\n%s" % (len(content), content)


def request(method, params):
    return message(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode())


def start(command, kind):
    if kind == "pipe":
        server = subprocess.Popen(command, stdin=subprocess.PIPE)
        return server, server.stdin.fileno()
    ours, theirs = socket.socketpair()
    server = subprocess.Popen(command, stdin=theirs)
    theirs.close()
    return server, ours.detach()


def send(fd, data):
    while data:
        data = data[os.write(fd, data):]


def main():
    split = sys.argv.index("--")
    words, command = sys.argv[1:split], sys.argv[split + 1:]
    mode = words[0]
    initialize = request("initialize", {"processId": os.getpid(), "rootUri": "file://" + os.getcwd()})
    server, fd = start(command, words[1] if len(words) > 1 else "pipe")
    if mode == "pieces":
        for i in range(len(initialize)):
            send(fd, initialize[i:i + 1])
        for i in range(16):
            send(fd, request("x", {"processId": i, "text": "y" * 65536}))
        os.close(fd)
        server.stdin = None
        return server.wait()
    if mode == "refused":
        send(fd, initialize)
        try:
            while True:
                send(fd, b"x" * 4096)
        except BrokenPipeError:
            print("refused", flush=True)
        server.stdin = None
        return server.wait()
    send(fd, initialize)
    if mode == "leak":
        os.set_inheritable(fd, True)
        subprocess.Popen(["sleep", "40"], close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
        time.sleep(1)
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)
    return 1


sys.exit(main())
