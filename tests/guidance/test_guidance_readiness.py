"""Readiness counts what is in place; progress counts what is answered."""

import pytest

from audits.guidance.readiness import Item, Readiness, readiness


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], Readiness(None, None, 0, 0)),
        ([Item(5, "not_applicable")], Readiness(None, None, 0, 0)),
        ([Item(5, "yes")], Readiness(100, 100, 1, 1)),
        ([Item(5, "unanswered")], Readiness(0, 0, 0, 1)),
        ([Item(5, "no")], Readiness(0, 100, 1, 1)),
        ([Item(4, "partly")], Readiness(50, 100, 1, 1)),
        # weights count for the score and not for the progress
        ([Item(5, "yes"), Item(3, "no"), Item(2, "unanswered")], Readiness(50, 66, 2, 3)),
        ([Item(1, "yes"), Item(2, "not_applicable"), Item(1, "no")], Readiness(50, 100, 2, 2)),
        # evidence older than a year counts as partly
        ([Item(4, "yes", stale=True)], Readiness(50, 100, 1, 1)),
        ([Item(4, "partly", stale=True)], Readiness(50, 100, 1, 1)),
        ([Item(4, "no", stale=True)], Readiness(0, 100, 1, 1)),
        # never rounded up to "all of it"
        ([Item(5, "yes")] * 199 + [Item(5, "partly")], Readiness(99, 100, 200, 200)),
    ],
)
def test_readiness(items: list[Item], expected: Readiness) -> None:
    assert readiness(items) == expected


def test_readiness_refuses_an_unknown_answer() -> None:
    with pytest.raises(ValueError, match="maybe"):
        readiness([Item(5, "maybe")])
