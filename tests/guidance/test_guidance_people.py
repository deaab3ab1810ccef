"""Where a result counts people, the owner's words do too; otherwise they stay as they were."""

import re
from typing import Any

import pytest

from audits.guidance.explain import OwnerWords, explain
from audits.guidance.wording import sentences
from tests.guidance.audit_documents import make_document
from tests.guidance.test_guidance_explain import flesch

UNSETTLED: dict[str, Any] = {"outcome": "inconclusive", "records": 100}


def words(unit: str | None, **parts: Any) -> OwnerWords:  # noqa: ANN401 - parts of a document
    document = make_document(0, **parts)
    if unit is not None:
        document["records"]["unit"] = unit
    return explain(document, impact=3, reveals_membership=False, exposure="internal")


@pytest.mark.parametrize(
    ("settle", "expected"),
    [
        ({"L3": 1_000, "L2": 2_000},
         "Each of your two groups has records of 100 people. About 1,000 people in each group "
         "would settle whether leakage is serious, about 2,000 whether it is noticeable."),
        ({"L3": 1_000},
         "Your smaller group has records of 100 people. About 1,000 people in each group would "
         "settle whether leakage is serious."),
        ({"L2": 2_000},
         "Your smaller group has records of 100 people. About 2,000 people in each group would "
         "settle whether leakage is noticeable."),
    ],
)  # fmt: skip
def test_headline_counts_people(settle: dict[str, int], expected: str) -> None:
    told = words("person", settle=settle, **UNSETTLED).headline
    assert told == f"We cannot say this is safe. {expected}"
    assert "test records" in words("record", settle=settle, **UNSETTLED).headline


def test_headline_of_uneven_groups_counts_people() -> None:
    document = make_document(0, settle={"L3": 1_000, "L2": 2_000}, **UNSETTLED)
    document["records"] |= {"unit": "person", "nonmembers": 90}
    told = explain(document, impact=3, reveals_membership=False, exposure="internal").headline
    assert "Your smaller group has records of 90 people. About 1,000 people in each" in told


def test_headline_without_sizes_asks_for_more_people() -> None:
    assert "Records of more people, or the model" in words("person", **UNSETTLED).headline
    assert "More records, or the model" in words("record", **UNSETTLED).headline


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (2_000,
         "You have records of too few people to check for the rare, very sure guesses. For that "
         "we need records of 3,000 people it learned from and of 10,000 it never saw."),
        (100,
         "You have records of too few people to say how many can be picked out with few wrong "
         "accusations. For that we need records of 1,000 people it learned from and of 1,000 it "
         "never saw."),
    ],
)  # fmt: skip
def test_limits_count_people(records: int, expected: str) -> None:
    assert expected in words("person", records=records).limits
    assert not [
        text for text in words("record", records=records).limits if "too few people" in text
    ]


@pytest.mark.parametrize("settle", [{}, {"L3": 1_000, "L2": 2_000}])
@pytest.mark.parametrize("records", [100, 2_000, 10_000])
def test_records_read_as_results_without_a_unit_do(records: int, settle: dict[str, int]) -> None:
    parts: dict[str, Any] = {"outcome": "inconclusive", "records": records, "settle": settle}
    assert words("record", **parts) == words(None, **parts)


def test_sentences_that_count_people_are_easy_to_read() -> None:
    counting = {key: text for key, text in sentences().items() if key.endswith("_people")}
    assert len(counting) == 7
    filled = {key: re.sub(r"{\w+}", "1,000", text) for key, text in counting.items()}
    assert {key for key, text in filled.items() if flesch(text) < 60} == set()
    assert {key.removesuffix("_people") for key in counting} <= sentences().keys()
