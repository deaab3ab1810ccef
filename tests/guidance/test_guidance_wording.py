"""The sentence table is sound, and the figures in it are rounded honestly."""

import re

import pytest

from audits.guidance.badges import Badge
from audits.guidance.rating import Exposure
from audits.guidance.wording import (
    WordingError,
    at_least,
    count,
    glossary,
    per_thousand,
    placeholders,
    say,
    sentences,
    short,
)

# words that may stand only where the claim is denied or the term explained
CLAIMS = re.compile(
    r"\b(safe|safer|safety|anonym\w*|complian\w*|guarantee\w*|secure)\b", re.IGNORECASE
)
DENIALS = {
    "We cannot say this is safe.": "headline.inconclusive",
    "Not proof of anonymity, legal compliance or safety.": "footer.owner",
    "How far one person may change a model under differential privacy; smaller is safer.": (
        "glossary.Epsilon"
    ),
}


FIGURES = "share."
"""Not sentences: what stands for a number in one, or in a cell."""


@pytest.mark.parametrize("key", [key for key in sentences() if not key.startswith(FIGURES)])
def test_sentence_is_whole_and_claims_nothing(key: str) -> None:
    text = sentences()[key]
    assert re.match(r"[A-Z]|“\{name\}” ", text)
    assert text.endswith((".", "?"))
    assert "  " not in text
    assert all(re.fullmatch("[a-z_]+", name) for name in placeholders(text))
    for denial, where in DENIALS.items():
        if key.startswith(where):
            text = text.replace(denial, "")
    assert CLAIMS.search(text) is None


@pytest.mark.parametrize("key", [key for key in sentences() if key.startswith(FIGURES)])
def test_what_stands_for_a_number_is_no_sentence(key: str) -> None:
    figure = r"(more|fewer|less) than [0-9.]+%?|If 1 in \{number\} is in the data|\{number\} of 100"
    assert re.fullmatch(figure, sentences()[key])


def test_say_fills_exactly_what_the_sentence_needs() -> None:
    assert say("badge.high", {"days": 30}) == "High: act now and be done within 30 days."
    with pytest.raises(WordingError, match=r"'badge\.high' needs days, not $"):
        say("badge.high")
    with pytest.raises(WordingError, match="needs nothing, not days"):
        say("badge.low", {"days": 30})
    with pytest.raises(WordingError, match=r"no sentence 'badge\.purple'"):
        say("badge.purple")


def test_every_badge_and_exposure_has_a_sentence() -> None:
    assert {f"badge.{badge.value}" for badge in Badge} <= sentences().keys()
    assert {f"exposure.{who.value}" for who in Exposure} <= sentences().keys()


def test_footer_is_the_fixed_one() -> None:
    assert say("footer.owner") == (
        "A measurement on a sample using known attacks. Not proof of anonymity, legal compliance "
        "or safety. Not legal advice."
    )


def test_glossary_keeps_its_order() -> None:
    terms = [term for term, _ in glossary()]
    assert len(terms) == 28
    assert (terms[0], terms[7], terms[-1]) == (
        "AI model", "False alarm (false-positive rate)", "Residual risk",
    )  # fmt: skip
    assert dict(glossary())["Held-out data"] == "Similar records kept back to test fairly."


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0.0, "0"),
        (0.00048, "0.5"),
        (0.0018, "1.8"),
        (0.003, "3"),
        (0.02, "20"),
        (0.0234, "23"),
        (1.0, "1,000"),
    ],
)
def test_per_thousand(rate: float, text: str) -> None:
    assert per_thousand(rate) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(1.58, "1.5"), (2.0, "2"), (9.99, "9.9"), (11.97, "11"), (1234.9, "1,234"), (2.3, "2.3")],
)
def test_at_least_never_rounds_up(number: float, text: str) -> None:
    assert at_least(number) == text


def test_counts_and_small_figures() -> None:
    assert [count(10_000), count(11.9), short(9.94), short(9.0), short(12.5)] == [
        "10,000", "12", "9.9", "9", "12",
    ]  # fmt: skip
