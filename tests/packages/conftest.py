import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("KEYFOLD", ROOT / "build/gcc/src/cli/keyfold")).resolve()
DEPS = ROOT / ".deps"
sys.path.insert(0, str(ROOT / "tests/live"))


def run(*words, status=0, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **{"timeout": 600, **more})
    assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done.stdout
