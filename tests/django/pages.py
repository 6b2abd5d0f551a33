"""The commands of README.md and docs/*.md, run as they stand.

A block ```console has commands behind "$ " (they go on behind "> "), and what each prints below it, both streams together. A line
"..." stands for any lines, and "..." in a line for any text. All commands of a page run in one bash, in a folder that looks like
keyfold's own, with keyfold and a python that has Django and djongo on the PATH, and SecantusDB at 127.0.0.1:27017, as pages say it.

    run_page(page, uri, folder) gives, for each block, the text that it should have and the text that it came to.
"""

import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)
LINKED = ("examples", "include", "scripts", "sql_corpus", "tests", "docs", ".deps", "build")
MARK = "\x01%d\x01"


def pages():
    return [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if BLOCK.search(page.read_text())]


def commands(block):
    """[(lines as they stand, the command, what it prints)]"""
    found = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append([[line], [line[2:]], []])
        elif line.startswith("> ") and found and not found[-1][2]:
            found[-1][0].append(line)
            found[-1][1].append(line[2:])
        else:
            assert found, f"output before the first command: {line!r}"
            found[-1][2].append(line)
    return [(lines, "\n".join(command), output) for lines, command, output in found]


def script(blocks, port):
    """Each command's output behind its mark."""
    parts, n = ["set +o history", "export PS1="], 0
    for block in blocks:
        for _, command, _ in commands(block):
            parts += [f"printf '\\001%d\\001' {n}", "{ " + command.replace("127.0.0.1:27017", f"127.0.0.1:{port}") + "\n} 2>&1"]
            n += 1
    return "\n".join(parts) + "\n"


def package(folder):
    """pkg-config's file for the build, as an installed one has it."""
    build = pathlib.Path(os.environ.get("KEYFOLD", ROOT / "build/gcc/src/cli/keyfold")).resolve().parents[1]
    (folder / "keyfold.pc").write_text(f"Name: keyfold\nDescription: keyfold\nVersion: 0.1.0\nCflags: -I{ROOT}/include\n"
                                       f"Libs: -L{build} -lkeyfold -Wl,-rpath,{build}\n")
    return build


def environment(folder):
    programs = folder / "bin"
    programs.mkdir()
    build = package(programs)
    (programs / "keyfold").symlink_to(build / "cli/keyfold")
    (programs / "python").write_text(f'#!/bin/sh\nexec {ROOT}/.deps/djongo/bin/python -W ignore "$@"\n')
    (programs / "python").chmod(0o755)
    return {"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8", "MONGOC_DISABLE_SHM": "1",
            "PYTHONPATH": str(ROOT / "build/python"), "PYTHONDONTWRITEBYTECODE": "1", "PKG_CONFIG_PATH": str(programs)}  # fmt: skip


def run_page(page, uri, folder):
    blocks = BLOCK.findall(page.read_text())
    work = folder / "keyfold"
    work.mkdir()
    for name in LINKED:
        (work / name).symlink_to(ROOT / name)
    port = uri.rpartition(":")[2]
    done = subprocess.run(["/bin/bash", "-c", script(blocks, port)], cwd=work, env=environment(folder), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    said = done.stdout.decode("utf-8", "replace").replace(f"127.0.0.1:{port}", "127.0.0.1:27017").replace(str(work), "/home/you/keyfold")
    said = dict(re.findall(r"\x01(\d+)\x01([^\x01]*)", said))
    results, n = [], 0
    for block in blocks:
        came = []
        for lines, _, output in commands(block):
            came += [*lines, *shortened(output, said.get(str(n), "(it did not run)").splitlines())]
            n += 1
        results.append((block, "\n".join(came) + "\n"))
    return results


def line_fits(pattern, line):
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.rstrip().split("...")), line.rstrip()) is not None


def fits(expected, lines):
    if not expected:
        return not lines
    if expected[0] == "...":
        return any(fits(expected[1:], lines[n:]) for n in range(len(lines) + 1))
    return bool(lines) and line_fits(expected[0], lines[0]) and fits(expected[1:], lines[1:])


def shortened(expected, lines):
    """As the page has it, if that is what came."""
    return expected if fits(expected, lines) else lines


def rewrite(page, results):
    text = page.read_text()
    for block, came in results:
        text = text.replace("```console\n" + block + "```", "```console\n" + came + "```", 1)
    page.write_text(text)
