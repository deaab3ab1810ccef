"""Who may import whom, and what must not be loaded where."""

import json
import os
import subprocess
import sys

import pytest
from importlinter.cli import lint_imports

from tests.architecture.sources import ROOT, called, imported, python_files

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
# The one door to the outside; nothing else may open a connection.
HTTP_CLIENTS = {
    "aiohttp",
    "ftplib",
    "http.client",
    "httpx",
    "requests",
    "urllib.request",
    "urllib3",
}
LOOPBACK = {"audits/servers/application.py": "asks its own web server whether it answers yet"}
UNPICKLERS = {"cloudpickle", "dill", "joblib", "marshal", "pickle", "shelve"}


def test_imports_follow_the_layers(capsys: pytest.CaptureFixture[str]) -> None:
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == 0, capsys.readouterr().out


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


def test_only_outbound_speaks_http() -> None:
    found = {path for path in python_files("audits", "mia_portal") if imported(path) & HTTP_CLIENTS}
    assert found - {"audits/outbound.py"} == set(LOOPBACK)


def test_nothing_unpickles_or_executes() -> None:
    for path in python_files("audits", "mia_portal"):
        assert imported(path).isdisjoint(UNPICKLERS), path
        assert called(path).isdisjoint({"eval", "exec", "compile", "__import__"}), path
