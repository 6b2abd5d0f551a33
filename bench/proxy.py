"""A process of its own before a server: every reply takes so many milliseconds longer. Prints its URI, ends with its input."""

import pathlib
import sys
import types

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/live"))
import wire  # noqa: E402

proxy = wire.Wire(types.SimpleNamespace(port=int(sys.argv[1])), delay=float(sys.argv[2]) / 1000)
print(proxy.uri, flush=True)
sys.stdin.read()
