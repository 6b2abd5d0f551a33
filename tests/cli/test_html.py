"""--html: pages as a browser has them. Nothing is asked for, names are inert, and all works by keyboard, in print, and for readers
of screens."""

import html.parser
import json
import os
import pathlib
import re
import stat
import subprocess

import pytest
from browser import browsing

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("KEYFOLD", ROOT / "build/gcc/src/cli/keyfold")).resolve()
LOGS = ROOT / "sql_corpus/logs"
AXE = ROOT / ".deps/axe/axe_playwright_python/axe.min.js"
PAGES = ("plan", "verify", "lint", "withheld", "hostile", "hostile-lint", "hostile-verify", "shop")
RECORD = "2026-11-22 06:49:18,537 djongo.sql2mongo.query DEBUG sql_command: %s\nparams: ()\n"
HOSTILE = ["<script>document['title']='owned'</script>", "<img src=x onerror=\"document['title']='owned'\">", "a' onmouseover='x", "&lt;b&gt;&amp;",
           "</table></section><h1>mine</h1>", "abc\u202egnp_exe", "x" * 100, "größe 界 😀", "javascript:alert(1)"]  # fmt: skip


def run(*words, cwd):
    done = subprocess.run([BINARY, *map(str, words)], cwd=cwd, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    log = LOGS / "presenceiq-tolerant.log"
    (folder / "half.log").write_text("".join(RECORD % sql for sql in re.findall(r"sql_command: (CREATE TABLE.*)", log.read_text())[:12]))
    assert run("apply", "-q", "--schema", "live.json", "half.log", cwd=folder)[0] == 0
    assert run("plan", "--html", "plan.html", log, cwd=folder)[0] == 0
    assert run("verify", "--html", "verify.html", "--schema", "live.json", log, cwd=folder)[0] == 1
    assert run("lint", "--html", "lint.html", log, cwd=folder)[0] == 1
    assert run("plan", "--html", "shop.html", "--schema", "live.json", LOGS / "shop-evolution.log", cwd=folder)[0] in (0, 4)
    statements = ['CREATE TABLE "t" ("id" int32 NOT NULL PRIMARY KEY, "a" string NULL, "b" string NULL)',
                  'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("a")', 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("b")',
                  'ALTER TABLE "t" DROP CONSTRAINT "i" INDEX', 'ALTER TABLE "gone" DROP COLUMN "x"', 'ALTER TABLE "t" FROB']  # fmt: skip
    (folder / "withheld.log").write_text("".join(RECORD % sql for sql in statements))
    assert run("plan", "--html", "withheld.html", "--profile", "mongodb-4.0", "withheld.log", cwd=folder)[0] == 3
    statements = []
    for name in HOSTILE:
        statements.append(f'CREATE TABLE {quoted("t" + name)} ("id" int32 NOT NULL PRIMARY KEY, {quoted(name)} string NOT NULL)')
        for n in (1, 2):
            statements.append(f"ALTER TABLE {quoted('t' + name)} ADD CONSTRAINT {quoted(str(n) + name)} INDEX ({quoted(name)})")
    (folder / "<b>hostile.log").write_text("".join(RECORD % sql for sql in statements))
    assert run("plan", "--html", "hostile.html", "<b>hostile.log", cwd=folder)[0] == 0
    assert run("verify", "--html", "hostile-verify.html", "--schema", "live.json", "<b>hostile.log", cwd=folder)[0] == 1
    assert run("lint", "--html", "hostile-lint.html", "<b>hostile.log", cwd=folder)[0] == 1
    return folder


@pytest.fixture(scope="module")
def browser():
    with browsing() as it:
        yield it


@pytest.mark.parametrize("name", PAGES)
def test_loads_quietly_and_alone(browser, pages, name):
    url = browser.load(pages / f"{name}.html")
    assert browser.complaints == [] and browser.requests == [url]
    assert browser.run("document.compatMode") == "CSS1Compat"
    assert browser.run("getComputedStyle(document.querySelector('.filter')).position") == "sticky"  # the policy lets ours in
    assert browser.run("document.querySelector('.filter').hidden") is False
    # And nothing else.
    browser.run("""{ const s = document.createElement("script"); s.textContent = "document.title = 'owned'"; document.body.append(s); }""")
    browser.run("new Promise((done) => setTimeout(done, 50))")
    assert browser.run("document.title").startswith("keyfold ")
    assert any("Content Security Policy" in json.dumps(each) for each in browser.complaints)


@pytest.mark.parametrize("name, scheme", [*((name, "light") for name in PAGES), ("withheld", "dark"), ("lint", "dark")])
def test_accessible(browser, pages, name, scheme):
    browser.load(pages / f"{name}.html")
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.run(AXE.read_text() + ";0")
    found = browser.run("axe.run({resultTypes: ['violations']}).then((r) => r.violations.map((v) => [v.id, v.impact, v.nodes.map((n) => n.html.slice(0, 200))]))")
    assert found == []


def test_axe_finds_what_is_wrong(browser, pages):
    browser.load(pages / "lint.html")
    browser.run(AXE.read_text() + ";0")
    browser.run("document.querySelector('.filter label').remove(); document.documentElement.removeAttribute('lang')")
    assert {"html-has-lang", "label"} <= set(browser.run("axe.run().then((r) => r.violations.map((v) => v.id))"))


@pytest.mark.parametrize("name", ["hostile", "hostile-verify", "hostile-lint"])
def test_hostile_names_are_text(browser, pages, name):
    browser.load(pages / f"{name}.html")
    assert browser.run("document.title").startswith("keyfold ")
    assert browser.run("document.querySelectorAll('img, b, section h1, [onmouseover], [onerror]').length") == 0
    assert browser.run("document.querySelectorAll('script').length") == 1
    heads = browser.run("[...document.querySelectorAll('section[data-name] h2')].map((h) => h.textContent)")
    assert {"t" + each for each in HOSTILE} <= set(heads)
    text = browser.run("document.querySelector('main').textContent")
    assert all("1" + each in text for each in HOSTILE)
    # Whatever direction a name turns to, what follows it stays where it is.
    assert browser.run("[...document.querySelectorAll('code')].every((c) => getComputedStyle(c).unicodeBidi === 'isolate')")
    # A long one makes no page that is wider than the window.
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")


def rows(browser):
    return browser.run("[...document.querySelectorAll('[data-state]')].filter((r) => r.checkVisibility()).length")


def test_filter_by_keyboard(browser, pages):
    browser.load(pages / "plan.html")
    everything = rows(browser)
    assert everything > 70
    browser.type("Tab")
    assert browser.run("document.activeElement.className") == "skip"
    browser.type("/")
    assert browser.run("document.activeElement.id") == "words" and browser.run("document.activeElement.value") == ""
    browser.type("holiday DEPARTMENT")
    assert browser.run("[...document.querySelectorAll('section[data-name]')].filter((s) => !s.hidden).map((s) => s.dataset.name)") == ["academic_holiday"]
    assert rows(browser) == 1 and browser.run("document.querySelector('output').value") == f"1 section of 21, 1 row of {everything}"
    browser.type("Escape")
    assert rows(browser) == everything
    browser.type("Tab")
    assert browser.run("document.activeElement.id") == "state"
    browser.type("folded")
    folded = browser.run("[...document.querySelectorAll('tr[data-state]')].filter((r) => r.checkVisibility()).map((r) => r.querySelectorAll('li').length)")
    assert len(folded) == 9 and set(folded) == {2}  # nine names are folded: docs/conformance.md
    # Every stop of the keyboard can be seen.
    browser.type("Tab")
    assert browser.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_without_scripts_everything_is_there(browser, pages):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.load(pages / "plan.html")
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    assert browser.run("document.querySelector('.filter').hidden") is True and rows(browser) > 70


def test_print(browser, pages):
    browser.load(pages / "plan.html")
    browser.call("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    seen = "(s) => getComputedStyle(document.querySelector(s)).display !== 'none'"
    assert browser.run(f"['.filter', 'nav', '.skip', 'h1', 'table'].map({seen})") == [False, False, False, True, True]
    assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    browser.call("Emulation.setEmulatedMedia", media="")
    assert len(browser.call("Page.printToPDF")["data"]) > 20000


class Structure(html.parser.HTMLParser):
    VOID = {"meta", "input", "br", "img"}

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.faults = [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


@pytest.mark.parametrize("name", PAGES)
def test_well_formed(pages, name):
    structure = Structure()
    structure.feed((pages / f"{name}.html").read_text("utf-8"))
    assert structure.faults == [] and structure.open == []
    assert not any({"src", "srcset", "style"} & set(a) or a.get("href", "#")[0] != "#" for _, a in structure.tags)
    assert all(a.get("scope") in ("col", "row") for tag, a in structure.tags if tag == "th")
    ids = [a["id"] for _, a in structure.tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_what_is_withheld_and_why(pages):
    page = (pages / "withheld.html").read_text()
    assert "Not understood (1)" in page and "KF-020" in page and "withheld.log:11" in page
    assert '<pre><code>ALTER TABLE &quot;t&quot; FROB\n                ^</code></pre>' in page
    assert "KF-046" in page and "is not created by the log" in page and "add the log that creates it" in page
    assert "This plan will not be carried out as it is." in page


def test_values_are_there_only_when_asked_for(tmp_path):
    (tmp_path / "a.log").write_text(RECORD % 'CREATE TABLE "t" ("id" int32 NOT NULL PRIMARY KEY)')
    assert run("apply", "-q", "--schema", "s.json", "a.log", cwd=tmp_path)[0] == 0
    added = RECORD % 'ALTER TABLE "t" ADD COLUMN "c" string DEFAULT %(0)s NOT NULL'
    (tmp_path / "b.log").write_text(added.replace("params: ()", "params: ('hunter2',)"))
    os.umask(0o022)
    for words, there, mode in ([], False, 0o644), (["--show-values"], True, 0o600):
        assert run("plan", *words, "--schema", "s.json", "--html", "p.html", "b.log", cwd=tmp_path)[0] == 0
        assert ("hunter2" in (tmp_path / "p.html").read_text()) == there
        assert stat.S_IMODE((tmp_path / "p.html").stat().st_mode) == mode
    # All of it or nothing.
    (tmp_path / "p.html").write_text("before")
    status, _, said = run("plan", "--schema", "s.json", "--html", "missing/p.html", "b.log", cwd=tmp_path)
    assert status == 5 and "KF-064" in said and not (tmp_path / "missing").exists()
    done = subprocess.run(["/bin/bash", "-c", f"ulimit -f 4; {BINARY} plan --schema s.json --html p.html b.log"], cwd=tmp_path, capture_output=True,
                          env={**os.environ, "MONGOC_DISABLE_SHM": "1"})
    assert done.returncode == 5 and (tmp_path / "p.html").read_text() == "before"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.log", "b.log", "p.html", "s.json"]
