"""Audits of predictions: what each further column of the file adds."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier

from audits.engine import AuditPlan, audit
from audits.engine.errors import InputError
from audits.engine.inputs import read_inputs
from audits.engine.pipeline import prepare
from audits.engine.types import Predictions, Provenance
from tests.engine.cast import problem
from tests.engine.table_files import parquet

N = 1_200
LEAKS = {"L2", "L3", "L4"}


def answers(*, shift: float = 0.0, min_samples_leaf: int = 1) -> dict[str, NDArray[Any]]:
    """Return the columns of a file about a forest and as many members as others."""
    features, labels = problem(2 * N)
    is_member = np.arange(2 * N) < N
    model = RandomForestClassifier(30, min_samples_leaf=min_samples_leaf, random_state=0)
    model.fit(features[is_member], labels[is_member])
    features[~is_member, 2] += shift
    order = np.random.default_rng(5).permutation(2 * N)
    p = model.predict_proba(features)
    columns = {"member": is_member.astype(int), "label": labels, "p_0": p[:, 0], "p_1": p[:, 1]}
    columns |= {f"x_c{j}": features[:, j] for j in range(features.shape[1])}
    return {name: column[order] for name, column in columns.items()}


def read(columns: dict[str, Any]) -> Predictions:
    found = read_inputs({"predictions": parquet(pa.table(columns))}, AuditPlan())
    assert isinstance(found, Predictions)
    return found


def document(columns: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return audit(read(columns), AuditPlan(**more)).document


def gate(of: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in of["validity"] if one["check"] == name)


def test_without_records_only_answers_are_attacked() -> None:
    columns = {k: v for k, v in answers().items() if not k.startswith("x_")}
    found = document(columns)
    assert (found["depth"], found["family"]) == (1, ["entropy", "loss"])
    assert found["records"]["features"] is None
    assert gate(found, "blind_baseline")["passed"] is None
    assert gate(found, "duplicates")["passed"] is None


def test_records_add_an_attack_and_the_checks_of_the_data() -> None:
    found = document(answers())
    assert (found["depth"], found["family"]) == (2, ["entropy", "loss", "quantile"])
    assert found["records"]["features"] == 8
    assert gate(found, "blind_baseline")["passed"] is True
    assert gate(found, "duplicates")["value"] == 0
    assert gate(found, "self_test")["passed"] is True
    assert found["verdict"]["reached"] in LEAKS


def test_other_columns_are_left_alone() -> None:
    columns = answers()
    wider = {**columns, "number": np.argsort(columns["member"]), "name": ["somebody"] * 2 * N}
    same = document(columns), document(wider)
    for one in same:
        del one["timing"], one["provenance"]["reading"]  # the columns of the file are counted there
    assert same[0] == same[1]


def test_members_of_another_year_void_the_audit() -> None:
    found = document(answers(shift=1.5, min_samples_leaf=20))
    assert found["verdict"]["outcome"] == "invalid"
    assert gate(found, "blind_baseline")["passed"] is False


def test_records_on_both_sides_are_left_out() -> None:
    columns = answers()
    twins = np.flatnonzero(columns["member"] == 0)[:30]
    models = np.flatnonzero(columns["member"] == 1)[:30]
    for name in (one for one in columns if one.startswith("x_")):
        columns[name][twins] = columns[name][models]
    found = document(columns)
    assert gate(found, "duplicates")["value"] == 60 / (2 * N)
    assert (found["records"]["members"], found["records"]["nonmembers"]) == (N - 30, N - 30)


def test_a_column_of_the_record_gives_figures_of_its_groups() -> None:
    columns = answers()
    columns["x_ward"] = np.where(columns["x_c0"] > 0, "north", "south")
    groups = document(columns, subgroups=("ward",))["groups"]
    assert {one["value"] for one in groups if one["grouping"] == "ward"} == {"north", "south"}
    with pytest.raises(InputError, match="there is no column 'wing'"):
        document(columns, subgroups=("wing",))


def test_people_are_counted_once_and_on_one_side() -> None:
    columns = {k: v for k, v in answers().items() if not k.startswith("x_")}
    people = np.arange(2 * N) // 4
    people[columns["member"] == 1] += 2 * N
    first_member, first_other = (int(np.flatnonzero(columns["member"] == s)[0]) for s in (1, 0))
    found = document({**columns, "person": people})
    before = found["records"]
    assert " people among the members and " in gate(found, "sizes")["detail"]
    assert before["unit"] == "person"
    assert before["members"] == len(np.unique(people[columns["member"] == 1]))
    people[people == people[first_other]] = people[first_member]
    after = document({**columns, "person": people})["records"]
    assert after["members"] == before["members"] - 1
    assert after["nonmembers"] == before["nonmembers"] - 1


def test_further_records_calibrate_and_are_not_scored() -> None:
    columns = {k: v for k, v in answers().items() if not k.startswith("x_")}
    further = np.zeros(2 * N, dtype=int)
    further[np.flatnonzero(columns["member"] == 0)[:400]] = 1
    found = document({**columns, "population": further})
    assert found["attacks"]["population"]["auc"]["low"] > 0.6
    assert found["records"]["population"] == 400
    assert found["records"]["nonmembers"] == N - 400


def test_the_probability_of_the_label_alone_is_enough() -> None:
    columns = answers()
    own = np.where(columns["label"] == 1, columns.pop("p_1"), columns.pop("p_0"))
    found = document({**columns, "p_label": own})
    assert (found["depth"], found["family"]) == (2, ["loss", "quantile"])
    assert found["verdict"]["reached"] in LEAKS
    assert found["model"]["member_accuracy"] is None
    assert found["model"]["gap"] is None
    assert found["records"]["classes"] == 2
    assert gate(found, "schema")["detail"] == "Every record has a label and the probability of it."
    full = document(answers())["attacks"]["loss"]
    assert found["attacks"]["loss"] == {**full, "tpr": found["attacks"]["loss"]["tpr"]}


def test_people_who_stand_out_are_named_by_their_row() -> None:
    columns = answers()
    prepared = prepare(read(columns), AuditPlan(), Provenance())
    rows = prepared.arrays["rows"]
    assert sorted(rows.tolist()) == list(range(2 * N))
    assert columns["member"][rows].tolist() == prepared.arrays["is_member"].astype(int).tolist()


@pytest.mark.parametrize(
    ("change", "problem_told"),
    [
        ({"population": [1, 1]}, "record 1 is marked as a member and as population"),
        ({"population": [0, 1]}, "no record has 0 in the column 'member'"),
        ({"population": [0, 3]}, "column 'population' holds 3"),
        ({"person": ["a", None]}, "person column 'person' is empty in 1 of 2 records"),
        ({"p_label": [0.5, 1.4]}, "p_label of record 2 is 1.4"),
        ({"x_": [1, 2]}, "column 'x_' has no name after the prefix"),
    ],
)
def test_further_columns_that_cannot_be_used_are_refused(
    change: dict[str, Any], problem_told: str
) -> None:
    columns: dict[str, Any] = {"member": [1, 0], "label": [0, 1], "p_label": [0.5, 0.5]}
    with pytest.raises(InputError) as caught:
        read(columns | change)
    assert (caught.value.subject, caught.value.problem) == ("predictions", problem_told)


def test_labels_that_are_no_classes_are_refused() -> None:
    n = 10_001
    columns = {"member": np.arange(n) % 2, "label": np.arange(n), "p_label": np.full(n, 0.5)}
    with pytest.raises(InputError, match="the column 'label' holds 10,001 different values"):
        read(columns)


@pytest.mark.parametrize("extreme", [np.nan, np.inf, -np.inf, 1e300])
def test_columns_without_values_and_numbers_without_end_are_taken(extreme: float) -> None:
    columns = answers()
    columns["x_empty"] = np.full(2 * N, np.nan)
    columns["x_odd"] = np.where(np.arange(2 * N) == 7, extreme, columns["x_c0"])
    found = document(columns)
    assert found["records"]["features"] == 10
    assert gate(found, "blind_baseline")["passed"] is True
    assert "quantile" in found["attacks"]
