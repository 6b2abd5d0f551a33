"""Ctrl-C while the server keeps silent: 130, whatever the driver makes of it."""

import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("KEYFOLD", ROOT / "build/gcc/src/cli/keyfold")).resolve()
LOG = ROOT / "sql_corpus/logs/presenceiq-fails.log"


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_interrupt(verb):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.settimeout(10)
        uri = "mongodb://127.0.0.1:%d/db" % silent.getsockname()[1]
        program = subprocess.Popen([BINARY, verb, "--timeout", "2", "--uri", uri, LOG], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        with silent.accept()[0]:
            time.sleep(0.1)
            program.send_signal(signal.SIGINT)
            out, err = program.communicate(timeout=30)
    assert (program.returncode, out, err) == (130, "", "keyfold: error KF-090: interrupted (run again to finish)\n")
