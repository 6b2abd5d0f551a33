"""A program on a terminal of its own, and what is to be seen there."""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time


class Screen:
    """What a terminal shows of bytes: lines, \\r, and 'erase to the end of the line'. Anything else it would obey is an error."""

    def __init__(self, columns):
        self.columns, self.lines, self.x, self.drawn, self.widest = columns, [""], 0, [], 0

    def feed(self, text):
        for token in re.findall(r"\033\[[0-9;]*[A-Za-z]|\r|\n|[^\r\n\033]+|\033", text):
            if token == "\r":
                self.x = 0
            elif token == "\n":
                self.lines.append("")
            elif token == "\033[K":
                self.lines[-1] = self.lines[-1][:self.x]
                if self.lines[-1] and self.lines[-1] not in self.drawn:
                    self.drawn.append(self.lines[-1])
            elif re.fullmatch(r"\033\[[0-9;]*m", token):
                pass
            else:
                assert not token.startswith("\033"), token
                line = self.lines[-1].ljust(self.x)
                self.lines[-1] = line[:self.x] + token + line[self.x + len(token):]
                self.x += len(token)
                self.widest = max(self.widest, self.x)


class Program:
    """stdout: a file to send it to, instead of the terminal. keys: {text on the screen: what is typed when it is there}."""

    def __init__(self, command, columns=80, stdout=None, keys=None, env=None, timeout=60, after_start=None):
        self.screen, self.raw = Screen(columns), b""
        pid, terminal = pty.fork()
        if pid == 0:
            try:
                fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
                if stdout:
                    os.dup2(os.open(stdout, os.O_WRONLY | os.O_CREAT, 0o600), 1)
                os.execvpe(command[0], [os.fspath(word) for word in command], env)
            finally:
                os._exit(99)
        try:
            if after_start:
                after_start(pid)
            self._follow(terminal, dict(keys or {}), time.monotonic() + timeout)
        finally:
            os.close(terminal)
            _, status = os.waitpid(pid, 0)
            self.status = os.waitstatus_to_exitcode(status)

    def _follow(self, terminal, keys, deadline):
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while True:
            assert time.monotonic() < deadline, (self.raw, "does not end")
            if not select.select([terminal], [], [], 0.2)[0]:
                continue
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # Linux' way to say that nobody has the other side open
                return
            if not piece:
                return
            self.raw += piece
            self.screen.feed(decoder.decode(piece))
            for text in [each for each in keys if re.search(each, self.raw.decode("utf-8", "replace"))]:
                os.write(terminal, keys.pop(text))


SIGINT = -signal.SIGINT
