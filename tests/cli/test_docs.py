"""Commands that README.md and docs/ speak of: their verbs, options and scripts are there. (What they print is looked at where a page's own
test does: test_readme.py for README's, the cases of this folder.)"""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("KEYFOLD", ROOT / "build/gcc/src/cli/keyfold")).resolve()
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def help_of(*words):
    return subprocess.run([BINARY, *words, "--help"], capture_output=True, text=True, timeout=60).stdout


VERBS = {verb: set(re.findall(r"(?:^| )(--[a-z-]+|-\w)(?=[, ])", help_of(verb), re.M))
         for verb in re.findall(r"^  keyfold (\w+) [^-]", help_of(), re.M)}
VERBS["help"] = {"--format"}


def commands(text):
    """As they stand in a line, or in the text between backquotes."""
    blocks = "\n".join(re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S))
    spans = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    said = re.findall(r"^\s*(?:\$ )?((?:keyfold|scripts/[\w-]+) .*)$", blocks, re.M) + re.findall(r"`((?:keyfold|scripts/[\w-]+)[^`\n]*)`", spans)
    return [part.strip() for each in said for part in re.split(r"&&|\||;|#", each) if re.match(r"(keyfold|scripts/)", part.strip())]


def options(words):
    return [word.split("=")[0].rstrip(",.)") for word in words if re.match(r"--?[a-z]", word)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_speaks_of_is_there(page):
    wrong = []
    for command in commands(page.read_text()):
        program, *words = command.split()
        if program == "keyfold" and words and re.fullmatch(r"[a-z]+", words[0]):
            known = VERBS.get(words[0])
            if known is None:
                wrong.append(f"no verb: {command}")
            else:
                wrong += [f"no option {option}: {command}" for option in options(words[1:]) if option not in known]
        elif program.startswith("scripts/"):
            script = ROOT / program.rstrip(",.)")
            if not script.exists():
                wrong.append(f"no script: {command}")
            else:
                text = script.read_text()
                text += "".join((ROOT / path).read_text() for path in re.findall(r"(?:bench|tests)/[\w/]*\.py", text) if (ROOT / path).exists())
                wrong += [f"no option {option}: {command}" for option in options(words) if option not in text]
    assert wrong == []


def test_commands_are_found():
    assert len(VERBS) > 10 and "--uri" in VERBS["plan"] and "-o" in VERBS["plan"]
    assert sum(len(commands(page.read_text())) for page in PAGES) > 100
    assert commands("`keyfold plan --x`\n```\nkeyfold apply a | keyfold plan b  # c\n```\n") == ["keyfold apply a", "keyfold plan b", "keyfold plan --x"]
