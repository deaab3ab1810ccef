"""Which side a record is on changes nothing about how the model is asked about it."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from audits.engine import AuditPlan, in_memory, preparation
from audits.engine.assembly import Assembly, assemble
from audits.engine.errors import InputError
from audits.engine.target import Target, wrap
from audits.engine.types import ModelInputs, Provenance
from tests.engine.cast import inputs, problem, records

X, Y = problem(400)


class Counting(GaussianNB):  # type: ignore[misc]
    """Answers a trace higher the more records it is asked about at once, as products may."""

    asked: list[NDArray[np.float64]]

    def predict_proba(self, X: NDArray[np.float64]) -> NDArray[np.float64]:  # noqa: N803
        self.asked.append(X[:, 0])
        p = 0.5 + 1e-6 * len(X)
        return np.tile([p, 1 - p], (len(X), 1))


@pytest.fixture
def model() -> Iterator[Counting]:
    Counting.asked = []
    yield Counting().fit(X, Y)
    del Counting.asked


def given(model: Any, *, members: int = 120, population: int = 0) -> ModelInputs:  # noqa: ANN401
    """Return the inputs of an audit with more non-members than members."""
    ends = (0, members, 300, 300 + population)
    parts = [(X[a:b], Y[a:b]) for a, b in itertools.pairwise(ends)]
    more = parts[2] if population else None
    return in_memory(model, members=parts[0], nonmembers=parts[1], population=more)


def asked(model: Any, *, seed: int = 0, population: int = 50) -> tuple[Assembly, NDArray[Any]]:  # noqa: ANN401
    whole = assemble(given(model, population=population))
    return whole, preparation._asked(wrap(model), whole, seed)


def test_last_digit_of_an_answer_does_not_tell_the_side(model: Counting) -> None:
    _, answers = asked(model)
    assert len(np.unique(answers[:, 0])) == 1


def test_records_stand_in_an_order_that_is_blind_to_the_side(
    model: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "CHUNK_ROWS", 175)
    whole, answers = asked(model)
    assert answers.shape == (350, 2)
    shares = [np.isin(first, X[:120, 0]).mean() for first in Counting.asked]
    assert len(shares) == 2
    assert all(0.2 < share < 0.5 for share in shares)  # a third are members
    assert sorted(np.concatenate(Counting.asked)) == sorted(np.asarray(whole.features)[:, 0])


def test_order_is_drawn_from_the_seed(model: Counting) -> None:
    for seed in (0, 0, 1):
        asked(model, seed=seed)
    first, again, other = Counting.asked
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("chunk", [1_000, 64])
def test_answers_stand_where_their_records_do(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparation, "CHUNK_ROWS", chunk)
    model = LogisticRegression().fit(X, Y)
    whole, answers = asked(model)
    expected = model.predict_proba(np.asarray(whole.features))
    assert np.allclose(answers, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("row", "subject"), [(3, "members"), (200, "nonmembers"), (330, "population")]
)
def test_error_names_the_side_that_has_the_missing_value(row: int, subject: str) -> None:
    features = X.copy()
    features[row, 2] = np.nan
    table = [records(features[a:b], Y[a:b]) for a, b in ((0, 120), (120, 300), (300, 350))]
    found = inputs(LogisticRegression().fit(X, Y), table[0], table[1], population=table[2])
    with pytest.raises(InputError) as caught:
        preparation.prepare(found, AuditPlan(target="y", preset="quick"), Provenance())
    assert caught.value.subject == subject
    assert "column 'c2' has missing or infinite values in 1 records" in str(caught.value)


def test_what_fails_for_all_sides_together_alone_is_the_models(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = assemble(given(GaussianNB().fit(X, Y)))
    refused = InputError("model", "it is in a bad mood", "ask again")

    def answers(_: Target, features: Any, **__: Any) -> NDArray[np.float64]:  # noqa: ANN401
        if len(features) == len(whole.labels):
            raise refused
        return np.full((len(features), 2), 0.5)

    monkeypatch.setattr(Target, "answers", answers)
    with pytest.raises(InputError) as caught:
        preparation._asked(wrap(GaussianNB().fit(X, Y)), whole, 0)
    assert caught.value is refused


def test_tables_are_asked_about_in_the_same_order() -> None:
    table = pa.table({f"c{j}": X[:, j] for j in range(X.shape[1])})
    model = LogisticRegression().fit(table, Y)
    sides = [(table.slice(a, b - a), Y[a:b]) for a, b in ((0, 120), (120, 300))]
    whole = assemble(in_memory(model, members=sides[0], nonmembers=sides[1]))
    answers = preparation._asked(wrap(model), whole, 0)
    assert np.allclose(answers, wrap(model).answers(whole.features, subject="model"), rtol=1e-12)
