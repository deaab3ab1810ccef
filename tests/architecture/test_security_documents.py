"""SECURITY.md and THREAT_MODEL.md claim nothing that has no test."""

import re
from functools import cache
from typing import Any

import pytest
from django.conf import settings

from tests.architecture.sources import ROOT, functions

REFERENCE = re.compile(r"`?(tests/[\w/]+\.py)::(\w+)`?")
ITEM = re.compile(r"\d+\.\d+\.\d+(, \d+\.\d+\.\d+)*")
DOCUMENTS = {"SECURITY.md": 30, "THREAT_MODEL.md": 25}
# Items of ASVS 5.0 that this product says it shows: none of them may go missing.
SHOWN = set(
    """
    1.3.6 1.3.7 1.5.2 2.3.3 2.3.4 2.4.1 3.2.1 3.4.3 3.4.6 3.7.2 5.1.1 5.2.1 5.2.2 5.2.3 5.3.1 5.3.2
    5.4.1 5.4.2 5.4.3 6.2.5 6.2.7 6.2.9 6.2.10 6.2.12 6.3.3 6.4.3 6.5.1 7.3.1 7.3.2 7.4.3 7.4.5
    7.5.1 7.5.2 8.1.2 8.2.2 8.2.3 8.3.2 8.4.1 13.2.4 13.2.5 13.3.1 14.2.2 14.3.2 15.1.2 15.2.2
    15.3.4 16.1.1 16.3.1 16.3.2 16.4.2 16.5.3
    """.split()  # noqa: SIM905 - a list of numbers is read more easily than one of strings
)
# What the portal's settings write to, by the first words of its row in the inventory of logs.
WRITTEN_TO = {"console": "standard output", "letters": "letters about errors"}


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
    assert set(single) >= SHOWN
    firsts = [tuple(int(part) for part in item.split(",")[0].split(".")) for item in items]
    assert firsts == sorted(firsts)


def test_inventory_of_logs_names_whatever_is_set_up() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    part = text.partition("## What is written down, and where")[2].partition("\n## ")[0]
    logs = [line.strip("| ").split("|")[0] for line in part.splitlines() if line.startswith("| ")]
    handlers: Any = settings.LOGGING["handlers"]
    assert set(handlers) == set(WRITTEN_TO)
    for named in ("activity log", *WRITTEN_TO.values(), "PostgreSQL"):
        assert [log for log in logs if log.startswith(named)] != [], named
    assert len(logs) == len(WRITTEN_TO) + 3  # the header, the activity log, PostgreSQL's own


def test_claim_without_its_test_is_seen() -> None:
    false = "tests/web/test_matrix.py::test_nothing"
    table = f"| promise | test |\n|---|---|\n| a | `{false}` |\n| b | later |\n"
    assert missing(table) == [false]
    assert missing("tests/web/test_nowhere.py::test_x") == ["tests/web/test_nowhere.py::test_x"]
    assert [row[0] for row in rows(table) if not REFERENCE.search(row[-1])] == ["b"]
