"""SECURITY.md and THREAT_MODEL.md claim nothing that has no test."""

import re
from functools import cache

import pytest

from tests.architecture.sources import ROOT, functions

REFERENCE = re.compile(r"`?(tests/[\w/]+\.py)::(\w+)`?")
ITEM = re.compile(r"\d+\.\d+\.\d+(, \d+\.\d+\.\d+)*")
DOCUMENTS = {"SECURITY.md": 30, "THREAT_MODEL.md": 25}


def rows(text: str) -> list[list[str]]:
    """Cells of every row below a header whose last column is `test`."""
    found: list[list[str]] = []
    claims = False
    for line in text.splitlines():
        if not line.startswith("|"):
            claims = False
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[-1] == "test":
            claims = True
        elif claims and not set(cells[0]) <= {"-", ":"}:
            found.append(cells)
    return found


@cache
def named_in(path: str) -> frozenset[str]:
    """Names of the tests in a file; none where there is no file."""
    if not (ROOT / path).is_file():
        return frozenset()
    return frozenset(node.name for node in functions(path) if node.name.startswith("test_"))


def missing(text: str) -> list[str]:
    """References to tests that do not exist."""
    return [
        f"{path}::{name}" for path, name in REFERENCE.findall(text) if name not in named_in(path)
    ]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_document_names_existing_tests_alone(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    assert missing(text) == []
    assert [path for path in re.findall(r"tests/[\w/]+\.py", text) if not named_in(path)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_document_has_a_test_for_every_claim(document: str) -> None:
    found = rows((ROOT / document).read_text(encoding="utf-8"))
    assert len(found) >= DOCUMENTS[document]
    assert [row[0] for row in found if not REFERENCE.search(row[-1])] == []
    assert len({row[0] for row in found}) == len(found)


def test_table_of_the_standard_has_each_item_once_and_in_order() -> None:
    items = [row[0] for row in rows((ROOT / "SECURITY.md").read_text(encoding="utf-8"))]
    assert [item for item in items if not ITEM.fullmatch(item)] == []
    single = [one for item in items for one in item.split(", ")]
    assert len(single) == len(set(single))
    firsts = [tuple(int(part) for part in item.split(",")[0].split(".")) for item in items]
    assert firsts == sorted(firsts)


def test_claim_without_its_test_is_seen() -> None:
    false = "tests/web/test_matrix.py::test_nothing"
    table = f"| promise | test |\n|---|---|\n| a | `{false}` |\n| b | later |\n"
    assert missing(table) == [false]
    assert missing("tests/web/test_nowhere.py::test_x") == ["tests/web/test_nowhere.py::test_x"]
    assert [row[0] for row in rows(table) if not REFERENCE.search(row[-1])] == ["b"]
