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


def take_shared_memory():
    """As a killed process of the same number leaves it behind: the driver warns where it cannot have it."""
    pathlib.Path(f"/dev/shm/mongoc-{os.getpid()}").touch()


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_interrupt(verb):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.settimeout(10)
        uri = "mongodb://127.0.0.1:%d/db" % silent.getsockname()[1]
        program = subprocess.Popen([BINARY, verb, "--timeout", "2", "--uri", uri, LOG], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, preexec_fn=take_shared_memory)
        with silent.accept()[0]:
            time.sleep(0.1)
            program.send_signal(signal.SIGINT)
            out, err = program.communicate(timeout=30)
    pathlib.Path(f"/dev/shm/mongoc-{program.pid}").unlink(missing_ok=True)
    assert (program.returncode, out, err) == (130, "", "keyfold: error KF-090: interrupted (run again to finish)\n")
