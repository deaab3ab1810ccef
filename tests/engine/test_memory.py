import numpy as np
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from audits.engine import AuditPlan, audit, in_memory
from audits.engine.errors import InputError
from tests.engine.cast import halves, problem

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
        weights=(np.full(120, 2.0), np.ones(120)),
    )
    records = audit(given, AuditPlan(group="person", preset="quick")).document["records"]
    assert (records["members"], records["nonmembers"]) == (60, 60)
    more = in_memory(model(), members=MEMBERS, nonmembers=(X[120:180], Y[120:180]),
                     population=(X[180:], Y[180:]))  # fmt: skip
    assert audit(more, AuditPlan(preset="quick")).document["records"]["population"] == 60


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
            "the population has no sample weights",
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
