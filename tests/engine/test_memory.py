import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import skops.io as sio
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from audits.engine import AuditPlan, audit, in_memory
from audits.engine.assembly import assemble
from audits.engine.errors import InputError
from audits.engine.inputs import read_inputs
from audits.engine.types import AuditInputs, ModelInputs
from tests.engine.cast import csv, halves, problem, records

X, Y = problem(240)
MEMBERS, NONMEMBERS = (X[:120], Y[:120]), (X[120:], Y[120:])


def model() -> LogisticRegression:
    return LogisticRegression().fit(*MEMBERS)


def test_arrays_are_audited_as_files_are() -> None:
    plan = AuditPlan(target="y", preset="quick")
    there = audit(halves(LogisticRegression(), 120), plan).document
    here = audit(in_memory(model(), members=MEMBERS, nonmembers=NONMEMBERS), plan).document
    assert here["attacks"] == there["attacks"]


def test_persons_weights_and_population_reach_the_audit() -> None:
    persons = np.arange(120) // 2, 500 + np.arange(120) // 2
    given = in_memory(
        model(),
        members=MEMBERS,
        nonmembers=NONMEMBERS,
        persons=persons,
        weights=(np.full(120, 2.0), np.full(120, 2.0)),
    )
    found = audit(given, AuditPlan(group="person", preset="quick")).document
    records, details = found["records"], [gate["detail"] for gate in found["validity"]]
    assert (records["members"], records["nonmembers"]) == (60, 60)
    assert (
        "60 people among the members and 60 among the non-members were scored; figures count "
        "from 500 and 500 people on."
    ) in details
    assert not [detail for detail in details if "oo few records" in detail]
    assert " people on each side would settle" in found["verdict"]["sentence"]
    more = in_memory(model(), members=MEMBERS, nonmembers=(X[120:180], Y[120:180]),
                     population=(X[180:], Y[180:]))  # fmt: skip
    assert audit(more, AuditPlan(preset="quick")).document["records"]["population"] == 60


