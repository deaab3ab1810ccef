"""The inventory of what the product is made of names everything that pyproject.toml asks for."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.architecture.sources import ROOT


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def test_inventory_names_every_direct_dependency_with_its_version(tmp_path: Path) -> None:
    made = tmp_path / "sbom.json"
    tool = Path(sys.executable).with_name("cyclonedx-py")
    subprocess.run(
        [
            *(str(tool), "environment", "--pyproject", str(ROOT / "pyproject.toml")),
            *("--output-reproducible", "--of", "JSON", "-o", str(made), sys.executable),
        ],
        check=True,
        capture_output=True,
    )
    inventory = json.loads(made.read_text(encoding="utf-8"))
    assert inventory["bomFormat"] == "CycloneDX"
    versions = {_name(part["name"]): part.get("version") for part in inventory["components"]}
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {_name(requirement) for requirement in asked["dependencies"]}
    assert {name for name in wanted if not versions.get(name)} == set()
