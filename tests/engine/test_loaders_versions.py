"""Models saved by scikit-learn 1.5, 1.7 and 1.9: what loads, what warns, what is refused.

`fixtures/make_versions.py` made them, each in an environment of its version. The table of the
README is this table.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from audits.engine.errors import InputError
from audits.engine.loaders.models import read_model
from audits.engine.loaders.other_versions import SAVE_AGAIN

FOLDER = Path(__file__).parent / "fixtures" / "versions"
ROOT = Path(__file__).resolve().parents[2]
CURRENT = "1.9"
VERSIONS = ("1.5", "1.7", CURRENT)
REFUSED = {
    ("1.5", "ada_boost"): "AdaBoost with SAMME.R answers otherwise since scikit-learn 1.6",
    ("1.5", "boosting"): "boosting that was saved before scikit-learn 1.8 cannot be rebuilt",
    ("1.7", "boosting"): "boosting that was saved before scikit-learn 1.8 cannot be rebuilt",
    ("1.5", "boosting_regressor"): "saved before scikit-learn 1.8 cannot be rebuilt",
    ("1.7", "boosting_regressor"): "saved before scikit-learn 1.8 cannot be rebuilt",
    ("1.5", "gradient_boosting"): "saved before scikit-learn 1.8 cannot be rebuilt",
    ("1.7", "gradient_boosting"): "saved before scikit-learn 1.8 cannot be rebuilt",
    ("1.5", "calibrated_ridge"): "it cannot score these records",
    ("1.7", "calibrated_ridge"): "it cannot score these records",
}
FILES = sorted(FOLDER.glob("*/*.skops"))


def case(path: Path) -> tuple[str, str]:
    return path.parent.name, path.stem


def test_every_version_saved_the_same_families() -> None:
    found = {version: {p.stem for p in FILES if p.parent.name == version} for version in VERSIONS}
    assert found["1.5"] == found["1.7"] == found[CURRENT]
    assert len(found[CURRENT]) == 20


@pytest.mark.parametrize("path", [p for p in FILES if case(p) not in REFUSED], ids=case)
def test_a_model_that_loads_answers_as_it_did_where_it_was_saved(path: Path) -> None:
    expected = json.loads((path.parent / "expected.json").read_text())
    with path.open("rb") as file:
        target = read_model(file)
    features = np.array(expected["features"])
    found = target.answers(features, subject="members")
    found = found if target.predicts_numbers else found[:, 1]
    assert found == pytest.approx(expected[path.stem], abs=1e-8)
    version = path.parent.name
    told = [f"The model was saved with scikit-learn {version}." in text for text in target.warnings]
    assert told == ([] if version == CURRENT else [True])


@pytest.mark.parametrize("path", [p for p in FILES if case(p) in REFUSED], ids=case)
def test_a_model_that_cannot_be_used_is_refused_with_the_way_out(path: Path) -> None:
    with pytest.raises(InputError) as refused:
        with path.open("rb") as file:
            target = read_model(file)
        target.probabilities(np.zeros((2, 4)), subject="members")
    assert REFUSED[case(path)] in refused.value.problem
    assert refused.value.remedy in {SAVE_AGAIN, "give a predictions file instead"}


def test_the_table_of_the_readme_is_this_table() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = dict[str, list[str]]()
    for line in readme.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 1 + len(VERSIONS):
            rows[cells[0]] = cells[1:]
    expected = {
        family: [
            "refused"
            if (version, family) in REFUSED
            else "loads"
            if version == CURRENT
            else "loads, with a warning"
            for version in VERSIONS
        ]
        for family in {path.stem for path in FILES}
    }
    told = {name.replace(" ", "_"): cells for name, cells in rows.items()}
    assert {family: told.get(family) for family in expected} == expected