SIDES = {"members": slice(0, 120), "nonmembers": slice(120, 180), "population": slice(180, 240)}
PERSONS = np.concatenate([np.arange(180) // 2, np.arange(20), np.arange(100, 140)])
"""Two records a person; of the population's records the first twenty are those of members."""


def with_persons(persons: NDArray[Any] = PERSONS, **more: Any) -> ModelInputs:  # noqa: ANN401
    given: dict[str, Any] = {side: (X[part], Y[part]) for side, part in SIDES.items()}
    people = tuple(persons[part] for part in SIDES.values())
    return in_memory(model(), **given, persons=people, **more)


def files_with_persons() -> AuditInputs:
    names = ",".join(f"c{j}" for j in range(X.shape[1]))
    rows = [
        f"{','.join(map(repr, features.tolist()))},{label},{person}"
        for features, label, person in zip(X, Y, PERSONS, strict=True)
    ]
    files = {
        side: csv("\n".join([f"{names},y,person", *rows[part]])) for side, part in SIDES.items()
    }
    files["model"] = io.BytesIO(sio.dumps(model()))
    return read_inputs(files, AuditPlan(target="y", group="person"))


def test_persons_of_a_population_count_as_those_in_files_do() -> None:
    there, here = files_with_persons(), with_persons()
    assert isinstance(there, ModelInputs)
    assert assemble(here).n_population == assemble(there).n_population == 40
    assert assemble(here).features.tolist() == assemble(there).features.tolist()
    plan = AuditPlan(target="y", group="person", most_references=8)
    ours, theirs = audit(here, plan).document, audit(there, plan).document
    assert ours["records"] == theirs["records"]
    assert ours["records"]["members"] == 60
    assert ours["records"]["nonmembers"] == 30
    assert ours["attacks"] == theirs["attacks"]
    assert "rmia" in ours["attacks"]


def test_weights_of_a_population_shape_its_references_too() -> None:
    ones = tuple(np.ones(120)[: part.stop - part.start] for part in SIDES.values())
    assert assemble(with_persons(weights=ones)).weights is not None


def test_records_made_by_hand_have_persons_on_every_side_or_on_none() -> None:
    own, others = records(X[:60], Y[:60], np.arange(60)), records(X[60:120], Y[60:120])
    target = halves(LogisticRegression(), 60).model
    with pytest.raises(InputError, match="group: no persons were given for the nonmembers"):
        ModelInputs(target, own, others)


def no_persons() -> AuditInputs:
    return in_memory(model(), members=MEMBERS, nonmembers=NONMEMBERS)


def predictions() -> AuditInputs:
    rows = "\n".join(f"{i % 2},{i % 3 % 2},0.{5 + i % 4},0.{5 - i % 4}" for i in range(40))
    return read_inputs({"predictions": csv("member,label,p_0,p_1\n" + rows)}, AuditPlan())


@pytest.mark.parametrize("group", [None, "person"], ids=["no column", "column"])
@pytest.mark.parametrize(
    ("given", "unit", "members"),
    [
        (with_persons, "person", 60),
        (no_persons, "record", 120),
        (files_with_persons, "person", 60),
        (predictions, "record", 20),
    ],
)
def test_result_says_what_was_counted_whatever_the_plan_names(
    given: Callable[[], AuditInputs], unit: str, members: int, group: str | None
) -> None:
    plan = AuditPlan(target="y", group=group, preset="quick")
    found = audit(given(), plan).document["records"]
    assert (found["unit"], found["members"]) == (unit, members)


def test_table_with_names_meets_a_model_that_knows_them() -> None:
    names = [f"n{j}" for j in range(X.shape[1])]
    table = pa.table(dict(zip(names, X.T, strict=True)))
    fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit(table.slice(0, 120), Y[:120])
    given = in_memory(fitted, members=(table.slice(0, 120), Y[:120]), nonmembers=(X[120:], Y[120:]))
    assert given.nonmembers.features.column_names == names


def test_sample_weights_shape_the_references() -> None:
    """Records of class 1 weigh next to nothing: references hardly know that class."""
    weights = np.where(Y == 1, 1e-6, 1.0)
    fitted = LogisticRegression().fit(*MEMBERS, sample_weight=weights[:120])
    given = in_memory(
        fitted, members=MEMBERS, nonmembers=NONMEMBERS, weights=(weights[:120], weights[120:])
    )
    document = audit(given, AuditPlan(weight="w")).document
    gates = {check["check"]: check for check in document["validity"]}
    assert gates["reference_accuracy"]["passed"] is True
    without = in_memory(fitted, members=MEMBERS, nonmembers=NONMEMBERS)
    gates = {check["check"]: check for check in audit(without, AuditPlan()).document["validity"]}
    assert gates["reference_accuracy"]["passed"] is False


@pytest.mark.parametrize(
    ("more", "problem_said"),
    [
        ({"members": (X[0], Y[:1])}, r"X has shape \(8,\)"),
        ({"members": (X[:120], Y[:100])}, r"y has shape \(100,\) and there are 120 records"),
        ({"persons": (np.arange(3), np.arange(120))}, r"persons has shape \(3,\)"),
        ({"weights": (np.ones(120), np.ones(2))}, r"weights has shape \(2,\)"),
        ({"feature_names": ["a"]}, "X has 8 columns and there are 1 names"),
        (
            {"weights": (np.ones(120), np.ones(120)), "population": (X[:3], Y[:3])},
            "weight: no sample weights were given for the population; give sample weights for",
        ),
        (
            {"persons": (np.arange(120), np.arange(120)), "population": (X[:3], Y[:3])},
            "group: no persons were given for the population; give persons for every side",
        ),
        ({"persons": (np.arange(120),) * 3}, "group: 3 arrays were given for 2 sides"),
        (
            {"persons": (np.arange(120), np.array([None] * 3 + ["a"] * 117))},
            "nonmembers: persons are missing in 3 records",
        ),
    ],
)
def test_what_does_not_fit_is_said(more: dict[str, object], problem_said: str) -> None:
    given = {"members": MEMBERS, "nonmembers": NONMEMBERS, **more}
    with pytest.raises(InputError, match=problem_said):
        in_memory(model(), **given)  # type: ignore[arg-type]


def test_subgroup_that_is_no_column_is_refused() -> None:
    given = in_memory(model(), members=MEMBERS, nonmembers=NONMEMBERS)
    with pytest.raises(InputError, match="there is no column 'region'"):
        audit(given, AuditPlan(preset="quick", subgroups=("region",)))
