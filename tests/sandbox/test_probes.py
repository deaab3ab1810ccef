"""Every probe fails with each of its layers alone, and succeeds once they are all off."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.programs.probes import PROBES

pytestmark = pytest.mark.xdist_group("sandbox probes")


@pytest.fixture(scope="session")
def observed(run_program: Callable[[str], Any]) -> Any:  # noqa: ANN401 - JSON of the program
    return run_program("probe_driver.py")


@pytest.mark.parametrize("probe", PROBES)
def test_probe_held_by_each_layer_alone(observed: dict[str, Any], probe: str) -> None:
    seen = observed["seen"][probe]
    if len(seen) == 2:
        pytest.skip("only Landlock holds this, and the kernel has none (recent enough)")
    allowed = {condition: outcome["allowed"] for condition, outcome in seen.items()}
    expected = {condition: condition == "all off" for condition in seen}
    assert allowed == expected, seen


def test_probes_run_as_the_user_they_name(observed: dict[str, Any], user_prefix: list[str]) -> None:
    assert (observed["uid"] == 65534) == bool(user_prefix)
