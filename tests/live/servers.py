"""Starts the test servers: SecantusDB and FerretDB, each on a free loopback port.

As a program, run a command beside a server, with KEYFOLD_TEST_URI set:
    .deps/servers/bin/python tests/live/servers.py run secantus -- COMMAND...
"""

import argparse
import contextlib
import ctypes
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

try:
    import pymongo
except ImportError:
    sys.exit("servers.py: no pymongo; run it with .deps/servers/bin/python (made by scripts/deps servers)")

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPS = ROOT / ".deps"
START_SECONDS = 60
STOP_SECONDS = 20
USER, PASSWORD = "keyfold", "keyfold"

_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


class ServerError(Exception):
    pass


class Server:
    """A running server. Where it writes to: folder; what it says: messages()."""

    def __init__(self, name, command, folder, credentials=None, query=""):
        self.name = name
        self.folder = folder
        self._command = command
        self._credentials = credentials
        self._query = query
        self._log = folder / "messages.txt"
        self._client = None
        self.process = None
        self.port = None
        self.start()

    @property
    def uri(self):
        who = "%s:%s@" % self._credentials if self._credentials else ""
        return f"mongodb://{who}127.0.0.1:{self.port}{self._query}"

    @property
    def client(self):
        if self._client is None:
            self._client = pymongo.MongoClient(self.uri, serverSelectionTimeoutMS=10000)
        return self._client

    def messages(self):
        return self._log.read_text(errors="replace")

    def start(self):
        # Somebody else may take the port between looking and listening.
        for attempt in (1, 2, 3):
            self.port = _free_port()
            with open(self._log, "ab") as log:
                self.process = subprocess.Popen(
                    [str(word) for word in self._command(self.port)],
                    cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    # Ctrl-C is for the tests; the server ends when they have ended.
                    start_new_session=True, preexec_fn=_end_with_parent,
                )
            if self._answers():
                return
        raise ServerError(f"{self.name} does not start:\n{self.messages()[-2000:]}")

    def stop(self):
        self._close_client()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def kill(self):
        """As a power cut does: no warning, nothing flushed."""
        self._close_client()
        self.process.kill()
        self.process.wait()

    def _close_client(self):
        if self._client is not None:
            self._client.close()
            self._client = None

    def _answers(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            with contextlib.suppress(pymongo.errors.PyMongoError):
                with pymongo.MongoClient(self.uri, serverSelectionTimeoutMS=500) as client:
                    client.admin.command("ping")
                    return True
            time.sleep(0.05)
        self.stop()
        raise ServerError(f"{self.name} does not answer within {START_SECONDS} s:\n{self.messages()[-2000:]}")


def _free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _end_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _needed(path, group):
    if not path.exists():
        raise ServerError(f"{path.relative_to(ROOT)} is missing: run scripts/deps {group}")
    return path


@contextlib.contextmanager
def _running(name, command, folder=None, credentials=None, query=""):
    own = folder is None
    folder = pathlib.Path(folder or tempfile.mkdtemp(prefix=f"keyfold-{name}-"))
    try:
        server = Server(name, lambda port: command(folder, port), folder, credentials, query)
        try:
            yield server
        finally:
            server.stop()
    finally:
        if own:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def secantus(auth=False, test_commands=False, durable=False, replica_set=False, folder=None, tls=None):
    """SecantusDB. auth: its uri holds the only user; durable: outlives kill(); replica_set: of itself alone, that can step down;
    tls: a folder of certificates()."""
    python = _needed(DEPS / "servers/bin/python", "servers")

    def command(folder, port, *options):
        # An empty one, so that no secantusd.toml of this machine's is found.
        config = folder / "secantusd.toml"
        config.touch()
        return [python, "-c", "import secantus.cli, sys; sys.exit(secantus.cli.main())",
                "--config", config, *(() if replica_set else ("--standalone",)), "--host", "127.0.0.1", "--port", port,
                "--storage-path", folder / "data", "--log-level", "WARNING", "--cache-size", "256M", *options]

    options = []
    if test_commands:
        options.append("--enable-test-commands")
    if durable:
        options.append("--sync-on-commit")
    query = ""
    if tls:
        options += ["--tls-cert-file", tls / "server.pem", "--tls-key-file", tls / "server.pem", "--tls-ca-file", tls / "ca.pem",
                    "--tls-require-client-cert"]
        query = f"/?tls=true&tlsCAFile={tls}/ca.pem&tlsCertificateKeyFile={tls}/client.pem&tlsCertificateKeyFilePassword={PASSWORD}"
    with contextlib.ExitStack() as stack:
        if auth and folder is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="keyfold-secantus-"))
        if auth:
            # Users are made with --auth off.
            first = lambda *where: command(*where, "--sync-on-commit")
            with _running("secantus", first, folder) as server:
                with contextlib.suppress(pymongo.errors.OperationFailure):
                    server.client.admin.command("createUser", USER, pwd=PASSWORD, roles=["root"])
            options.append("--auth")
        yield stack.enter_context(_running(
            "secantus", lambda *where: command(*where, *options), folder,
            (USER, PASSWORD) if auth else None, query))


