import io

import numpy as np
import pytest
import skops.io as sio
from sklearn.tree import DecisionTreeClassifier

from audits.engine import AuditPlan, audit
from audits.engine.assembly import assemble, row_hashes
from audits.engine.errors import InputError
from audits.engine.inputs import read_inputs
from audits.engine.types import ModelInputs, Predictions
from tests.engine.cast import csv, inputs, problem, records

PLAN = AuditPlan(target="y")
MODEL = sio.dumps(
    DecisionTreeClassifier(max_depth=2).fit([[0, 0], [1, 1], [2, 0], [3, 1]], ["a", "b", "a", "b"])
)
MEMBERS = "u,v,y\n0,0,a\n1,1,b\n2,0,a\n"
OTHERS = "u,v,y\n5,0,a\n6,1,b\n2,0,a\n"


def read(members: str = MEMBERS, nonmembers: str = OTHERS, **more: str) -> ModelInputs:
    files = {"members": csv(members), "nonmembers": csv(nonmembers), "model": io.BytesIO(MODEL)}
    files |= {name: csv(text) for name, text in more.items()}
    found = read_inputs(files, PLAN)
    assert isinstance(found, ModelInputs)
    return found


def refusal(members: str = MEMBERS, nonmembers: str = OTHERS, **more: str) -> InputError:
    with pytest.raises(InputError) as caught:
        assemble(read(members, nonmembers, **more))
    return caught.value


def test_record_on_both_sides_is_left_out_of_both() -> None:
    whole = assemble(read())
    assert whole.is_member.tolist() == [True, True, False, False]
    assert whole.features.tolist() == [[0, 0], [1, 1], [5, 0], [6, 1]]
    assert whole.duplicates == 2
    assert whole.given == {"members": 3, "nonmembers": 3}


def test_removing_twins_from_uneven_sides_favours_neither() -> None:
    rng = np.random.default_rng(0)
    features = np.round(rng.normal(size=(7_000, 4)) * 2.5)
    labels = rng.integers(2, size=7_000)
    model = DecisionTreeClassifier(max_depth=2).fit(features[:100], labels[:100])
    whole = assemble(
        inputs(
            model,
            records(features[:6_000], labels[:6_000]), records(features[6_000:], labels[6_000:]),
        )
    )  # fmt: skip
    _, code, copies = np.unique(whole.features, axis=0, return_inverse=True, return_counts=True)
    first = np.unique(code, return_index=True)[1]
    once, twice = (whole.is_member[first[copies == c]] for c in (1, 2))
    assert whole.thinned > 0
    assert once.mean() == pytest.approx(6 / 7, abs=0.02)
    assert twice.mean() == pytest.approx(6 / 7, abs=0.04)  # 36 / 37 if nothing were done


def test_population_loses_what_is_audited() -> None:
    whole = assemble(read(population="u,v,y\n0,0,a\n9,1,b\n"))
    assert whole.n_population == 1
    assert whole.features.tolist()[-1] == [9, 1]
    assert whole.labels.tolist() == [0, 1, 0, 1, 1]


def test_model_without_column_names_is_matched_by_position_with_a_warning() -> None:
    assert read().warnings == (
        "The model knows its columns by position only; they were not matched.",
    )


def test_same_records_on_both_sides_leave_nothing() -> None:
    assert refusal(nonmembers=MEMBERS).problem == (
        "no record is left once those that are on both sides are removed"
    )


def test_unknown_label_is_refused_with_the_classes() -> None:
    found = refusal(nonmembers=OTHERS.replace("6,1,b", "6,1,z"))
    assert found.subject == "nonmembers"
    assert found.problem == "label 'z' is not one of the model's classes (a, b)"


@pytest.mark.parametrize(
    ("others", "problem_text"),
    [
        ("u,w,y\n1,2,a\n", "missing: v; not among the members: w"),
        ("u,v,w,y\n1,2,3,a\n", "not among the members: w"),
    ],
)
def test_sides_with_other_columns_are_refused(others: str, problem_text: str) -> None:
    found = refusal(nonmembers=others)
    assert found.subject == "nonmembers"
    assert found.problem == f"its columns are not those of the members ({problem_text})"


def test_text_on_one_side_and_numbers_on_the_other_are_refused() -> None:
    found = refusal(nonmembers=OTHERS.replace("6,1", "six,1"))
    assert found.problem == "column 'u' holds text among the nonmembers and numbers elsewhere"


def test_whole_and_broken_numbers_on_different_sides_are_the_same_kind() -> None:
    whole = assemble(read(nonmembers=OTHERS.replace("6,1", "6.5,1")))
    assert whole.features.tolist()[-1] == [6.5, 1.0]
    assert whole.duplicates == 2


def test_column_empty_on_one_side_takes_the_kind_of_the_other() -> None:
    found = refusal("u,v,y\n0,x,a\n1,x,b\n", "u,v,y\n5,,a\n6,,b\n")
    assert found.problem == "column 'v' holds text and the model takes numbers"


@pytest.mark.parametrize("name", ["model", "members", "nonmembers"])
def test_missing_file_is_named(name: str) -> None:
    files = {"model": io.BytesIO(MODEL), "members": csv(MEMBERS), "nonmembers": csv(OTHERS)}
    del files[name]
    with pytest.raises(InputError) as caught:
        read_inputs(files, PLAN)
    assert (caught.value.subject, caught.value.problem) == (name, "the file is missing")


def test_predictions_stand_alone() -> None:
    text = "member,label,p_a,p_b\n1,a,0.9,0.1\n0,b,0.4,0.6\n"
    assert isinstance(read_inputs({"predictions": csv(text)}, AuditPlan()), Predictions)


def test_labels_match_as_text_where_they_do_not_by_value() -> None:
    features, labels = problem(60)
    model = DecisionTreeClassifier(max_depth=2).fit(features, labels.astype(str))
    given = inputs(
        model, records(features[:30], labels[:30]), records(features[30:], labels[30:] * 1.0)
    )
    assert assemble(given).labels.tolist() == labels.tolist()
    assert audit(given, AuditPlan(target="y", preset="quick")).document["records"]["classes"] == 2


def test_row_hashes_know_equal_rows() -> None:
    nan = float("nan")
    first = records(np.array([[0.0, nan], [1.0, 2.0]]), np.zeros(2)).features
    other = records(np.array([[1.0, 2.0], [-0.0, nan], [2.0, 1.0]]), np.zeros(3)).features
    a, b = row_hashes([first, other])
    assert a.tolist() == [b[1], b[0]]
    assert len(set(b.tolist())) == 3


def test_row_hashes_of_many_different_rows_differ() -> None:
    grid = np.stack(np.meshgrid(np.arange(300.0), np.arange(300.0)), axis=-1).reshape(-1, 2)
    (hashes,) = row_hashes([records(grid, np.zeros(len(grid))).features])
    assert len(np.unique(hashes)) == 90_000
