"""The command: python -m keyfold plan djongo.log"""

import os
import pathlib
import sys


def main() -> None:
    command = pathlib.Path(__file__).with_name("keyfold-python")
    os.environ.setdefault("MONGOC_DISABLE_SHM", "1")  # as in __init__.py
    os.execv(command, ["keyfold", *sys.argv[1:]])


if __name__ == "__main__":
    main()
