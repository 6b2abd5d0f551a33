"""README.md and docs/*.md: each command in a block ```console is run, and prints what the page says. PAGES_REWRITE=1 writes what came
into the pages (read it before you believe it)."""

import os

import pages
import pytest


@pytest.mark.parametrize("page", pages.pages(), ids=lambda page: page.name)
def test_page(page, secantus, tmp_path):
    for name in secantus.client.list_database_names():
        if name not in ("admin", "local", "config"):
            secantus.client.drop_database(name)
    results = pages.run_page(page, secantus.uri, tmp_path)
    if os.environ.get("PAGES_REWRITE"):
        pages.rewrite(page, results)
    for expected, came in results:
        assert came == expected


def test_a_page_that_lies_is_noticed(secantus, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Page\n```console\n$ echo one; echo two\none\n...\n$ echo 127.0.0.1:27017 a b\n127.0.0.1:27017 a ...\n"
                    "$ cat <<END\n> three\n> END\nfour\n```\n")
    (expected, came), = pages.run_page(page, secantus.uri, tmp_path)
    assert came == expected.replace("four", "three")
