"""The way out for a pickled model: the page's script, run as a client would run it at home."""

import ast
import pickle
import subprocess
from pathlib import Path

import pytest

from audits.enums import VersionKind
from audits.models import AIModel, Client, User
from audits.queries import export_script
from audits.services import files
from audits.services.errors import InvalidInput
from tests.services import elsewhere, house
from tests.services.material import SIDE, TARGET, csv, material

HOSTILE = (
    "Score\n__import__('os').mkdir('owned') #\u2028\x85{model!r} \"'\\\N{RIGHT-TO-LEFT OVERRIDE}"
)


@pytest.fixture(scope="module")
def python_at_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client's own Python: what the scripts ask for is installed, this project is not."""
    return elsewhere.environment(tmp_path_factory.mktemp("python"), "scikit-learn", "skops")


def _run(python: Path, script: str, folder: Path) -> str:
    """Run a script in the folder where the model lies."""
    (folder / "convert.py").write_text(script, encoding="utf-8")
    done = subprocess.run(
        [python, "-I", "convert.py"],
        cwd=folder,
        env={},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


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


def test_scripts_are_short_and_name_only_files_of_their_model() -> None:
    scripts = export_script.of(AIModel(name="No-show forecast"))
    code = [
        line for line in scripts.skops.splitlines() if line.strip() and not line.startswith("#")
    ]
    assert len(code) <= 10
    assert scripts.skops.startswith("# No-show forecast: ")
    assert (scripts.skops_file, scripts.predictions_file) == (
        "no-show-forecast.skops",
        "no-show-forecast-predictions.csv",
    )


def test_a_hostile_name_stays_in_its_comment() -> None:
    plain = export_script.of(AIModel(name="Score"))
    hostile = export_script.of(AIModel(name=HOSTILE))
    for kind in ("skops", "predictions"):
        text = getattr(hostile, kind)
        assert text.isascii() or "\N{RIGHT-TO-LEFT OVERRIDE}" not in text
        assert len(text.splitlines()) == len(getattr(plain, kind).splitlines())
        shown = ast.dump(ast.parse(text)).replace(
            hostile.skops_file.removesuffix(".skops"), "score"
        )
        assert shown == ast.dump(ast.parse(getattr(plain, kind)))
    assert export_script.of(AIModel(name="../../中")).skops_file == "model.skops"
