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


def test_a_line_of_256_mb():
    """It is looked at once, not once for each piece of it that is read (which took 27 s)."""
    statement = b'sql_command: CREATE TABLE "%s" ("id" long NOT NULL PRIMARY KEY)\nparams: None\n'
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    ran = subprocess.run([os.environ["KEYFOLD"], "plan", "-"], capture_output=True, timeout=300,
                         input=statement % b"t" + b"x" * (256 << 20) + b"\n" + statement % b"u")
    assert ran.returncode == 0 and b"2 statements: 2 applied" in ran.stdout, ran.stderr + ran.stdout
    assert b"__primary_key__  (standard input):4" in ran.stdout
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 10
