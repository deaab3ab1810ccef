"""torch and onnxruntime work under the locks, and open none of them."""

from collections.abc import Callable
from typing import Any

import pytest

from audits.engine.references.boosting import is_installed
from tests.sandbox.programs.probes import PROBES, covers

pytestmark = pytest.mark.xdist_group("sandbox probes")


@pytest.fixture(scope="session")
def observed(run_program: Callable[[str], Any]) -> Any:  # noqa: ANN401 - JSON of the program
    return run_program("library_driver.py")


def test_probes_fail_beside_the_libraries_too(observed: dict[str, Any]) -> None:
    said = observed["probed"]
    assert said["used"] == {
        "script": "ScriptFunction", "torch": 64.0, "providers": "CPUExecutionProvider",
        "telemetry": "1",
    }  # fmt: skip
    as_root = observed["uid"] == 0
    held = {
        probe
        for probe in PROBES
        if covers(probe, landlock_abi=observed["landlock_abi"], as_root=as_root)
    }
    allowed = {probe for probe, worked in said["allowed"].items() if worked}
    assert allowed & held == set()
    assert set(said["allowed"]) == set(PROBES) - {"burn_processor"}


def test_perceptrons_are_trained_inside(observed: dict[str, Any]) -> None:
    assert (observed["safetensors"]["recipe"], observed["safetensors"]["count"]) == ("mlp", 16)


@pytest.mark.skipif(not is_installed(), reason="the system has no libgomp: boosting is cloned")
def test_boosting_is_grown_inside(observed: dict[str, Any]) -> None:
    assert observed["boosting"]["recipe"] == "boosting"
    # The bytes of the file decide the draw: its scores may settle at the first look.
    assert observed["boosting"]["count"] in {8, 16}


def test_onnx_models_are_asked_inside(observed: dict[str, Any]) -> None:
    assert (observed["onnx"]["outcome"], observed["onnx"]["count"]) == ("inconclusive", 0)
