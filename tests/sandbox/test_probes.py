"""Every probe fails with each of its layers alone, and succeeds once they are all off."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "programs"))

from probes import PROBES

pytestmark = pytest.mark.xdist_group("sandbox probes")


@pytest.fixture(scope="session")
def observed(run_program):
    return run_program("probe_driver.py")


@pytest.mark.parametrize("probe", PROBES)
def test_probe_held_by_each_layer_alone(observed, probe):
    seen = observed["seen"][probe]
    if len(seen) == 2:
        pytest.skip("only Landlock holds this, and the kernel has none (recent enough)")
    allowed = {condition: outcome["allowed"] for condition, outcome in seen.items()}
    expected = {condition: condition == "all off" for condition in seen}
    assert allowed == expected, seen


def test_probes_run_as_the_user_they_name(observed, user_prefix):
    assert (observed["uid"] == 65534) == bool(user_prefix)
