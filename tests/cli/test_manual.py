"""The manual page and the completions, as their own readers take them: mandoc, man, bash, zsh, fish."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("KEYFOLD", ROOT / "build/gcc/src/cli/keyfold")).resolve()


def run(*words, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=60, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def shown(format_):
    return run(BINARY, "help", "--format", format_)


def verbs():
    return re.findall(r"^  keyfold (\w+) [^-]", run(BINARY, "--help"), re.M)


def options(verb):
    return re.findall(r"^  (?:-\w, |    )(--[a-z-]+)", run(BINARY, verb, "--help"), re.M)


@pytest.fixture
def place(tmp_path):
    """Each where its reader looks for it, with keyfold on the PATH."""
    for format_, name in ("man", "keyfold.1"), ("bash", "keyfold.bash"), ("zsh", "_keyfold"), ("fish", "keyfold.fish"):
        (tmp_path / name).write_text(shown(format_))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/keyfold").symlink_to(BINARY)
    (tmp_path / "some.log").write_text("")
    return tmp_path


def environment(place):
    return {"PATH": f"{place}/bin:/usr/bin:/bin", "HOME": str(place), "LC_ALL": "C.UTF-8", "TERM": "dumb"}


# ---- the manual page ----


def test_page_is_sound(place):
    assert run("mandoc", "-Tlint", "-Wwarning", place / "keyfold.1") == ""
    said = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", place / "keyfold.1"], capture_output=True, text=True,
                          env=environment(place))
    assert (said.returncode, said.stderr) == (0, "")


def test_page_has_it_all(place):
    page = run("mandoc", "-Tascii", "-Owidth=300", place / "keyfold.1")
    page = re.sub(r".\x08", "", page)
    commands = dict(re.findall(r"^   (\w+)\n(.*?)(?=^   \w|^[A-Z])", page, re.M | re.S))
    assert list(commands) == verbs() and len(commands) > 8
    for verb, text in commands.items():
        described = re.findall(r"^ +(?:-\w, )?(--[a-z-]+)(?: [A-Z]+)?(?:\s|$)", text, re.M)
        assert [each for each in described if each in options(verb)] == options(verb), verb
    statuses = re.search(r"^EXIT STATUS\n(.*?)^[A-Z]", page, re.M | re.S)[1]
    assert re.findall(r"^ +(\d+)\s", statuses, re.M) == ["0", "1", "2", "3", "4", "5", "130"]


# ---- completions ----


def bash(place, *words):
    script = f'source {place}/keyfold.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _keyfold; printf "%s\\n" "${{COMPREPLY[@]}}"'
    return run("bash", "-c", script, "bash", *words, cwd=place, env=environment(place)).split()


def fish(place, *words):
    script = f'source {place}/keyfold.fish; complete -C "{" ".join(words)}"'
    return [line.split("\t")[0] for line in run("fish", "--no-config", "-c", script, cwd=place, env=environment(place)).splitlines()]


def zsh(place, *words):
    """What a terminal shows of it: the list under the line."""
    script = f"""zmodload zsh/zpty; zpty z "TERM=dumb zsh -f -i"
zpty -w z 'PS1=READY; fpath=({place} $fpath); autoload -Uz compinit; compinit -u -d {place}/dump; setopt no_always_last_prompt; LISTMAX=1000; stty columns 200; print -r - BE""GIN'
zpty -r -m z out '*BEGIN*'
zpty -w -n z $'{" ".join(words)}\\t\\t'
sleep 1.5; zpty -w -n z $'\\C-u print -r - EN""D\\n'
zpty -r -m z out '*END*'; print -r - $out"""
    return run("zsh", "-f", "-c", script, cwd=place, env=environment(place)).split("keyfold", 1)[1]


def test_formats_are_those_that_help_lists(place):
    said = re.findall(r"^  ([a-z][a-z-]*(?:, [a-z-]+)*)(?:  |$)", run(BINARY, "export", "--help"), re.M)
    assert sorted(bash(place, "keyfold", "export", "--to", "")) == sorted(", ".join(said).split(", "))


@pytest.mark.parametrize("shell, name", [("bash", "keyfold.bash"), ("zsh", "_keyfold"), ("fish", "keyfold.fish")])
def test_it_is_a_script(place, shell, name):
    run(shell, "-n", place / name)


@pytest.mark.parametrize("complete", [bash, fish])
def test_completes(place, complete):
    assert set(verbs()) <= set(complete(place, "keyfold", "")) - {"some.log"}
    assert complete(place, "keyfold", "expl") == ["explain"]
    for verb in verbs():
        assert set(options(verb)) <= set(complete(place, "keyfold", verb, "--")), verb
    assert complete(place, "keyfold", "plan", "--nulls", "") == ["distinct", "server"]
    assert complete(place, "keyfold", "plan", "--profile", "docu") == ["documentdb"]
    assert "some.log" in complete(place, "keyfold", "plan", "so")
    assert "some.log" in complete(place, "keyfold", "plan", "--output", "so")
    assert complete(place, "keyfold", "plan", "--alias", "so") == []
    assert "schema" in complete(place, "keyfold", "explain", "sch")


def test_zsh_completes(place):
    said = zsh(place, "keyfold", "")
    assert all(re.search(rf"\b{verb} +-- ", said) for verb in verbs()), said
    said = zsh(place, "keyfold", "plan", "--")
    assert all(each in said for each in options("plan")), said
    assert re.search(r"distinct +server", zsh(place, "keyfold", "plan", "--nulls", ""))
    assert "some.log" in zsh(place, "keyfold", "plan", "so")
    assert "documentdb" in zsh(place, "keyfold", "plan", "--profile", "docu")


def test_usage():
    assert run(BINARY, "help") == run(BINARY, "--help")
    assert run(BINARY, "help", "plan") == run(BINARY, "plan", "--help")
    for words in ["nothing"], ["--format"], ["--format", "html"], ["plan", "apply"]:
        done = subprocess.run([BINARY, "help", *words], capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (2, "") and "KF-001" in done.stderr
