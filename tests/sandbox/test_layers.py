"""What stays readable inside, worked out from where this installation lies."""

import sys
from pathlib import Path

import pytest

from audits.sandbox import layers


@pytest.fixture
def readable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A checkout inside the interpreter's own prefix, as with a system Python and /usr/src."""
    root = tmp_path / "src" / "app"
    (root / "audits").mkdir(parents=True)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    monkeypatch.setattr(sys, "path", [str(tmp_path / "lib"), str(root), "/elsewhere"])
    return root


def own(paths: list[str]) -> list[str]:
    return paths[: len(paths) - len(layers._SYSTEM_READABLE)]


def test_checkout_itself_stays_closed(readable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    lib = str(readable.parents[1] / "lib")
    assert own(layers.readable_paths(str(readable))) == [lib, f"{readable}/audits"]


def test_loader_path_opens_no_more_than_named_folders(
    readable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", ":.:/:/opt/python/lib:/usr/..")
    lib = str(readable.parents[1] / "lib")
    expected = [lib, "/opt/python/lib", f"{readable}/audits"]
    assert own(layers.readable_paths(str(readable))) == expected


def test_installed_package_keeps_its_site_packages(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site = tmp_path / "lib" / "site-packages"
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "path", [str(site)])
    assert own(layers.readable_paths(str(site))) == [str(site), f"{site}/audits"]
