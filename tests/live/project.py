"""A log of statements, and the command on one database of a server."""

import json
import subprocess

import pytest
import states

on_secantus = pytest.mark.parametrize("server", ["secantus"], indirect=True)
on_ferretdb = pytest.mark.parametrize("server", ["ferretdb"], indirect=True)

RECORD = "2026-11-22 06:49:18,537 djongo.sql2mongo.query DEBUG sql_command: %s\nparams: ()\n"


class Project:
    def __init__(self, keyfold, server, database, folder):
        self.keyfold = keyfold
        self.server = server
        self.database = database
        self.folder = folder
        self._logs = 0

    @property
    def uri(self):
        return f"{self.server.uri}/{self.database.name}"

    def log(self, *statements):
        """A log of djongo's that has these."""
        self._logs += 1
        path = self.folder / f"app{self._logs}.log"
        path.write_text("".join(RECORD % sql for sql in statements), encoding="utf-8")
        return path

    def run(self, verb, *words, status=0, **options):
        """Ends with this exit status (or one of these)."""
        done = self.keyfold(verb, "--uri", self.uri, *words, **options)
        allowed = (status,) if isinstance(status, int) else status
        if done.returncode not in allowed:
            pytest.fail(f"exit {done.returncode}, not {allowed}\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
        return done

    def apply(self, *words, status=0, **options):
        """What apply --json says. A server has been asked for nothing that it refuses."""
        done = self.run("apply", "--json", *words, status=status, **options)
        return json.loads(done.stdout)

    def plan(self, *words, status=0):
        return json.loads(self.run("plan", "--json", *words, status=status).stdout)

    def nothing_to_do(self, *words, status=0):
        """Applied again it writes nothing and says so."""
        before = states.end_state(self.database)
        again = self.apply(*words, status=status)
        assert (again["operations"], again["commands"]["write"]) == ([], 0)
        assert "nothing to do" in self.run("apply", *words, status=status).stdout
        assert states.end_state(self.database) == before
        return again


def findings(result, severity):
    return [each for each in result["findings"] if each["severity"] == severity]


def start(keyfold, *words, shell=None):
    """Not waited for. shell: redirections, as a shell has them."""
    command = [keyfold.binary, *map(str, words)]
    if shell:
        command = ["/bin/sh", "-c", f'exec "$0" "$@" {shell}', *command]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
