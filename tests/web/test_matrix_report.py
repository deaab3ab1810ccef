"""The page about isolation says how large the matrix is, and says it right."""

import re

from tests.architecture.sources import ROOT
from tests.web import matrix_report


def test_page_about_isolation_has_the_figures_of_today() -> None:
    text = matrix_report.PAGE.read_text(encoding="utf-8")
    assert matrix_report.written(text) == text, "run: python -m tests.web.matrix_report"


def test_page_about_isolation_names_tests_that_exist() -> None:
    text = matrix_report.PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", text))
    assert len(named) > 8
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_part_of_the_matrix_has_cases() -> None:
    found = matrix_report.counts()
    assert all(count.cases >= count.rows > 0 for count in found)
    assert len({count.what for count in found}) == len(found)
