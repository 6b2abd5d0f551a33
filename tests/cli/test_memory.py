"""A log of a million statements stays within a bound that docs/reliability.md states."""
import os
import resource
import subprocess

STATEMENTS = 1_000_000
BOUND_KB = 640 * 1024


def test_a_million_statements(tmp_path):
    log = tmp_path / "million.sql"
    with open(log, "w") as out:
        out.write('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "a" long);\n')
        out.writelines('INSERT INTO "t" ("id", "a") VALUES (%d, %d);\n' % (i, i) for i in range(STATEMENTS))
    keyfold = os.environ["KEYFOLD"]
    ran = subprocess.run([keyfold, "plan", str(log)], capture_output=True, text=True)
    assert ran.returncode == 0 and "1000000 skipped" in ran.stdout, ran.stderr + ran.stdout
    # AddressSanitizer keeps shadows and what was freed.
    if b"__asan_init" not in open(keyfold, "rb").read():
        assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < BOUND_KB