def certificates(folder):
    """A CA of its own: ca.pem, server.pem (for 127.0.0.1 alone), client.pem, whose key is under PASSWORD."""
    request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "2"]

    def make(name, *words):
        key, pem = folder / f"{name}.key", folder / f"{name}.pem"
        subprocess.run([*request, "-subj", f"/CN=keyfold-test-{name}", "-keyout", key, "-out", pem, *words], check=True, capture_output=True)
        return key, pem

    make("ca", "-nodes")
    signed = ["-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-addext", "basicConstraints=critical,CA:FALSE"]
    for key, pem in (
        make("server", "-nodes", *signed, "-addext", "subjectAltName=IP:127.0.0.1"),
        make("client", "-passout", f"pass:{PASSWORD}", *signed),
    ):
        pem.write_text(pem.read_text() + key.read_text())
    return folder


@contextlib.contextmanager
def ferretdb(folder=None):
    binary = _needed(DEPS / "ferretdb/ferretdb", "ferretdb")

    def command(folder, port):
        data = folder / "data"
        data.mkdir(exist_ok=True)
        return [binary, "--listen", f"127.0.0.1:{port}", "--dir", data]

    with _running("ferretdb", command, folder) as server:
        yield server


SERVERS = {"secantus": secantus, "ferretdb": ferretdb}


def run(name, words, **options):
    with SERVERS[name](**options) as server:
        environment = dict(os.environ, KEYFOLD_TEST_URI=server.uri, KEYFOLD_TEST_SERVER=name)
        child = subprocess.Popen(words, env=environment)
        try:
            status = child.wait()
        except BaseException:
            child.terminate()
            child.wait()
            raise
    return status if status >= 0 else 128 - status


def main():
    parser = argparse.ArgumentParser(prog="servers.py", description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("run", help="run COMMAND beside a server, with KEYFOLD_TEST_URI set")
    verb.add_argument("--auth", action="store_true", help="SecantusDB only")
    verb.add_argument("--enable-test-commands", action="store_true", help="SecantusDB only")
    verb.add_argument("server", choices=sorted(SERVERS))
    verb.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    words = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not words:
        parser.error("no COMMAND")
    options = {}
    if arguments.auth:
        options["auth"] = True
    if arguments.enable_test_commands:
        options["test_commands"] = True
    if options and arguments.server != "secantus":
        parser.error("--auth and --enable-test-commands are SecantusDB's")

    def interrupted(number, _frame):
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGINT, interrupted)
    try:
        return run(arguments.server, words, **options)
    except (ServerError, OSError) as error:
        print(f"servers.py: {error}", file=sys.stderr)
        return 125


if __name__ == "__main__":
    sys.exit(main())
