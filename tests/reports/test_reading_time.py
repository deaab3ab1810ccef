"""How long the first page for an owner takes to read, whatever was found."""

import itertools

import pytest

from audits.guidance import catalogue, explain
from audits.guidance.rating import Exposure
from audits.queries.report_owner import GRADES
from tests.guidance.audit_documents import make_document

# Ninety seconds at 200 words a minute: slower than the 238 that adults are found to read at without
# a sound, because an owner meets these words once in three months, and not all in a first language.
MOST_WORDS = 300
_ACTIONS = 3
# What is put together on the day, at its longest: the sentences about the trend and the date.
_TREND = (
    "Worse than on 30 September 2026: Inconclusive then, Elevated now. Not all of them were"
    " measured with the same version of the attacks and verdict policy: part of a change may come"
    " from that."
)
_ACT_BY = "Act by 30 September 2026 (180 days after the audit). This is overdue."
_OVERRULED = (
    "The name of a model of a client is rated Inconclusive by the audit of 30 September 2026,"
    " 09:30."
)


def _words(*texts: str) -> int:
    return sum(len(text.split()) for text in texts)


def _actions() -> int:
    """The three longest titles that can stand together."""
    titles = (_words(one.words(plain=True).title) for one in catalogue.load())
    return sum(sorted(titles)[-_ACTIONS:])


@pytest.mark.parametrize("level", [None, 0, 1, 2, 3, 4])
def test_running_text_of_page_one_is_read_in_ninety_seconds(level: int | None) -> None:
    """What could not be tested is a list to look things up in, below the running text."""
    beside = _words(_TREND, _ACT_BY, _OVERRULED, max(GRADES.values(), key=_words)) + _actions()
    longest = 0
    for impact, reveals, exposure in itertools.product(range(1, 6), (True, False), Exposure):
        told = explain.explain(
            make_document(level), impact=impact, reveals_membership=reveals, exposure=exposure
        )
        *_first, _last = told.meaning
        assert _first
        longest = max(longest, _words(told.headline, *told.meaning))
    assert 20 < longest + beside <= MOST_WORDS
