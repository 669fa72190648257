"""Every Python block of README.md and docs/ runs, and prints what the ```text block right after it says.

The blocks of a page share their names, as the cells of a notebook do. `python tests/test_readme.py` writes
what the blocks print into the pages, and docs/coverage.md anew: read the difference before you commit it.
"""

import contextlib
import io
import linecache
import re
import runpy
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLE = re.compile(r"^```python\n(?P<code>.*?)^```$(?:\s*^```text\n.*?^```$)?", re.MULTILINE | re.DOTALL)


def as_it_runs(page):
    """The page's text, with what each block prints in the place of what the page says that it prints."""
    text = page.read_text(encoding="utf-8")
    module = types.ModuleType(f"page_{page.stem}")
    sys.modules[module.__name__] = module  # where dataclasses look up their annotations
    try:
        return EXAMPLE.sub(lambda found: with_output(found, printed(page, text, found, module)), text)
    finally:
        del sys.modules[module.__name__]


def printed(page, text, found, module):
    """Runs one block and gives what it prints. Its functions have source: linecache has the block's text."""
    code, number = found["code"], len(EXAMPLE.findall(text, 0, found.end()))
    name = f"<{page.name}, example {number}>"
    linecache.cache[name] = len(code), None, code.splitlines(keepends=True), name
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(code, name, "exec"), module.__dict__)
    return output.getvalue()


def with_output(found, output):
    block = f"```python\n{found['code']}```"
    lines = "\n".join(line.rstrip() for line in output.rstrip().split("\n"))
    return f"{block}\n\n```text\n{lines}\n```" if lines else block


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page(page):
    assert as_it_runs(page) == page.read_text(encoding="utf-8")


def coverage():
    """The page, the text that it should have, and the versions of what is listed there."""
    script = runpy.run_path(str(ROOT / "docs" / "coverage.py"))
    return script["PAGE"], script["page"](), script["versions"]()


def test_coverage_is_current():
    pytest.importorskip("scipy")
    page, text, versions = coverage()
    if versions not in page.read_text(encoding="utf-8"):
        pytest.skip(f"the page lists the functions of other versions than {versions.rstrip(':')}")
    assert text == page.read_text(encoding="utf-8")


LINK = re.compile(r"\]\((?!https?:)(?P<path>[^)#]*)#?(?P<heading>[^)]*)\)")


def headings(page):
    found = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in found}


@pytest.mark.parametrize("page", [*PAGES, *ROOT.glob("C*.md")], ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for link in LINK.finditer(page.read_text(encoding="utf-8")):
        target = (page.parent / link["path"]).resolve() if link["path"] else page
        assert target.is_file(), link[0]
        assert not link["heading"] or link["heading"] in headings(target), link[0]


if __name__ == "__main__":
    page, text, _ = coverage()
    page.write_text(text, encoding="utf-8")
    for page in PAGES:
        page.write_text(as_it_runs(page), encoding="utf-8")
