"""The way out for a pickled model: the page's script, run as a client would run it at home."""

import ast
import csv as comma_separated
import json
import pickle
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import LinearSVC

from audits.enums import VersionKind
from audits.models import AIModel, Client, User
from audits.queries import export_script
from audits.services import files
from audits.services.errors import InvalidInput
from tests.services import elsewhere, house
from tests.services.material import SIDE, TARGET, csv, material

LINE = 82
"""Characters of code that a card of the page is wide on a desktop."""

HOSTILE = (
    "Score\n__import__('os').mkdir('owned') #\u2028\x85{model!r} \"'\\\N{RIGHT-TO-LEFT OVERRIDE}"
)


@pytest.fixture(scope="module")
def python_at_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client's own Python: what the scripts ask for is installed, this project is not."""
    return elsewhere.environment(tmp_path_factory.mktemp("python"), "scikit-learn", "skops")


def _run(python: Path, script: str, folder: Path) -> str:
    """Run a script in the folder where the model lies."""
    done = _tried(python, script, folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _tried(python: Path, script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "convert.py").write_text(script, encoding="utf-8")
    return subprocess.run(
        [python, "-I", "convert.py"],
        cwd=folder,
        env={},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _numbers_at(
    home: Path,
    estimator: Any,  # noqa: ANN401 - any of scikit-learn
    labels: list[str],
    separator: str = ",",
) -> NDArray[np.float64]:
    """Put a model fitted on its two tables into the folder; each table has persons beside."""
    rows = np.random.default_rng(3).normal(size=(len(labels), 2)).round(3)
    estimator.fit(rows, [json.loads(label) for label in labels])
    (home / "score.pkl").write_bytes(pickle.dumps(estimator))
    half = len(labels) // 2
    for name, at in (("used_for_training", range(half)), ("held_out", range(half, len(labels)))):
        lines = [["age", "who", "label", "visits"]]
        lines += [[str(rows[i, 0]), f"P{i // 2}", labels[i], str(rows[i, 1])] for i in at]
        text = "".join(separator.join(line) + "\n" for line in lines)
        (home / f"{name}.csv").write_text(text, encoding="utf-8")
    return rows


def _set(script: str, setting: str, value: str) -> str:
    """Change one of the settings at the top of a script, as its reader would."""
    changed, count = re.subn(
        rf"^{setting} = \S+", f"{setting} = {value}", script, flags=re.MULTILINE
    )
    assert count == 1
    return changed


def _written(home: Path, name: str) -> list[dict[str, str]]:
    with (home / name).open(encoding="utf-8", newline="") as file:
        return list(comma_separated.DictReader(file))


def test_the_second_environment_knows_nothing_of_this_project(python_at_home: Path) -> None:
    program = "import importlib.util as i; print([i.find_spec(n) for n in ('audits', 'django')])"
    said = subprocess.run(
        [python_at_home, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    assert said.stdout == "[None, None]\n"


def test_a_refused_pickle_comes_back_as_skops(
    tenant: Client,
    technician: User,
    tmp_path_factory: pytest.TempPathFactory,
    python_at_home: Path,
) -> None:
    home = tmp_path_factory.mktemp("home")
    model = house.new_model(tenant, technician, "No-show forecast")
    with pytest.raises(InvalidInput):
        house.new_model_version(model, technician, material().pickled)
    scripts = export_script.of(model)
    (home / "no-show-forecast.pkl").write_bytes(material().pickled)
    said = _run(python_at_home, scripts.skops, home)
    assert said == f"Wrote {scripts.skops_file} - upload this file.\n"
    written = home / scripts.skops_file
    version = house.new_model_version(
        model, technician, written.read_bytes(), name=scripts.skops_file
    )
    assert (version.number, version.family) == (1, "random_forest")
    assert version.facts["classes"] == ["no", "yes"]


def test_a_refused_pickle_comes_back_as_predictions(
    tenant: Client,
    technician: User,
    tmp_path_factory: pytest.TempPathFactory,
    python_at_home: Path,
) -> None:
    home = tmp_path_factory.mktemp("home")
    model = house.new_model(tenant, technician, "No-show forecast")
    scripts = export_script.of(model)
    (home / "no-show-forecast.pkl").write_bytes(material().pickled)
    for name, table in (
        ("used_for_training.csv", material().members),
        ("held_out.csv", material().nonmembers),
    ):
        (home / name).write_bytes(csv(table.rename_columns([*table.column_names[:3], "label"])))
    _run(python_at_home, scripts.predictions, home)
    written = (home / scripts.predictions_file).read_bytes()
    version = house.new_model_version(model, technician, written, kind=VersionKind.PREDICTIONS)
    assert (version.facts["members"], version.facts["nonmembers"]) == (SIDE, SIDE)
    assert version.file is not None
    with files.open_plain(version.file) as stored:
        lines = stored.read().decode().splitlines()
    found = material().members
    names = found.column_names[:3]
    assert lines[0] == ",".join(["member,label,p_no,p_yes", *(f"x_{name}" for name in names)])
    assert version.facts["features"] == len(names)
    record = [[found[name][0].as_py() for name in names]]
    model_at_home = pickle.loads(material().pickled)  # noqa: S301 - made by this test
    scores = model_at_home.predict_proba(record)
    first = [1, material().members[TARGET][0].as_py(), *scores[0].tolist(), *record[0]]
    assert lines[1] == ",".join(map(str, first))


def test_a_model_that_predicts_a_number_is_written_as_predictions(
    tenant: Client, technician: User, tmp_path: Path, python_at_home: Path
) -> None:
    model = house.new_model(tenant, technician, "Score")
    scripts = export_script.of(model)
    estimator = LinearRegression()
    labels = [f"{i * 0.5}" for i in range(40)]
    rows = _numbers_at(tmp_path, estimator, labels)
    for name in ("used_for_training.csv", "held_out.csv"):  # without persons
        full = [line.split(",") for line in (tmp_path / name).read_text().splitlines()]
        kept = "\n".join(f"{age},{label},{visits}" for age, _, label, visits in full)
        (tmp_path / name).write_text(kept)
    _run(python_at_home, scripts.predictions, tmp_path)
    lines = _written(tmp_path, scripts.predictions_file)
    assert list(lines[0]) == ["member", "label", "prediction", "x_age", "x_visits"]
    assert [line["label"] for line in lines] == labels
    said = [float(line["prediction"]) for line in lines]
    assert said == pytest.approx(estimator.predict(rows).tolist())
    content = (tmp_path / scripts.predictions_file).read_bytes()
    version = house.new_model_version(model, technician, content, kind=VersionKind.PREDICTIONS)
    assert (version.facts["members"], version.facts["class_count"]) == (20, 0)


def test_a_semicolon_file_with_a_column_of_persons(
    tenant: Client, technician: User, tmp_path: Path, python_at_home: Path
) -> None:
    model = house.new_model(tenant, technician, "Score")
    scripts = export_script.of(model)
    estimator = LogisticRegression()
    labels = [str(i % 2) for i in range(40)]
    rows = _numbers_at(tmp_path, estimator, labels, separator=";")
    script = _set(_set(scripts.predictions, "separator", '";"'), "person", '"who"')
    _run(python_at_home, script, tmp_path)
    lines = _written(tmp_path, scripts.predictions_file)
    names = ["member", "label", "p_0", "p_1", "person", "x_age", "x_visits"]
    assert list(lines[0]) == names
    assert [line["person"] for line in lines] == [f"P{i // 2}" for i in range(40)]
    said = [[float(line["p_0"]), float(line["p_1"])] for line in lines]
    assert np.asarray(said) == pytest.approx(estimator.predict_proba(rows))
    content = (tmp_path / scripts.predictions_file).read_bytes()
    version = house.new_model_version(model, technician, content, kind=VersionKind.PREDICTIONS)
    assert (version.facts["persons"], version.facts["features"]) == (20, 2)


def test_a_classifier_without_probabilities_is_not_taken_for_a_number(
    tmp_path: Path, python_at_home: Path
) -> None:
    scripts = export_script.of(AIModel(name="Score"))
    _numbers_at(tmp_path, LinearSVC(), [str(i % 2) for i in range(40)])
    done = _tried(python_at_home, scripts.predictions, tmp_path)
    assert done.returncode == 1
    assert "train it so that it gives probabilities" in done.stderr
    assert not (tmp_path / scripts.predictions_file).exists()


def test_the_perceptron_is_written_as_the_readme_says() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert export_script.of(AIModel(name="Model")).perceptron == program


@pytest.mark.parametrize("name", ["No-show forecast", "W" * 100])
def test_lines_fit_their_box(name: str) -> None:
    scripts = export_script.of(AIModel(name=name))
    text = scripts.skops + scripts.predictions + scripts.perceptron
    assert [line for line in text.splitlines() if len(line) > LINE] == []


def test_scripts_are_short_and_name_only_files_of_their_model() -> None:
    scripts = export_script.of(AIModel(name="No-show forecast"))
    code = [
        line for line in scripts.skops.splitlines() if line.strip() and not line.startswith("#")
    ]
    assert len(code) <= 10
    assert scripts.skops.startswith("# No-show forecast\n")
    assert (scripts.skops_file, scripts.predictions_file) == (
        "no-show-forecast.skops",
        "no-show-forecast-predictions.csv",
    )


def test_a_hostile_name_stays_in_its_comment() -> None:
    plain = export_script.of(AIModel(name="Score"))
    hostile = export_script.of(AIModel(name=HOSTILE))
    for kind in ("skops", "predictions", "perceptron"):
        text = getattr(hostile, kind)
        assert text.isascii() or "\N{RIGHT-TO-LEFT OVERRIDE}" not in text
        assert len(text.splitlines()) == len(getattr(plain, kind).splitlines())
        shown = ast.dump(ast.parse(text)).replace(
            hostile.skops_file.removesuffix(".skops"), "score"
        )
        assert shown == ast.dump(ast.parse(getattr(plain, kind)))
    assert export_script.of(AIModel(name="../../中")).skops_file == "model.skops"
