"""A server that keeps silent. Ctrl-C: 130, whatever the driver makes of it. kill -9: nothing is left behind. Meanwhile the
list of processes shows no password."""

import contextlib
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


@contextlib.contextmanager
def waiting(verb, who="", options="", **env):
    """The program, once it waits for the server."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.settimeout(30)
        uri = f"mongodb://{who}127.0.0.1:{silent.getsockname()[1]}/db{options}"
        program = subprocess.Popen([BINARY, verb, "--timeout", "2", "--uri", uri, LOG], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, env={**os.environ, **env})
        with silent.accept()[0]:
            time.sleep(0.1)
            yield program


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_interrupt(verb):
    # The driver warns where another program's killed process left shared memory behind under the same number.
    with waiting(verb, MONGOC_DISABLE_SHM="1") as program:
        program.send_signal(signal.SIGINT)
        out, err = program.communicate(timeout=30)
    assert (program.returncode, out, err) == (130, "", "keyfold: error KF-090: interrupted (run again to finish)\n")


def test_kill():
    with waiting("apply") as program:
        program.kill()
        program.communicate(timeout=30)
    assert not pathlib.Path(f"/dev/shm/mongoc-{program.pid}").exists()


def test_password_in_the_list_of_processes():
    with waiting("plan", "someone:hunter%40two@", "?authSource=admin&tlsCertificateKeyFilePassword=hunter3") as program:
        shown = pathlib.Path(f"/proc/{program.pid}/cmdline").read_text()
        program.kill()
        program.communicate(timeout=30)
    assert "someone:" in shown and "@127.0.0.1:" in shown and "hunter" not in shown and "two" not in shown
