"""Who may import whom, and what must not be loaded where."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, called, imported, python_files, tree

# Loaded inside the function that needs them, if at all: a web process answers without any.
HEAVY = {
    "matplotlib",
    "onnxruntime",
    "pandas",
    "plotly",
    "pyarrow",
    "scipy.stats",
    "sklearn",
    "skops",
    "torch",
    "typst",
}
# Only the edges start processes: the engine's work is spread over locked children, one block each.
STARTS_PROCESSES_IN = {"audits/sandbox", "audits/servers"}
STARTS_PROCESSES = re.compile(
    r"(.+\.)?(subprocess|multiprocessing|joblib|loky|ProcessPoolExecutor|create_subprocess_\w+)(\..+)?"
    r"|(os|posix)\.(fork(pty)?|popen|system|posix_spawnp?|(exec|spawn)[lv]p?e?)"
)
JOBS = {"n_jobs", "num_workers"}
UNPICKLERS = {"cloudpickle", "dill", "joblib", "marshal", "pickle", "shelve"}


# What asks the database: pages and the API call queries and services that do. Forms are left out:
# they ask whether a name is taken.
ASKING = {
    "aggregate",
    "annotate",
    "bulk_create",
    "bulk_update",
    "exclude",
    "exists",
    "filter",
    "objects",
    "prefetch_related",
    "select_related",
    "values_list",
}


@pytest.mark.parametrize(
    "path",
    [one for one in python_files("audits/web", "audits/api") if "/forms/" not in one],
)
def test_pages_and_the_api_put_no_questions_to_the_database(path: str) -> None:
    asked = [
        f"{node.lineno}: {node.attr}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in ASKING
    ]
    assert asked == []


def test_imports_follow_the_layers() -> None:
    """In a process of its own: it sets up logging anew, and shuts every logger that there is."""
    found = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(
    "modules",
    [
        ["audits.web.urls", "audits.web.middleware", "audits.web.context"],
        ["audits.api.urls"],
        [
            module.removesuffix(".py").replace("/", ".")
            for module in python_files("audits/services")
            if not module.endswith("__init__.py")
        ],
        ["audits.engine"],
        ["audits.tasks", "mia_portal.celery"],
    ],
    ids=["web", "api", "services", "engine", "tasks"],
)
def test_heavy_libraries_are_not_loaded_by(modules: list[str]) -> None:
    program = (
        "import importlib, json, sys, django\n"
        "django.setup()\n"
        f"for name in {modules!r}:\n"
        "    importlib.import_module(name)\n"
        f"print(json.dumps(sorted({HEAVY!r} & set(sys.modules))))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


def starts_processes(path: str) -> bool:
    """Say whether a file names what starts a process, or has a library start more than one job."""
    nodes = [*ast.walk(tree(path))]
    named = imported(path) | {ast.unparse(one) for one in nodes if isinstance(one, ast.Attribute)}
    jobs = {ast.unparse(one) for one in nodes if isinstance(one, ast.keyword) and one.arg in JOBS}
    found = (jobs - {"n_jobs=1"}) | {name for name in named if STARTS_PROCESSES.fullmatch(name)}
    return bool(found)


def test_engine_starts_no_process() -> None:
    found = {path for path in python_files("audits", "mia_portal") if starts_processes(path)}
    assert {str(Path(path).parent) for path in found} == STARTS_PROCESSES_IN


@pytest.mark.parametrize(
    "line",
    [
        "import multiprocessing.pool",
        "from torch import multiprocessing",
        "from concurrent.futures import ProcessPoolExecutor",
        "concurrent.futures.process.ProcessPoolExecutor(2)",
        "from os import fork",
        "os.posix_spawn(program, [], {})",
        "partial(os.spawnvp, os.P_WAIT)",
        "os.system('true')",
        "import joblib",
        "RandomForestClassifier(n_jobs=2)",
    ],
)
def test_line_that_starts_a_process_is_seen(line: str, tmp_path: Path) -> None:
    (tmp_path / "line.py").write_text(line)
    assert starts_processes(str(tmp_path / "line.py"))


def test_nothing_unpickles_or_executes() -> None:
    for path in python_files("audits", "mia_portal"):
        assert imported(path).isdisjoint(UNPICKLERS), path
        assert called(path).isdisjoint({"eval", "exec", "compile", "__import__"}), path
