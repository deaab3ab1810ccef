"""Texts in an order of their own, and the audits that are void because of it."""

import datetime as dt
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from audits.engine import AuditPlan, audit
from audits.engine.baseline import blind_baseline
from audits.engine.inputs import read_inputs
from audits.engine.text_order import FEW, in_order
from audits.engine.types import Check

MANY = [f"w{number:02d}" for number in range(FEW + 1)]


def ordered(words: list[str | None]) -> np.ndarray[Any, Any]:
    """Return what the words are turned into, beside so many others that the column counts."""
    column = pa.array([*words, *MANY], pa.large_string())
    return in_order(pa.table({"word": column}))[: len(words)]


@pytest.mark.parametrize(
    ("texts", "rising"),
    [
        (["2023-12-31", "2024-01-01", "2024-01-02"], True),
        (["2023-12-31 23:59:59", "2024-01-01 00:00:10", "2024-01-01 12:00"], True),
        (["2023-12-31T23:59:59Z", "2024-01-01T00:00:00Z", "2024-01-01T12:00:00Z"], True),
        (["31.12.2023", "1.1.2024", "2.1.2024"], True),
        (["31/12/2023 10:00", "01/01/2024 09:00", "01/01/2024 10:00"], True),
        (["12/31/2023", "1/1/2024", "1/2/2024"], True),
        (["31-12-99", "01-01-00"], False),  # of two digits the century is not known
        (["12 Mar 2023", "1 Jan 2024"], True),
        (["INC999", "INC1000", "INC1001"], True),
        (["room 7", "room 12"], True),
    ],
)
def test_dates_and_running_numbers_rise_with_what_they_name(
    texts: list[str], *, rising: bool
) -> None:
    numbers = ordered([*texts])[:, 1]
    assert bool(np.all(np.diff(numbers) > 0)) is rising


def test_places_are_those_of_the_alphabet_and_texts_without_a_number_have_none() -> None:
    found = ordered(["zebra", None, "aardvark"])
    assert found[2, 0] == 0
    assert found[0, 0] == len(MANY) + 1
    assert np.isnan(found[1]).all()
    assert np.isnan(found[[0, 2], 1]).all()


def test_columns_of_few_texts_and_of_numbers_are_left_to_their_frequency() -> None:
    few = pa.array(MANY[:FEW] * 2, pa.large_string())
    table = pa.table({"few": few, "number": np.arange(2 * FEW)})
    assert in_order(table).shape == (2 * FEW, 0)


def test_rows_in_another_order_get_the_same_numbers() -> None:
    words = [f"2024-{month:02d}-{day:02d}" for month in range(1, 13) for day in (3, 9, 27)]
    shuffled = np.random.default_rng(0).permutation(len(words))
    straight = in_order(pa.table({"day": pa.array(words, pa.large_string())}))
    turned = in_order(pa.table({"day": pa.array([words[i] for i in shuffled], pa.large_string())}))
    assert np.array_equal(straight[shuffled], turned)


def _moments(n: int, pattern: str, year: int) -> Iterator[str]:
    rng = np.random.default_rng(year)
    for second in rng.integers(365 * 86_400, size=n).tolist():
        moment = dt.datetime(year, 1, 1) + dt.timedelta(seconds=second)  # noqa: DTZ001 - as written
        yield moment.strftime(pattern)


def _gate(texts: list[str], n: int) -> Check:
    """Run the gate on n members, then n others, who differ in nothing but the text."""
    noise = np.random.default_rng(1).normal(size=2 * n)
    table = pa.table({"when": pa.array(texts, pa.large_string()), "noise": noise})
    return blind_baseline(
        table, np.zeros(2 * n, dtype=int), np.arange(2 * n) < n, np.arange(2 * n),
        seed=0, threads=1,
    )  # fmt: skip


@pytest.mark.parametrize("n", [600, 1_500])
@pytest.mark.parametrize(
    "pattern", ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%d/%m/%Y %H:%M", "%Y-%m-%d", "%d.%m.%Y"]
)
def test_members_of_another_year_are_told_by_the_text_of_their_date(pattern: str, n: int) -> None:
    apart = [*_moments(n, pattern, 2023), *_moments(n, pattern, 2024)]
    check = _gate(apart, n)
    assert check.passed is False
    assert check.value is not None
    assert check.value > 0.95
    # The same texts dealt out at random say nothing.
    dealt = np.random.default_rng(2).permutation(apart).tolist()
    assert _gate(dealt, n).passed is not False


def test_members_with_the_earlier_running_numbers_are_told() -> None:
    check = _gate([f"INC{number:07d}" for number in range(1_200)], 600)
    assert check.passed is False


def _as_csv(rows: list[dict[str, Any]]) -> bytes:
    lines = [",".join(map(str, row.values())) for row in rows]
    return "\n".join([",".join(rows[0]), *lines]).encode()


def _as_json_lines(rows: list[dict[str, Any]]) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


@pytest.mark.parametrize("written", [_as_csv, _as_json_lines])
def test_predictions_of_members_of_another_year_are_void(
    written: Callable[[list[dict[str, Any]]], bytes],
) -> None:
    """The model saw nobody: what tells the sides apart is when their records were made."""
    rng, rows = np.random.default_rng(3), []
    for member, year in ((1, 2023), (0, 2024)):
        for when in _moments(600, "%Y-%m-%d %H:%M:%S", year):
            p = round(float(rng.uniform(0.3, 0.99)), 6)
            label = "a" if rng.random() < p else "b"
            rows.append(
                {"member": member, "label": label, "p_a": p, "p_b": round(1 - p, 6), "x_when": when}
            )
    plan = AuditPlan()
    found = audit(read_inputs({"predictions": io.BytesIO(written(rows))}, plan), plan).document
    assert found["verdict"]["outcome"] == "invalid"
    assert "told apart without" in found["verdict"]["sentence"]
